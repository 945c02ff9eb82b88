// getdns as a stub: two waves, its own loop.
#include <getdns/getdns.h>
#include <getdns/getdns_extra.h>

#include <cstdlib>

#include "tests/bench/ask/asker.h"
#include "tests/bench/ask/questions.h"

namespace danebound::bench {
namespace {

void Check(getdns_return_t result, const char* what) {
  if (result != GETDNS_RETURN_GOOD) {
    Fail(std::string("getdns, ") + what + ": " +
         getdns_get_errorstr_by_id(result));
  }
}

class GetdnsAsker : public Asker {
 public:
  explicit GetdnsAsker(const std::string& address) {
    Check(getdns_context_create(&context_, 0), "context");
    Check(getdns_context_set_resolution_type(context_, GETDNS_RESOLUTION_STUB),
          "stub");
    getdns_list* servers = nullptr;
    Check(getdns_str2list(("[" + address + "]").c_str(), &servers), "server");
    Check(getdns_context_set_upstream_recursive_servers(context_, servers),
          "server");
    getdns_list_destroy(servers);
    Check(getdns_str2dict("{add_opt_parameters: {do_bit: 1}}", &extensions_),
          "extensions");
  }
  ~GetdnsAsker() override {
    getdns_dict_destroy(extensions_);
    getdns_context_destroy(context_);
  }

  void Ask(const std::string& domain) override {
    hosts_.clear();
    AskAll({{domain, ns_t_mx}});
    AskAll(QuestionsOf(hosts_));
  }

 private:
  struct Open {
    GetdnsAsker* asker;
    Question question;
  };

  void AskAll(const std::vector<Question>& questions) {
    std::vector<Open> open;
    open.reserve(questions.size());
    answered_ = 0;
    for (const Question& question : questions) {
      open.push_back({this, question});
      Check(getdns_general(context_, question.name.c_str(), question.type,
                           extensions_, &open.back(), nullptr,
                           &GetdnsAsker::OnAnswer),
            "general");
    }
    getdns_context_run(context_);
    if (answered_ < questions.size()) Fail("getdns: no answer");
  }

  static void OnAnswer(getdns_context* /*context*/,
                       getdns_callback_type_t /*type*/, getdns_dict* response,
                       void* argument, getdns_transaction_t /*id*/) {
    const Open& open = *static_cast<Open*>(argument);
    open.asker->Read(open.question, response);
    getdns_dict_destroy(response);
  }

  void Read(const Question& question, const getdns_dict* response) {
    uint32_t is_authentic = 0;
    Check(getdns_dict_get_int(response, "/replies_tree/0/header/ad",
                              &is_authentic),
          "header");
    if (is_authentic == 0) Fail("getdns: not validated: " + question.name);
    getdns_list* records = nullptr;
    Check(getdns_dict_get_list(response, "/replies_tree/0/answer", &records),
          "answer");
    size_t count = 0;
    getdns_list_get_length(records, &count);
    for (size_t i = 0; i < count; ++i) ReadRecord(question, records, i);
    ++answered_;
  }

  void ReadRecord(const Question& question, const getdns_list* records,
                  size_t index) {
    getdns_dict* record = nullptr;
    uint32_t type = 0;
    Check(getdns_list_get_dict(records, index, &record), "record");
    Check(getdns_dict_get_int(record, "type", &type), "type");
    if (type != static_cast<uint32_t>(question.type)) return;
    getdns_bindata* octets = nullptr;
    if (type != ns_t_mx) {
      Check(getdns_dict_get_bindata(record, "/rdata/rdata_raw", &octets),
            "rdata");
      return;
    }
    Check(getdns_dict_get_bindata(record, "/rdata/exchange", &octets),
          "exchange");
    char* host = nullptr;
    Check(getdns_convert_dns_name_to_fqdn(octets, &host), "name");
    hosts_.emplace_back(host);
    std::free(host);
  }

  getdns_context* context_ = nullptr;
  getdns_dict* extensions_ = nullptr;
  std::vector<std::string> hosts_;
  size_t answered_ = 0;
};

}  // namespace

std::unique_ptr<Asker> MakeGetdnsAsker(const std::string& place) {
  return std::make_unique<GetdnsAsker>(place);
}

}  // namespace danebound::bench
