#include "stub/include/danebound.h"
#include "tests/bench/ask/asker.h"

namespace danebound::bench {
namespace {

volatile size_t sink;  // lest the compiler leaves out what nobody uses

// What a mail server reads: octets to connect to and to compare with.
void ReadOctets(const danebound_host* host) {
  if (danebound_host_duty(host) != DANEBOUND_DUTY_AUTHENTICATE) {
    Fail("not the verdict that is measured");
  }
  size_t length = 0;
  for (size_t i = 0; i < danebound_host_address_count(host); ++i) {
    danebound_host_address_octets(host, i, &length);
    sink = sink + length;
  }
  for (size_t i = 0; i < danebound_host_tlsa_count(host); ++i) {
    const danebound_tlsa* record = danebound_host_tlsa(host, i);
    if (danebound_tlsa_counts(record) == 0) Fail("a record does not count");
    danebound_tlsa_rdata(record, &length);
    sink = sink + length;
  }
}

void ReadTexts(const danebound_host* host) {
  const auto read = [](const char* text) {
    sink = sink + static_cast<size_t>(*text);
  };
  read(danebound_host_name(host));
  read(danebound_host_expanded(host));
  read(danebound_host_base_domain(host));
  read(danebound_host_tlsa_name(host));
  read(danebound_host_sni(host));
  read(danebound_host_tls_key(host));
  read(danebound_host_policy_type(host));
  read(danebound_host_policy_domain(host));
  for (size_t i = 0; i < danebound_host_address_count(host); ++i) {
    read(danebound_host_address(host, i));
  }
  for (size_t i = 0; i < danebound_host_reference_name_count(host); ++i) {
    read(danebound_host_reference_name(host, i));
  }
  for (size_t i = 0; i < danebound_host_policy_string_count(host); ++i) {
    read(danebound_host_policy_string(host, i));
  }
  for (size_t i = 0; i < danebound_host_tlsa_count(host); ++i) {
    read(danebound_tlsa_text(danebound_host_tlsa(host, i)));
  }
}

class DaneboundAsker : public Asker {
 public:
  DaneboundAsker(const std::string& socket, bool reads_texts)
      : client_(danebound_client_new(socket.c_str())),
        reads_texts_(reads_texts) {
    if (client_ == nullptr) Fail("no client");
  }
  ~DaneboundAsker() override { danebound_client_free(client_); }

  void Ask(const std::string& domain) override {
    danebound_verdict* verdict = nullptr;
    char* why = nullptr;
    if (danebound_client_lookup(client_, domain.c_str(), nullptr, &verdict,
                                &why) != DANEBOUND_OK) {
      Fail(why != nullptr ? why : "no verdict");
    }
    if (danebound_verdict_disposition(verdict) !=
        DANEBOUND_DISPOSITION_DELIVER) {
      Fail("not the verdict that is measured");
    }
    for (size_t i = 0; i < danebound_verdict_host_count(verdict); ++i) {
      const danebound_host* host = danebound_verdict_host(verdict, i);
      ReadOctets(host);
      if (reads_texts_) ReadTexts(host);
    }
    danebound_verdict_free(verdict);
  }

 private:
  danebound_client* client_;
  bool reads_texts_;
};

}  // namespace

std::unique_ptr<Asker> MakeDaneboundAsker(const std::string& place) {
  return std::make_unique<DaneboundAsker>(place, false);
}

std::unique_ptr<Asker> MakeTextsAsker(const std::string& place) {
  return std::make_unique<DaneboundAsker>(place, true);
}

}  // namespace danebound::bench
