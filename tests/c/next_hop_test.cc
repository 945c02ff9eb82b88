// Next hops and hosts that a caller of C makes for himself.
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/include/danebound.h"
#include "tests/c/owners.h"
#include "tests/client/module_server.h"

namespace danebound {
namespace {

using testing::HasSubstr;
using testing::StrEq;

using NextHopPtr =
    std::unique_ptr<danebound_next_hop, FreeObject<danebound_next_hop_free>>;
using HostPtr =
    std::unique_ptr<danebound_host, FreeObject<danebound_host_free>>;

NextHopPtr Parse(const char* text, const danebound_options* options = nullptr) {
  danebound_next_hop* next_hop = nullptr;
  EXPECT_EQ(danebound_next_hop_parse(text, options, &next_hop, nullptr),
            DANEBOUND_OK);
  return NextHopPtr(next_hop);
}

TEST(CNextHop, SaysWhatWasMeant) {
  const NextHopPtr domain = Parse(
      "B\xC3\xBC"
      "cher.example:26");
  EXPECT_EQ(danebound_next_hop_form_of(domain.get()),
            DANEBOUND_NEXT_HOP_DOMAIN);
  EXPECT_THAT(danebound_next_hop_text(domain.get()),
              StrEq("xn--bcher-kva.example"));
  EXPECT_THAT(danebound_next_hop_name(domain.get()),
              StrEq("xn--bcher-kva.example"));
  EXPECT_THAT(danebound_next_hop_address(domain.get()), StrEq(""));
  EXPECT_EQ(danebound_next_hop_port(domain.get()), 26);
}

TEST(CNextHop, KeepsHostsAndAddressesApartFromDomains) {
  const NextHopPtr host = Parse("[MX.Example.org.]");
  EXPECT_EQ(danebound_next_hop_form_of(host.get()), DANEBOUND_NEXT_HOP_HOST);
  EXPECT_THAT(danebound_next_hop_text(host.get()), StrEq("[mx.example.org]"));
  EXPECT_THAT(danebound_next_hop_name(host.get()), StrEq("mx.example.org"));
  const NextHopPtr address = Parse("[IPv6:2001:DB8::1]");
  EXPECT_EQ(danebound_next_hop_form_of(address.get()),
            DANEBOUND_NEXT_HOP_ADDRESS);
  EXPECT_THAT(danebound_next_hop_text(address.get()),
              StrEq("[IPv6:2001:db8::1]"));
  EXPECT_THAT(danebound_next_hop_address(address.get()), StrEq("2001:db8::1"));
  EXPECT_THAT(danebound_next_hop_name(address.get()), StrEq(""));
}

TEST(CNextHop, HasThePortOfTheOptionsWhereItNamesNone) {
  const OptionsPtr options(danebound_options_new());
  danebound_options_set_port(options.get(), 2525);
  EXPECT_EQ(danebound_next_hop_port(Parse("a.example", options.get()).get()),
            2525);
  EXPECT_EQ(danebound_next_hop_port(Parse("a.example:27", options.get()).get()),
            27);
  EXPECT_EQ(danebound_next_hop_port(Parse("a.example").get()), 25);
}

TEST(CNextHop, RefusesWhatIsNone) {
  danebound_next_hop* next_hop = nullptr;
  char* why = nullptr;
  EXPECT_EQ(danebound_next_hop_parse("192.0.2.1", nullptr, &next_hop, &why),
            DANEBOUND_ERROR_ARGUMENT);
  EXPECT_THAT(TakeText(why), HasSubstr("[192.0.2.1]"));
  EXPECT_EQ(danebound_next_hop_parse(nullptr, nullptr, &next_hop, nullptr),
            DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(danebound_next_hop_parse("a.example", nullptr, nullptr, nullptr),
            DANEBOUND_ERROR_ARGUMENT);
}

TEST(CNextHop, IsEmptyWhereThereIsNone) {
  EXPECT_EQ(danebound_next_hop_form_of(nullptr), DANEBOUND_NEXT_HOP_DOMAIN);
  EXPECT_EQ(danebound_next_hop_port(nullptr), 0);
  for (const char* text :
       {danebound_next_hop_text(nullptr), danebound_next_hop_name(nullptr),
        danebound_next_hop_address(nullptr)}) {
    EXPECT_THAT(text, StrEq(""));
  }
  danebound_next_hop_free(nullptr);
}

// --- Hosts

const std::string kRecord = std::string("\x03\x01\x01") + std::string(32, 'x');

struct MadeHost {
  int error = 0;
  HostPtr host;
  std::string why;
};

MadeHost Make(int duty, const std::vector<std::string>& records,
              const std::vector<const char*>& names,
              const danebound_options* options = nullptr) {
  std::vector<const uint8_t*> octets;
  std::vector<size_t> lengths;
  for (const std::string& record : records) {
    octets.push_back(reinterpret_cast<const uint8_t*>(record.data()));
    lengths.push_back(record.size());
  }
  danebound_host* host = nullptr;
  char* why = nullptr;
  const int error =
      danebound_host_new(duty, octets.data(), lengths.data(), octets.size(),
                         names.data(), names.size(), options, &host, &why);
  return {error, HostPtr(host), TakeText(why)};
}

// A process that makes the TLS of another one keeps sessions under the same
// keys.
TEST(CHost, IsTheOneOfAVerdictThatOwesTheSame) {
  TemporaryFolder folder;
  const ModuleServer server(folder.SocketPath(), [](AcceptedClient& peer, int) {
    AnswerLookups(peer);
  });
  const ClientPtr client(danebound_client_new(folder.SocketPath().c_str()));
  const OptionsPtr options(danebound_options_new());
  danebound_options_set_port(options.get(), 2525);
  const LookupEnd end = Lookup(client.get(), "example.org", options.get());
  const danebound_host* original = danebound_verdict_host(end.verdict.get(), 0);
  std::vector<const char*> names;
  for (size_t i = 0; i < danebound_host_reference_name_count(original); ++i) {
    names.push_back(danebound_host_reference_name(original, i));
  }
  ASSERT_EQ(names.size(), 2U);
  const MadeHost made =
      Make(DANEBOUND_DUTY_AUTHENTICATE, {kRecord}, names, options.get());
  ASSERT_EQ(made.error, DANEBOUND_OK) << made.why;
  const danebound_host* host = made.host.get();
  EXPECT_EQ(danebound_host_duty(host), DANEBOUND_DUTY_AUTHENTICATE);
  EXPECT_EQ(danebound_host_cause(host), DANEBOUND_CAUSE_NONE);
  EXPECT_THAT(danebound_host_tls_key(host),
              StrEq(danebound_host_tls_key(original)));
  EXPECT_THAT(danebound_host_sni(host), StrEq(danebound_host_sni(original)));
  EXPECT_THAT(danebound_host_tlsa_name(host),
              StrEq(danebound_host_tlsa_name(original)));
  EXPECT_EQ(danebound_host_port(host), 2525);
  EXPECT_EQ(danebound_host_reference_name_count(host), 2U);
  EXPECT_THAT(danebound_tlsa_text(danebound_host_tlsa(host, 0)),
              StrEq(danebound_tlsa_text(danebound_host_tlsa(original, 0))));
}

// RFC 7672 2.2: only published records that are all unusable mean encryption.
TEST(CHost, IsRefusedWhereRecordsThatItNeedsAreMissing) {
  for (const auto& records :
       {std::vector<std::string>(),
        {std::string("\x03")},
        {std::string("\x01\x01\x01") + std::string(32, 'x')}}) {
    const MadeHost made =
        Make(DANEBOUND_DUTY_AUTHENTICATE, records, {"mx.example.org"});
    EXPECT_EQ(made.error, DANEBOUND_ERROR_STATE);
    EXPECT_EQ(made.host, nullptr);
    EXPECT_THAT(made.why, HasSubstr("duty"));
  }
}

TEST(CHost, MayOweEncryptionOrNothing) {
  const MadeHost encrypt = Make(DANEBOUND_DUTY_ENCRYPT, {}, {"mx.example.org"});
  ASSERT_EQ(encrypt.error, DANEBOUND_OK) << encrypt.why;
  EXPECT_EQ(danebound_host_duty(encrypt.host.get()), DANEBOUND_DUTY_ENCRYPT);
  EXPECT_THAT(danebound_host_sni(encrypt.host.get()), StrEq("mx.example.org"));
  const MadeHost plain =
      Make(DANEBOUND_DUTY_OPPORTUNISTIC, {}, {"mx.example.org"});
  ASSERT_EQ(plain.error, DANEBOUND_OK) << plain.why;
  EXPECT_THAT(danebound_host_sni(plain.host.get()), StrEq(""));
}

// The host of a verdict whose records are of a usage that DANE for SMTP does
// not have, or that has none.
LookupEnd LookUpWith(std::vector<std::string> records) {
  Facts facts = FactsFor(Domain("example.org"));
  facts.hosts.resize(1);
  HostFacts& host = facts.hosts[0];
  host.state = records.empty() ? HostState::kNoTlsa : HostState::kTlsa;
  if (records.empty()) host.base_domain = Name();
  host.tlsa = std::move(records);
  TemporaryFolder folder;
  const ModuleServer server(
      folder.SocketPath(), [&](AcceptedClient& peer, int) {
        while (auto request = peer.ReadLookup()) {
          peer.Send(request->id, LookupReply{facts, true});
        }
      });
  const ClientPtr client(danebound_client_new(folder.SocketPath().c_str()));
  return Lookup(client.get(), "example.org");
}

void ExpectTheLikeOf(const danebound_host* original, const MadeHost& made) {
  ASSERT_EQ(made.error, DANEBOUND_OK) << made.why;
  const danebound_host* host = made.host.get();
  EXPECT_THAT(danebound_host_tls_key(host),
              StrEq(danebound_host_tls_key(original)));
  EXPECT_THAT(danebound_host_sni(host), StrEq(danebound_host_sni(original)));
  EXPECT_THAT(danebound_host_tlsa_name(host),
              StrEq(danebound_host_tlsa_name(original)));
  EXPECT_THAT(danebound_host_policy_type(host),
              StrEq(danebound_host_policy_type(original)));
}

TEST(CHost, ThatOwesEncryptionIsMadeOfTheSni) {
  const std::string pkix = std::string("\x01\x01\x01") + std::string(32, 'x');
  const LookupEnd end = LookUpWith({pkix});
  const danebound_host* original = danebound_verdict_host(end.verdict.get(), 0);
  ASSERT_EQ(danebound_host_duty(original), DANEBOUND_DUTY_ENCRYPT);
  ExpectTheLikeOf(original, Make(DANEBOUND_DUTY_ENCRYPT, {pkix},
                                 {danebound_host_sni(original)}));
}

TEST(CHost, ThatOwesNothingIsMadeOfItsName) {
  const LookupEnd end = LookUpWith({});
  const danebound_host* original = danebound_verdict_host(end.verdict.get(), 0);
  ASSERT_EQ(danebound_host_duty(original), DANEBOUND_DUTY_OPPORTUNISTIC);
  ExpectTheLikeOf(original, Make(DANEBOUND_DUTY_OPPORTUNISTIC, {},
                                 {danebound_host_name(original)}));
}

// RFC 8460 4.4. Behind an insecure MX there may be records that bind nobody.
TEST(CHost, ThatOwesNothingKeepsItsRecordsAndHasNoPolicy) {
  const MadeHost made =
      Make(DANEBOUND_DUTY_OPPORTUNISTIC, {kRecord}, {"mx.example.org"});
  const danebound_host* host = made.host.get();
  EXPECT_THAT(danebound_host_base_domain(host), StrEq("mx.example.org"));
  EXPECT_THAT(danebound_host_tlsa_name(host), StrEq("_25._tcp.mx.example.org"));
  EXPECT_EQ(danebound_host_tlsa_count(host), 1U);
  EXPECT_THAT(danebound_host_sni(host), StrEq(""));
  EXPECT_THAT(danebound_host_policy_type(host), StrEq("no-policy-found"));
  EXPECT_THAT(danebound_host_policy_domain(host), StrEq("mx.example.org"));
  EXPECT_EQ(danebound_host_policy_string_count(host), 0U);
}

// An MX record may hold any octets.
TEST(CHost, TakesEveryNameThatAVerdictGives) {
  const char* odd = "a\\032b\\.c\\255.mx_1.example.org";
  const MadeHost made = Make(1, {kRecord},
                             {odd,
                              "b\xC3\xBC"
                              "cher.example"});
  ASSERT_EQ(made.error, DANEBOUND_OK) << made.why;
  EXPECT_THAT(danebound_host_reference_name(made.host.get(), 0), StrEq(odd));
  EXPECT_THAT(danebound_host_reference_name(made.host.get(), 1),
              StrEq("xn--bcher-kva.example"));
}

TEST(CHost, RefusesWhatNoHostIs) {
  const int refused = DANEBOUND_ERROR_ARGUMENT;
  for (const int duty : {-1, 0, 4, 256}) {
    EXPECT_EQ(Make(duty, {kRecord}, {"mx.example.org"}).error, refused);
  }
  EXPECT_EQ(Make(1, {kRecord}, {}).error, refused);
  EXPECT_EQ(Make(1, {kRecord}, {"mx.example.org", nullptr}).error, refused);
  const MadeHost dotted = Make(1, {kRecord}, {".example.org"});
  EXPECT_EQ(dotted.error, refused);
  EXPECT_THAT(dotted.why, HasSubstr(".example.org"));
  const MadeHost root = Make(1, {kRecord}, {"mx.example.org", "."});
  EXPECT_EQ(root.error, refused);
  EXPECT_THAT(root.why, HasSubstr("root"));
  EXPECT_EQ(Make(1, {kRecord}, {""}).error, refused);
  EXPECT_EQ(Make(1, {std::string(65536, '\x03')}, {"mx.example.org"}).error,
            refused);
  EXPECT_EQ(danebound_host_new(1, nullptr, nullptr, 1, nullptr, 0, nullptr,
                               nullptr, nullptr),
            refused);
}

// RFC 7671 9
TEST(CHost, IsJudgedByTheDigestOrderOfTheOptions) {
  const OptionsPtr options(danebound_options_new());
  const uint8_t only_sha512[] = {2};
  danebound_options_set_digest_order(options.get(), only_sha512, 1);
  EXPECT_EQ(Make(1, {kRecord}, {"mx.example.org"}, options.get()).error,
            DANEBOUND_ERROR_STATE);
}

// The hosts of a verdict end with it, whatever a caller does.
TEST(CHost, OfAVerdictIsNotEndedByItself) {
  const ClientPtr client(danebound_client_new(nullptr));
  const LookupEnd end = Lookup(client.get(), "[192.0.2.1]");
  danebound_host_free(const_cast<danebound_host*>(
      danebound_verdict_host(end.verdict.get(), 0)));
  EXPECT_THAT(
      danebound_host_address(danebound_verdict_host(end.verdict.get(), 0), 0),
      StrEq("192.0.2.1"));
  danebound_host_free(nullptr);
}

}  // namespace
}  // namespace danebound
