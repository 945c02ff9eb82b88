// Short words for tests of the rules: names, answers, records.
#ifndef DANEBOUND_TESTS_DANE_WORDS_H_
#define DANEBOUND_TESTS_DANE_WORDS_H_

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "stub/dane/conclude.h"
#include "stub/dane/dns.h"
#include "stub/dane/facts.h"
#include "stub/dane/name.h"
#include "stub/dane/next_hop.h"
#include "stub/dane/verdict.h"

namespace danebound {

// What every answer made here lives for, from kNow.
inline constexpr int64_t kNow = 1'000'000;
inline constexpr int64_t kTtl = 3600;

Name N(absl::string_view text);
NextHop Hop(absl::string_view text);

// RDATA.
std::string Ipv4(absl::string_view text);
std::string Ipv6(absl::string_view text);
std::string Mx(uint16_t preference, absl::string_view exchange);
// Octets given as hex.
std::string Hex(absl::string_view digits);
// A "3 1 1" record of 32 equal octets.
std::string Tlsa311(char octet = 0x11);

// Answers that live until kNow + kTtl.
Answer Records(Security security, std::vector<std::string> rdata);
Answer NoData(Security security);
Answer NxDomain(Security security);
Answer Failure(absl::string_view why = "SERVFAIL");
Answer Bogus(absl::string_view why = "signature expired");
// `answer` reached through CNAMEs; the first one's own security, where the
// resolver tells.
Answer Via(const std::vector<absl::string_view>& targets, Answer answer);
Answer Via(std::vector<absl::string_view> targets, Security alias_security,
           Answer answer);

// A host as a lookup leaves it: what the state says of its security and its
// addresses is so.
HostFacts HostIn(HostState state, absl::string_view name = "mx.example",
                 uint16_t preference = 10);

// What a lookup of example.com found; of [example.com] or [192.0.2.1] where the
// kind says so.
Facts Mail(std::vector<HostFacts> hosts, Security security = Security::kSecure,
           Kind kind = Kind::kMx);

// The identifiers of reasons.
std::vector<std::string> Ids(const std::vector<Reason>& reasons);

void PrintTo(Security security, std::ostream* os);
void PrintTo(Duty duty, std::ostream* os);
void PrintTo(Cause cause, std::ostream* os);
void PrintTo(Disposition disposition, std::ostream* os);
void PrintTo(Kind kind, std::ostream* os);
void PrintTo(WhyNot why_not, std::ostream* os);
void PrintTo(const Name& name, std::ostream* os);
void PrintTo(const Question& question, std::ostream* os);

}  // namespace danebound

#endif  // DANEBOUND_TESTS_DANE_WORDS_H_
