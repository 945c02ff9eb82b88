// What the rules come to in numbers: the duty of each host and the disposition,
// before any text is made of them. conclude.h makes a verdict with its texts;
// who has no use for those asks here, of facts in whatever form they lie.
// RFC 7672 2.2, 6.
#ifndef DANEBOUND_STUB_DANE_DUTY_H_
#define DANEBOUND_STUB_DANE_DUTY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "stub/dane/dns.h"
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

// Of facts, what duties depend on.
struct MxOutline {
  Kind kind = Kind::kFailed;
  Security security = Security::kFailed;
  int64_t expires = 0;  // of the MX part, seconds since the epoch

  bool is_insecure_mx() const {
    return kind == Kind::kMx && security != Security::kSecure;
  }
};

// Of a host, what its duty depends on.
struct HostFound {
  HostState state = HostState::kNotEvaluated;
  bool has_usable = false;  // TLSA records
  int64_t expires = 0;
};

struct HostDuty {
  Duty duty = Duty::kSkip;
  Cause cause = Cause::kNotEvaluated;
  bool permanent = false;  // duty skip only
  int64_t expires = 0;     // see HostVerdict::expires
};

HostDuty DutyOf(const MxOutline& mx, const HostFound& host,
                const Choices& choices);

// Says whether TLS with the host is bound by its TLSA records.
bool IsBoundByTlsa(Duty duty);

// RFC 8460 4.4: whether the host's policy is "tlsa", else "no-policy-found".
bool HasTlsaPolicy(const HostDuty& host);

// The names in wire form of which a certificate must have one, in order, none
// twice; for duty authenticate. RFC 7672 3.2.2.
struct ReferenceNames {
  static constexpr size_t kMost = 3;
  absl::string_view names[kMost];
  size_t count = 0;
};

//   base_domain, next_hop, expanded  in wire form; the last two of the facts.
ReferenceNames ReferenceNamesOf(const MxOutline& mx,
                                absl::string_view base_domain,
                                absl::string_view next_hop,
                                absl::string_view expanded);

// Says whether hosts of facts of that kind may be cut at the machine's own
// name. RFC 5321 5.1.
bool MayCut(Kind kind);

struct Decided {
  Disposition disposition = Disposition::kDefer;
  absl::string_view dsn;          // of a literal; empty for kDeliver
  bool is_dane_required = false;  // it waits for the sake of mandatory DANE
};

// What is to be done with the message, from all hosts that were not cut.
class Disposing {
 public:
  void Add(const HostDuty& host, Security security);
  //   truncated  some hosts were not evaluated or not listed.
  Decided End(const MxOutline& mx, bool truncated, bool require) const;

 private:
  Decided ByHosts(bool truncated) const;

  bool has_hosts_ = false;
  bool has_usable_ = false;            // one that is not to be skipped
  bool has_temporary_ = false;         // one that may be better another time
  bool has_dane_required_ = false;     // one that is skipped for that
  bool has_insecure_absence_ = false;  // of addresses
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_DUTY_H_
