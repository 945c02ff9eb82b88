// c-ares: the same queries in two waves, through its channel and poll.
#include <ares.h>
#include <arpa/inet.h>
#include <poll.h>

#include <array>

#include "tests/bench/ask/asker.h"
#include "tests/bench/ask/questions.h"

namespace danebound::bench {
namespace {

class CaresAsker : public Asker {
 public:
  explicit CaresAsker(const std::string& address) {
    ares_options options{};
    in_addr server;
    inet_pton(AF_INET, address.c_str(), &server);
    options.servers = &server;
    options.nservers = 1;
    options.flags = ARES_FLAG_STAYOPEN | ARES_FLAG_NOSEARCH;
    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS ||
        ares_init_options(&channel_, &options,
                          ARES_OPT_SERVERS | ARES_OPT_FLAGS) != ARES_SUCCESS) {
      Fail("c-ares does not start");
    }
  }
  ~CaresAsker() override {
    ares_destroy(channel_);
    ares_library_cleanup();
  }

  void Ask(const std::string& domain) override {
    hosts_.clear();
    AskAll({{domain, ns_t_mx}});
    AskAll(QuestionsOf(hosts_));
  }

 private:
  struct Open {
    CaresAsker* asker;
    Question question;
  };

  void AskAll(const std::vector<Question>& questions) {
    std::vector<Open> open;
    open.reserve(questions.size());
    open_ = questions.size();
    for (const Question& question : questions) {
      open.push_back({this, question});
      // c-ares sets no AD bit, but sends queries that it is given.
      const std::vector<uint8_t> query = EncodeQuery(question, ++id_);
      ares_send(channel_, query.data(), static_cast<int>(query.size()),
                &CaresAsker::OnAnswer, &open.back());
    }
    while (open_ > 0) Wait();
  }

  static void OnAnswer(void* context, int status, int /*timeouts*/,
                       unsigned char* octets, int size) {
    const Open& open = *static_cast<Open*>(context);
    if (status != ARES_SUCCESS) Fail("c-ares: " + open.question.name);
    for (const std::string& host :
         ReadAnswer(open.question, octets, static_cast<size_t>(size))) {
      open.asker->hosts_.push_back(host);
    }
    --open.asker->open_;
  }

  void Wait() {
    std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets;
    const int bits =
        ares_getsock(channel_, sockets.data(), ARES_GETSOCK_MAXNUM);
    std::array<pollfd, ARES_GETSOCK_MAXNUM> ready;
    nfds_t count = 0;
    for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
      if (ARES_GETSOCK_READABLE(bits, i)) {
        ready[count++] = {sockets[i], POLLIN, 0};
      }
    }
    if (poll(ready.data(), count, 10000) <= 0) Fail("no answer to c-ares");
    for (nfds_t i = 0; i < count; ++i) {
      if (ready[i].revents != 0) {
        ares_process_fd(channel_, ready[i].fd, ARES_SOCKET_BAD);
      }
    }
  }

  ares_channel channel_ = nullptr;
  std::vector<std::string> hosts_;
  size_t open_ = 0;
  uint16_t id_ = 0;
};

}  // namespace

std::unique_ptr<Asker> MakeCaresAsker(const std::string& place) {
  return std::make_unique<CaresAsker>(place);
}

}  // namespace danebound::bench
