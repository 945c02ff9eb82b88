#include "tests/bench/ask/flight.h"

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <vector>

#include "stub/include/danebound.h"
#include "tests/bench/ask/asker.h"

namespace danebound::bench {
namespace {

using Clock = std::chrono::steady_clock;

Clock::time_point In(double seconds) {
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(
                            std::chrono::duration<double>(seconds));
}

void Start(danebound_client* client, const std::string& domain) {
  uint64_t ticket = 0;
  if (danebound_client_start(client, domain.c_str(), nullptr, &ticket,
                             nullptr) != DANEBOUND_OK) {
    Fail("no lookup can be started");
  }
}

// Takes what ended, and starts as many.
uint64_t Turn(danebound_client* client, const std::string& domain) {
  uint64_t taken = 0;
  danebound_verdict* verdict = nullptr;
  int error = 0;
  while (danebound_client_take(client, &error, &verdict, nullptr) != 0) {
    if (error != DANEBOUND_OK) Fail(danebound_error_text(error));
    if (danebound_host_duty(danebound_verdict_host(verdict, 0)) !=
        DANEBOUND_DUTY_AUTHENTICATE) {
      Fail("not the verdict that is measured");
    }
    danebound_verdict_free(verdict);
    ++taken;
  }
  for (uint64_t i = 0; i < taken; ++i) Start(client, domain);
  return taken;
}

}  // namespace

uint64_t FlyDanebound(const std::string& socket, const std::string& domain,
                      double seconds, size_t count) {
  danebound_client* client = danebound_client_new(socket.c_str());
  danebound_client_set_most_connections(client, 1);
  for (size_t i = 0; i < count; ++i) Start(client, domain);
  danebound_client_advance(client);
  uint64_t answered = 0;
  const Clock::time_point end = In(seconds);
  while (Clock::now() < end) {
    pollfd ready{danebound_client_fd(client), danebound_client_events(client),
                 0};
    poll(&ready, 1, danebound_client_poll_timeout(client));
    danebound_client_advance(client);
    answered += Turn(client, domain);
  }
  danebound_client_free(client);
  return answered;
}

uint64_t FlyEcho(const std::string& place, double seconds, size_t count) {
  const size_t second = place.rfind(':');
  const size_t first = place.rfind(':', second - 1);
  const size_t request = std::stoul(place.substr(first + 1));
  const size_t reply = std::stoul(place.substr(second + 1));
  const int fd = Connect(place.substr(0, first));
  const std::vector<char> requests(count * request);
  std::vector<char> replies(count * reply);
  if (write(fd, requests.data(), requests.size()) < 0) Fail("echo: write");
  uint64_t answered = 0;
  size_t octets = 0;
  const Clock::time_point end = In(seconds);
  while (Clock::now() < end) {
    const ssize_t got = read(fd, replies.data(), replies.size());
    if (got <= 0) Fail("echo: read");
    octets += static_cast<size_t>(got);
    const size_t whole = octets / reply;
    octets %= reply;
    if (whole > 0 && write(fd, requests.data(), whole * request) < 0) {
      Fail("echo: write");
    }
    answered += whole;
  }
  close(fd);
  return answered;
}

}  // namespace danebound::bench
