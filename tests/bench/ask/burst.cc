#include "tests/bench/ask/burst.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <vector>

#include "stub/include/danebound.h"
#include "tests/bench/ask/asker.h"
#include "tests/bench/ask/questions.h"

namespace danebound::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kAskAgainAfter = std::chrono::seconds(2);
constexpr int kLookMs = 100;

void Start(danebound_client* client, const std::string& domain) {
  uint64_t ticket = 0;
  if (danebound_client_start(client, domain.c_str(), nullptr, &ticket,
                             nullptr) != DANEBOUND_OK) {
    Fail("no lookup can be started");
  }
}

size_t TakeAll(danebound_client* client) {
  size_t taken = 0;
  danebound_verdict* verdict = nullptr;
  int error = 0;
  while (danebound_client_take(client, &error, &verdict, nullptr) != 0) {
    if (error != DANEBOUND_OK) Fail(danebound_error_text(error));
    if (danebound_verdict_disposition(verdict) !=
        DANEBOUND_DISPOSITION_DELIVER) {
      Fail("a domain that cannot be delivered to");
    }
    danebound_verdict_free(verdict);
    ++taken;
  }
  return taken;
}

class DnsBurst {
 public:
  DnsBurst(const std::string& address, const DomainOf& domain_of, size_t total)
      : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
        domain_of_(domain_of),
        total_(total) {
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_port = htons(NS_DEFAULTPORT);
    inet_pton(AF_INET, address.c_str(), &server.sin_addr);
    const int size = 1 << 22;
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&server),
                sizeof server) != 0) {
      Fail("connect " + address);
    }
  }
  ~DnsBurst() { close(fd_); }
  DnsBurst(const DnsBurst&) = delete;
  DnsBurst& operator=(const DnsBurst&) = delete;

  void Run(size_t at_once) {
    while (done_ < total_) {
      while (started_ < total_ && started_ - done_ < at_once) {
        left_[started_] = 1;
        Ask({{domain_of_(started_), ns_t_mx}, started_, {}});
        ++started_;
      }
      pollfd ready{fd_, POLLIN, 0};
      poll(&ready, 1, kLookMs);
      ReceiveAll();
      AskAgain();
    }
  }

 private:
  struct Open {
    Question question;
    size_t domain;
    Clock::time_point asked;
  };

  void Ask(Open open) {
    while (open_.contains(next_id_)) ++next_id_;
    const uint16_t id = next_id_++;
    const std::vector<uint8_t> query = EncodeQuery(open.question, id);
    open.asked = Clock::now();
    if (send(fd_, query.data(), query.size(), 0) < 0) open.asked = {};
    open_[id] = std::move(open);
  }

  void ReceiveAll() {
    ssize_t count = 0;
    while ((count = recv(fd_, answer_.data(), answer_.size(), 0)) >
           NS_HFIXEDSZ) {
      const auto found =
          open_.find(static_cast<uint16_t>(answer_[0] << 8 | answer_[1]));
      if (found == open_.end()) continue;
      const Open open = std::move(found->second);
      open_.erase(found);
      OnAnswer(open, static_cast<size_t>(count));
    }
  }

  void OnAnswer(const Open& open, size_t size) {
    size_t& left = left_[open.domain];
    for (const Question& question :
         QuestionsOf(ReadAnswer(open.question, answer_.data(), size))) {
      ++left;
      Ask({question, open.domain, {}});
    }
    if (--left > 0) return;
    left_.erase(open.domain);
    ++done_;
  }

  void AskAgain() {
    const Clock::time_point now = Clock::now();
    if (now < next_look_) return;
    next_look_ = now + std::chrono::milliseconds(kLookMs);
    std::vector<Open> late;
    for (auto each = open_.begin(); each != open_.end();) {
      if (now - each->second.asked < kAskAgainAfter) {
        ++each;
      } else {
        late.push_back(std::move(each->second));
        each = open_.erase(each);
      }
    }
    for (Open& open : late) Ask(std::move(open));
  }

  int fd_;
  const DomainOf& domain_of_;
  size_t total_;
  size_t started_ = 0;
  size_t done_ = 0;
  std::map<uint16_t, Open> open_;
  std::map<size_t, size_t> left_;  // open questions by domain
  uint16_t next_id_ = 1;
  Clock::time_point next_look_;
  std::array<uint8_t, 4096> answer_;
};

}  // namespace

void BurstDanebound(const std::string& socket, const DomainOf& domain_of,
                    size_t total, size_t at_once) {
  danebound_client* client = danebound_client_new(socket.c_str());
  size_t started = 0;
  size_t done = 0;
  while (done < total) {
    while (started < total && started - done < at_once) {
      Start(client, domain_of(started++));
    }
    danebound_client_advance(client);
    pollfd ready{danebound_client_fd(client), danebound_client_events(client),
                 0};
    poll(&ready, 1, danebound_client_poll_timeout(client));
    danebound_client_advance(client);
    done += TakeAll(client);
  }
  danebound_client_free(client);
}

void BurstDns(const std::string& address, const DomainOf& domain_of,
              size_t total, size_t at_once) {
  DnsBurst(address, domain_of, total).Run(at_once);
}

}  // namespace danebound::bench
