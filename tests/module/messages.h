// Messages as a resolver gives them, for tests.
#ifndef DANEBOUND_TESTS_MODULE_MESSAGES_H_
#define DANEBOUND_TESTS_MODULE_MESSAGES_H_

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "module/job.h"
#include "module/resolver_message.h"
#include "stub/dane/next_hop.h"

namespace danebound {

// For GoogleTest.
inline void PrintTo(const JobQuestion& question, std::ostream* out) {
  *out << ToText(Question{question.name, static_cast<RrType>(question.type)});
}

inline constexpr uint16_t kA = 1;
inline constexpr uint16_t kMx = 15;
inline constexpr uint16_t kAaaa = 28;
inline constexpr uint16_t kTlsa = 52;

inline Name N(absl::string_view text) { return Name::ParseText(text).value(); }

inline JobQuestion Q(absl::string_view name, uint16_t type) {
  return {N(name), type};
}

inline Lookup LookupOf(absl::string_view domain,
                       const LookupLimits& limits = LookupLimits()) {
  return {ParseNextHop(domain).value(), limits, 1000};
}

// Secure, without records.
inline ResolverMessage NoData() {
  ResolverMessage message;
  message.has_reply = true;
  message.rcode = kRcodeNoError;
  message.security = ResolverSecurity::kSecure;
  message.ttl = 300;
  return message;
}

inline ResolverMessage NoName() {
  ResolverMessage message = NoData();
  message.rcode = kRcodeNxDomain;
  return message;
}

inline ResolverMessage Failure() {
  ResolverMessage message;
  message.rcode = kRcodeServFail;
  return message;
}

inline ResolverMessage Records(const JobQuestion& question,
                               std::vector<std::string> rdata) {
  ResolverMessage message = NoData();
  message.answer.push_back(
      {question.name, question.type, Security::kSecure, 300, std::move(rdata)});
  return message;
}

// MX records of ascending preference.
inline ResolverMessage MxOf(absl::string_view domain,
                            const std::vector<std::string>& hosts) {
  std::vector<std::string> rdata;
  for (const std::string& host : hosts) {
    const std::string preference = {'\0', static_cast<char>(rdata.size())};
    rdata.push_back(preference + std::string(N(host).wire()));
  }
  return Records(Q(domain, kMx), rdata);
}

inline ResolverMessage AddressOf(absl::string_view host) {
  return Records(Q(host, kA), {std::string("\xc0\x00\x02\x01", 4)});
}

// Through as many aliases, the last of which owns the address.
inline ResolverMessage AddressBehindAliases(absl::string_view host, int count) {
  ResolverMessage message = NoData();
  std::string owner(host);
  for (int i = 0; i < count; ++i) {
    const std::string target = "alias" + std::to_string(i) + ".example";
    message.answer.push_back(
        {N(owner), 5, Security::kSecure, 300, {std::string(N(target).wire())}});
    owner = target;
  }
  message.answer.push_back({N(owner),
                            kA,
                            Security::kSecure,
                            300,
                            {std::string("\xc0\x00\x02\x01", 4)}});
  return message;
}

inline ResolverMessage TlsaOf(absl::string_view host) {
  return Records(Q("_25._tcp." + std::string(host), kTlsa),
                 {std::string("\x03\x01\x01", 3) + std::string(32, 'x')});
}

}  // namespace danebound

#endif  // DANEBOUND_TESTS_MODULE_MESSAGES_H_
