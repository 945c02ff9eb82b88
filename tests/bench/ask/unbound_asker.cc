// libunbound in this process, one ub_resolve after the other.
#include <unbound.h>

#include <cstdint>

#include "tests/bench/ask/asker.h"
#include "tests/bench/ask/questions.h"

namespace danebound::bench {
namespace {

class UnboundAsker : public Asker {
 public:
  explicit UnboundAsker(const std::string& folder) : context_(ub_ctx_create()) {
    if (context_ == nullptr) Fail("ub_ctx_create");
    Set("root-hints:", folder + "/root.hints");
    Set("do-not-query-localhost:", "no");
    if (ub_ctx_add_ta_file(context_, (folder + "/root.key").c_str()) != 0) {
      Fail("no trust anchor in " + folder);
    }
  }
  ~UnboundAsker() override { ub_ctx_delete(context_); }

  void Ask(const std::string& domain) override {
    const std::vector<std::string> hosts = AskOne({domain, ns_t_mx});
    for (const Question& question : QuestionsOf(hosts)) AskOne(question);
  }

 private:
  void Set(const char* option, const std::string& value) {
    if (ub_ctx_set_option(context_, option, value.c_str()) != 0) Fail(option);
  }

  std::vector<std::string> AskOne(const Question& question) {
    ub_result* result = nullptr;
    if (ub_resolve(context_, question.name.c_str(), question.type, ns_c_in,
                   &result) != 0 ||
        result->havedata == 0 || result->secure == 0) {
      Fail("ub_resolve: no secure answer for " + question.name);
    }
    std::vector<std::string> hosts;
    std::vector<std::string> rdata;
    for (size_t i = 0; result->data[i] != nullptr; ++i) {
      rdata.emplace_back(result->data[i], static_cast<size_t>(result->len[i]));
      if (question.type == ns_t_mx) hosts.push_back(HostOf(rdata.back()));
    }
    ub_resolve_free(result);
    return hosts;
  }

  // The name in the RDATA of an MX record, which is not compressed.
  static std::string HostOf(const std::string& rdata) {
    std::string host;
    for (size_t at = 2; at < rdata.size() && rdata[at] != '\0';) {
      const size_t size = static_cast<uint8_t>(rdata[at]);
      host += rdata.substr(at + 1, size) + ".";
      at += 1 + size;
    }
    return host;
  }

  ub_ctx* context_;
};

}  // namespace

std::unique_ptr<Asker> MakeUnboundAsker(const std::string& place) {
  return std::make_unique<UnboundAsker>(place);
}

}  // namespace danebound::bench
