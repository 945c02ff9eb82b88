// libresolv as Postfix uses it: one question after the other, EDNS with the DO
// bit, the AD bit believed.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <resolv.h>

#include <array>

#include "tests/bench/ask/asker.h"
#include "tests/bench/ask/questions.h"

namespace danebound::bench {
namespace {

class ResolvAsker : public Asker {
 public:
  explicit ResolvAsker(const std::string& address) {
    if (res_ninit(&state_) != 0) Fail("res_ninit");
    state_.nscount = 1;
    state_.nsaddr_list[0] = {};
    state_.nsaddr_list[0].sin_family = AF_INET;
    state_.nsaddr_list[0].sin_port = htons(NS_DEFAULTPORT);
    inet_pton(AF_INET, address.c_str(), &state_.nsaddr_list[0].sin_addr);
    state_.options |= RES_USE_EDNS0 | RES_USE_DNSSEC | RES_TRUSTAD;
  }
  ~ResolvAsker() override { res_nclose(&state_); }

  void Ask(const std::string& domain) override {
    const std::vector<std::string> hosts = AskOne({domain, ns_t_mx});
    for (const Question& question : QuestionsOf(hosts)) AskOne(question);
  }

 private:
  std::vector<std::string> AskOne(const Question& question) {
    const int size =
        res_nquery(&state_, question.name.c_str(), ns_c_in, question.type,
                   answer_.data(), static_cast<int>(answer_.size()));
    if (size < 0) Fail("res_nquery: no answer for " + question.name);
    return ReadAnswer(question, answer_.data(), static_cast<size_t>(size));
  }

  struct __res_state state_ {};
  std::array<uint8_t, 4096> answer_;
};

}  // namespace

std::unique_ptr<Asker> MakeResolvAsker(const std::string& place) {
  return std::make_unique<ResolvAsker>(place);
}

}  // namespace danebound::bench
