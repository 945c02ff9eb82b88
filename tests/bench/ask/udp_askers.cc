// The questions by hand over a UDP socket that stays open, with as little code
// as it takes: what a mail server could have without any library.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "tests/bench/ask/asker.h"
#include "tests/bench/ask/questions.h"

namespace danebound::bench {
namespace {

constexpr int kPatienceMs = 10000;

class UdpAsker : public Asker {
 public:
  // most_at_once: questions that may be open side by side.
  UdpAsker(const std::string& address, size_t most_at_once)
      : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
        most_at_once_(most_at_once) {
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_port = htons(NS_DEFAULTPORT);
    inet_pton(AF_INET, address.c_str(), &server.sin_addr);
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&server),
                sizeof server) != 0) {
      Fail("connect " + address);
    }
  }
  ~UdpAsker() override { close(fd_); }

  void Ask(const std::string& domain) override {
    const std::vector<std::string> hosts = AskAll({{domain, ns_t_mx}});
    AskAll(QuestionsOf(hosts));
  }

 private:
  // Returns the hosts of the MX records among the answers.
  std::vector<std::string> AskAll(const std::vector<Question>& questions) {
    const uint16_t first = next_id_;
    size_t sent = 0;
    size_t answered = 0;
    std::vector<std::string> hosts;
    while (answered < questions.size()) {
      while (sent < questions.size() && sent - answered < most_at_once_) {
        Send(questions[sent++]);
      }
      const size_t size = Receive();
      const auto index =
          static_cast<uint16_t>((answer_[0] << 8 | answer_[1]) - first);
      if (index >= sent) continue;  // an earlier one, come twice
      std::vector<std::string> found =
          ReadAnswer(questions[index], answer_.data(), size);
      hosts.insert(hosts.end(), found.begin(), found.end());
      ++answered;
    }
    return hosts;
  }

  void Send(const Question& question) {
    const std::vector<uint8_t> query = EncodeQuery(question, next_id_++);
    if (send(fd_, query.data(), query.size(), 0) < 0) Fail("send");
  }

  // Looks first: on one core the answer is often there.
  size_t Receive() {
    while (true) {
      const ssize_t count = recv(fd_, answer_.data(), answer_.size(), 0);
      if (count > NS_HFIXEDSZ) return static_cast<size_t>(count);
      pollfd ready{fd_, POLLIN, 0};
      if (poll(&ready, 1, kPatienceMs) <= 0) Fail("no answer by UDP");
    }
  }

  int fd_;
  size_t most_at_once_;
  uint16_t next_id_ = static_cast<uint16_t>(getpid());
  std::array<uint8_t, 4096> answer_;
};

}  // namespace

std::unique_ptr<Asker> MakeWavesAsker(const std::string& place) {
  return std::make_unique<UdpAsker>(place, SIZE_MAX);
}

std::unique_ptr<Asker> MakeSerialAsker(const std::string& place) {
  return std::make_unique<UdpAsker>(place, 1);
}

}  // namespace danebound::bench
