// What an MTA that does DANE would make of a domain now: verdict and evidence
// in, outcome and findings out. Pure rules, RFC 7672.
//
//   verdict (DNS) --+
//                   +--> Judge --> outcome and findings, of each address, of
//   evidence (TLS) -+              each host, of the domain
#ifndef DANEBOUND_STUB_CHECK_OUTCOME_H_
#define DANEBOUND_STUB_CHECK_OUTCOME_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/check/evidence.h"
#include "stub/dane/tlsa_text.h"
#include "stub/dane/verdict.h"

namespace danebound {

// How a message would reach the host or the domain. RFC 7672 2.2.
enum class Outcome : uint8_t {
  kDeferred = 0,  // not now: what is owed cannot be had, or nobody answers
  kUndeliverable,
  kOpportunistic,  // DANE adds nothing: TLS if it works, else clear text
  kEncrypted,      // TLS, and whose is not proven; never clear text
  kAuthenticatedHostOnly,  // the host is, but insecure MX records led there
  kAuthenticated,
};

// "deferred", "undeliverable", "opportunistic", "encrypted",
// "authenticated-host-only", "authenticated".
absl::string_view ToText(Outcome outcome);

// What the owner of the domain should think of it. In this order the worst of
// several counts; ExitCodeOf has other numbers.
enum class Health : uint8_t {
  kGood = 0,     // DANE holds
  kWarning = 1,  // mail flows, but not as it should, or not for long
  kUnknown = 2,  // could not be found out from here
  kBroken = 3,   // mail does not flow, or would not through some host
};

// "good", "warning", "unknown", "broken".
absl::string_view ToText(Health health);

// 0 good, 1 warning, 2 broken, 3 unknown: what monitoring expects.
int ExitCodeOf(Health health);

// One thing that is not as it should be.
struct Finding {
  Health health = Health::kUnknown;
  std::string id;      // stable, listed in docs/check.md
  std::string text;    // for people
  std::string tlsrpt;  // result type, RFC 8460 4.3, or ""
};

struct AddressReport {
  Outcome outcome = Outcome::kDeferred;
  std::vector<Finding> findings;
};

struct HostReport {
  Outcome outcome = Outcome::kDeferred;  // the best of its addresses
  std::vector<Finding> findings;         // of the host as a whole
  std::vector<AddressReport> addresses;  // as in HostVerdict::addresses
  // The first end of a certificate whose dates count, seconds since the epoch:
  // those of the chain where DANE-TA(2) vouches for it. RFC 7672 3.1.1.
  absl::optional<int64_t> certificates_end;
  absl::optional<int64_t> signatures_end;  // as in HostEvidence
  // Where the host has no TLSA records, or they do not vouch for what it shows:
  // the record 3 1 1 of each certificate that was shown, "3 1 1 0b9f…". Nothing
  // has verified those certificates.
  std::vector<std::string> records_now;
};

struct DomainReport {
  // Of the first host that takes mail, in the order of preference; where equal
  // ones differ, the weakest of them, as an MTA may choose any.
  Outcome outcome = Outcome::kDeferred;
  // The worst of all findings below; an outcome that is not authenticated is
  // at least a warning, and one that takes no mail at least unknown.
  Health health = Health::kUnknown;
  std::vector<Finding> findings;  // of the domain as a whole
  std::vector<HostReport> hosts;  // as in Verdict::hosts
};

struct JudgeOptions {
  int64_t now = 0;  // seconds since the epoch at which certificates are judged
  int64_t warning_days = 14;           // warn of certificates that end sooner
  int64_t critical_days = 0;           // those that end sooner are broken
  int64_t signature_warning_days = 2;  // warn of signatures that end sooner
  // Seconds since the epoch at which signatures are judged, the time of the
  // check: they are renewed long before a date to come. Nullopt: `now`.
  absl::optional<int64_t> checked = absl::nullopt;
  // What takes no mail is as grave as it is, also where others take it; but
  // for what this machine alone cannot reach.
  bool strict = false;
  // Combinations that each host must publish, and that must vouch for each
  // certificate that it shows.
  std::vector<TlsaParameters> expected = {};
  // Whose certificate records are of, though no server shows it: "the next
  // certificate", by RDATA.
  std::map<std::string, std::string> known_records = {};
};

// Judges one domain. Where mail flows by other addresses of a host, or by other
// hosts of the domain that are as secure as the host should be, what takes none
// is a warning, and nothing where this machine alone cannot reach it; what DNS
// proves of it stays as grave as it is. A host whose lookups failed should be
// as secure as one with TLSA records: it may have some. RFC 5321 5.1.
//
//   evidence  of this very verdict: as many hosts and addresses.
DomainReport Judge(const Verdict& verdict, const DomainEvidence& evidence,
                   const JudgeOptions& options);

// Every finding of a report, the domain's own first.
std::vector<const Finding*> AllFindings(const DomainReport& report);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CHECK_OUTCOME_H_
