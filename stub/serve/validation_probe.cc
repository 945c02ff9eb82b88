#include "stub/serve/validation_probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <random>
#include <utility>

namespace danebound {
namespace {

constexpr uint16_t kDnsPort = 53;
constexpr int kTries = 2;
constexpr std::chrono::seconds kWaitForEach(1);

// Where to send; size 0: the text is no IP address.
struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
};

Endpoint EndpointOf(const std::string& text) {
  Endpoint endpoint;
  sockaddr_in ipv4{};
  sockaddr_in6 ipv6{};
  if (inet_pton(AF_INET, text.c_str(), &ipv4.sin_addr) == 1) {
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(kDnsPort);
    std::memcpy(&endpoint.address, &ipv4, sizeof(ipv4));
    endpoint.size = sizeof(ipv4);
  } else if (inet_pton(AF_INET6, text.c_str(), &ipv6.sin6_addr) == 1) {
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(kDnsPort);
    std::memcpy(&endpoint.address, &ipv6, sizeof(ipv6));
    endpoint.size = sizeof(ipv6);
  }
  return endpoint;
}

}  // namespace

ValidationProbe::ValidationProbe(event_base* base, const std::string& address,
                                 OnShown on_shown)
    : on_shown_(std::move(on_shown)),
      id_(static_cast<uint16_t>(std::random_device()())),
      time_(base, [this] { OnTime(); }) {
  Open(base, address);
}

ValidationProbe::~ValidationProbe() {
  readable_.reset();
  if (fd_ >= 0) close(fd_);
}

void ValidationProbe::Open(event_base* base, const std::string& address) {
  const Endpoint server = EndpointOf(address);
  if (server.size == 0) return Fail("it is no IP address");
  fd_ = socket(server.address.ss_family,
               SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  // Connected, it takes no datagrams of others.
  if (fd_ < 0 ||
      connect(fd_, reinterpret_cast<const sockaddr*>(&server.address),
              server.size) != 0) {
    return Fail(std::strerror(errno));
  }
  readable_.reset(event_new(base, fd_, EV_READ | EV_PERSIST, OnReadable, this));
  event_add(readable_.get(), nullptr);
  Send();
}

void ValidationProbe::Send() {
  ++sent_;
  const std::string question = EncodeRootQuestion(id_);
  if (send(fd_, question.data(), question.size(), MSG_NOSIGNAL) < 0) {
    return Fail(std::strerror(errno));
  }
  time_.RingIn(kWaitForEach);
}

void ValidationProbe::OnReadable(evutil_socket_t /*fd*/, short /*what*/,
                                 void* probe) {
  static_cast<ValidationProbe*>(probe)->Receive();
}

void ValidationProbe::Receive() {
  std::array<char, 4096> octets{};
  const ssize_t size = recv(fd_, octets.data(), octets.size(), 0);
  if (size < 0) {
    if (errno != EAGAIN && errno != EINTR) Fail(std::strerror(errno));
    return;
  }
  const auto shown = ReadRootReply(
      absl::string_view(octets.data(), static_cast<size_t>(size)), id_);
  if (!shown.has_value()) return;
  if (*shown == Validation::kNotShown) return Fail("it answers with a failure");
  End(*shown);
}

void ValidationProbe::OnTime() {
  if (!why_.empty()) return End(Validation::kNotShown);
  if (sent_ < kTries) return Send();
  why_ = "no answer within 2 s";
  End(Validation::kNotShown);
}

void ValidationProbe::Fail(const std::string& why) {
  why_ = why;
  readable_.reset();
  time_.RingIn(std::chrono::seconds(0));
}

void ValidationProbe::End(Validation shown) {
  readable_.reset();
  time_.Silence();
  const std::string why = why_;
  const OnShown on_shown = std::move(on_shown_);
  on_shown(shown, why);
}

}  // namespace danebound
