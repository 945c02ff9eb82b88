// From facts and the caller's choices to a verdict: RFC 7672 2.2, 3.2, 6.
#ifndef DANEBOUND_STUB_DANE_CONCLUDE_H_
#define DANEBOUND_STUB_DANE_CONCLUDE_H_

#include <random>
#include <vector>

#include "absl/strings/string_view.h"
#include "stub/dane/facts.h"
#include "stub/dane/name.h"
#include "stub/dane/tlsa.h"
#include "stub/dane/verdict.h"

namespace danebound {

// What secure TLSA records mean where the MX records that led there are
// insecure. RFC 7672 2.2.1.
enum class InsecureMx : uint8_t {
  kOpportunistic = 0,  // nothing: pre-DANE delivery
  kEncrypt = 1,        // TLS without authentication
  kAuthenticate = 2,   // authenticate the host by its own name
};

// "opportunistic", "encrypt", "authenticate".
absl::string_view ToText(InsecureMx choice);

// What the caller decides; the facts are the same for all callers.
struct Choices {
  InsecureMx insecure_mx = InsecureMx::kOpportunistic;
  bool require = false;  // mandatory DANE, RFC 7672 6
  // Names of this host: hosts of the domain no better than the best of them are
  // cut, so that mail does not loop. RFC 5321 5.1.
  std::vector<Name> own_names;
  DigestOrder digest_order = DefaultDigestOrder();

  friend bool operator==(const Choices&, const Choices&) = default;
};

// Draws the conclusion. Hosts stay in preference order, equal ones as in the
// facts. Facts that no lookup can have found (ContradictionIn) count as a
// failed MX lookup: the disposition is kDefer, and there are no hosts.
// The caller sees to it that the facts still live (ExpiryOf).
Verdict Conclude(const Facts& facts, const Choices& choices = {});

// Shuffles hosts of equal preference. RFC 5321 5.1.
void ShuffleEqualPreferences(Verdict& verdict, std::mt19937& random);

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_CONCLUDE_H_
