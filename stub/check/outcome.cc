#include "stub/check/outcome.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "stub/check/combination.h"
#include "stub/dane/tlsa.h"
#include "stub/openssl/mismatch.h"

namespace danebound {
namespace {

constexpr int64_t kDay = 86400;

// TLSRPT result types of what only a connection shows. RFC 8460 4.3.
constexpr absl::string_view kStartTlsNotSupported = "starttls-not-supported";
constexpr absl::string_view kValidationFailure = "validation-failure";
constexpr absl::string_view kNoTlsrpt;

constexpr absl::string_view kNotProbed = "addresses-not-probed";

Finding Found(Health health, absl::string_view id, absl::string_view text,
              absl::string_view tlsrpt = kNoTlsrpt) {
  return {health, std::string(id), std::string(text), std::string(tlsrpt)};
}

Finding Found(Health health, const Reason& reason) {
  return Found(health, ToText(reason.id), reason.text,
               TlsrptResultOf(reason.id));
}

bool OwesTls(Duty duty) {
  return duty == Duty::kAuthenticate || duty == Duty::kEncrypt;
}

// RFC 7672 2.2: what the duty becomes once TLS did all it had to.
Outcome OutcomeOf(const TlsResult& result, Duty duty, bool insecure_mx) {
  if (duty == Duty::kOpportunistic) return Outcome::kOpportunistic;
  switch (result.outcome) {
    case TlsOutcome::kFailed:
      return Outcome::kDeferred;
    case TlsOutcome::kEncrypted:
      return Outcome::kEncrypted;
    case TlsOutcome::kAuthenticated:
      return insecure_mx ? Outcome::kAuthenticatedHostOnly
                         : Outcome::kAuthenticated;
  }
  return Outcome::kDeferred;
}

// Says whether an MTA that owes nothing could go on in clear text. RFC 7672
// 2.2, RFC 7435.
bool TakesClearText(const AddressEvidence& evidence) {
  if (evidence.trouble == Trouble::kPlaintext) return false;
  return evidence.trouble == Trouble::kNoStartTls ||
         evidence.smtp.starttls_offers > 0;
}

Outcome OutcomeOf(const AddressEvidence& evidence, Duty duty,
                  bool insecure_mx) {
  if (evidence.trouble == Trouble::kNone) {
    return OutcomeOf(evidence.tls.result, duty, insecure_mx);
  }
  return duty == Duty::kOpportunistic && TakesClearText(evidence)
             ? Outcome::kOpportunistic
             : Outcome::kDeferred;
}

// RFC 7672 1.3.1: TLSA promises TLS, so that its absence is an attack or a
// fault, never a reason for clear text.
Finding NoStartTls(const AddressEvidence& evidence, Duty duty) {
  if (!OwesTls(duty)) {
    return Found(Health::kWarning, ToText(evidence.trouble), evidence.why,
                 kStartTlsNotSupported);
  }
  return Found(Health::kBroken, "downgrade",
               absl::StrCat(evidence.why,
                            ", which its TLSA records promise: a downgrade"),
               kStartTlsNotSupported);
}

Finding TlsTrouble(const AddressEvidence& evidence, Duty duty) {
  const TlsResult& result = evidence.tls.result;
  return Found(OwesTls(duty) ? Health::kBroken : Health::kWarning,
               ToText(evidence.trouble), evidence.why,
               result.tlsrpt.empty() ? kValidationFailure
                                     : absl::string_view(result.tlsrpt));
}

Finding TroubleFound(const AddressEvidence& evidence, Duty duty) {
  switch (evidence.trouble) {
    case Trouble::kNoStartTls:
    case Trouble::kStartTlsRefused:
      return NoStartTls(evidence, duty);
    case Trouble::kTls:
      return TlsTrouble(evidence, duty);
    case Trouble::kPlaintext:
      return Found(Health::kBroken, ToText(evidence.trouble), evidence.why,
                   kValidationFailure);
    case Trouble::kNotProbed:
    case Trouble::kLocal:
    case Trouble::kTimeout:  // this client's patience, or a filter before it
      return Found(Health::kUnknown, ToText(evidence.trouble), evidence.why);
    case Trouble::kNoConnection:
    case Trouble::kClosed:
    case Trouble::kNotSmtp:
    case Trouble::kRefused:
    case Trouble::kNone:
      break;
  }
  return Found(Health::kBroken, ToText(evidence.trouble), evidence.why);
}

std::string TextOf(const TlsSetup::Refused& refused, const HostVerdict& host) {
  return absl::StrCat("OpenSSL refuses the record ",
                      ToText(host.tlsa[refused.record]), ": ", refused.why);
}

void FindInTls(const HostVerdict& host, const TlsSeen& tls,
               std::vector<Finding>& findings) {
  for (const TlsSetup::Refused& refused : tls.setup.refused) {
    findings.push_back(
        Found(Health::kWarning, "record-refused", TextOf(refused, host)));
  }
  if (OwesTls(host.duty) && tls.result.outcome == TlsOutcome::kFailed) {
    findings.push_back(Found(Health::kBroken, "not-authenticated",
                             tls.result.why, tls.result.tlsrpt));
  }
}

// Says whether no record vouches for what the first handshake showed.
bool IsFailed(const AddressEvidence& evidence) {
  return evidence.trouble == Trouble::kNone &&
         evidence.tls.result.outcome == TlsOutcome::kFailed;
}

// Says whether the second key alone has no record.
bool IsOtherKeyFailed(const AddressEvidence& evidence) {
  return evidence.other_key.has_value() &&
         evidence.other_key->result.outcome != TlsOutcome::kAuthenticated &&
         evidence.tls.result.outcome == TlsOutcome::kAuthenticated;
}

// The sender's TLS library chooses which of the two certificates it sees.
void FindInOtherKey(const AddressEvidence& evidence,
                    std::vector<Finding>& findings) {
  if (!evidence.other_key_why.empty()) {
    findings.push_back(
        Found(Health::kGood, "other-key-unknown",
              absl::StrCat("whether the server has a certificate of the other "
                           "type of key was not seen; the second connection: ",
                           evidence.other_key_why)));
  }
  if (!IsOtherKeyFailed(evidence)) return;
  const TlsResult& result = evidence.other_key->result;
  findings.push_back(
      Found(Health::kWarning, "other-key-not-authenticated",
            absl::StrCat("senders that are shown the ",
                         ToText(evidence.other_key->key_type),
                         " certificate do not authenticate it: ", result.why),
            result.tlsrpt));
}

AddressReport JudgeAddress(const HostVerdict& host,
                           const AddressEvidence& evidence, bool insecure_mx) {
  AddressReport report;
  if (evidence.trouble == Trouble::kNotProbed) return report;
  report.outcome = OutcomeOf(evidence, host.duty, insecure_mx);
  if (evidence.trouble == Trouble::kNone) {
    FindInTls(host, evidence.tls, report.findings);
  } else {
    report.findings.push_back(TroubleFound(evidence, host.duty));
  }
  if (evidence.smtp.starttls_offers > 1) {
    report.findings.push_back(
        Found(Health::kWarning, "starttls-twice",
              absl::StrCat("the server offers STARTTLS ",
                           evidence.smtp.starttls_offers, " times")));
  }
  FindInOtherKey(evidence, report.findings);
  return report;
}

// The end of what DANE-TA(2) vouches with, nullopt where dates do not count.
// RFC 7672 3.1.1, 3.1.2.
absl::optional<int64_t> EndOf(const HostVerdict& host, const TlsSeen& tls) {
  const TlsResult& result = tls.result;
  if (!result.record.has_value() ||
      host.tlsa[*result.record].usage != kDaneTa) {
    return absl::nullopt;
  }
  absl::optional<int64_t> end;
  for (size_t i = 0; i < tls.verified_ends.size(); ++i) {
    if (static_cast<int>(i) > result.depth) break;
    end = std::min(end.value_or(tls.verified_ends[i]), tls.verified_ends[i]);
  }
  return end;
}

absl::optional<int64_t> EndOf(const HostVerdict& host,
                              const HostEvidence& evidence) {
  absl::optional<int64_t> first;
  for (const AddressEvidence& each : evidence.addresses) {
    const absl::optional<int64_t> end = EndOf(host, each.tls);
    if (end.has_value()) first = std::min(first.value_or(*end), *end);
  }
  return first;
}

std::string TextsOf(const std::vector<Reason>& reasons) {
  return absl::StrJoin(reasons, "; ", [](std::string* out, const Reason& each) {
    absl::StrAppend(out, each.text);
  });
}

bool IsFailedLookup(const Reason& reason) {
  switch (reason.id) {
    case ReasonId::kAddressFailed:
    case ReasonId::kAddressBogus:
    case ReasonId::kAliasFailed:
    case ReasonId::kAliasBogus:
    case ReasonId::kTlsaFailed:
    case ReasonId::kTlsaBogus:
      return true;
    case ReasonId::kMxFailed:
    case ReasonId::kMxBogus:
    case ReasonId::kNoSuchDomain:
    case ReasonId::kNullMx:
    case ReasonId::kNullMxIgnored:
    case ReasonId::kImplicitMx:
    case ReasonId::kInsecureMx:
    case ReasonId::kNoTrustAnchor:
    case ReasonId::kAddressLiteral:
    case ReasonId::kHostsNotEvaluated:
    case ReasonId::kOwnName:
    case ReasonId::kNoAddress:
    case ReasonId::kInsecureAddress:
    case ReasonId::kNoTlsa:
    case ReasonId::kInsecureTlsa:
    case ReasonId::kTlsaNameTooLong:
    case ReasonId::kAllUnusable:
    case ReasonId::kMxIsAddress:
    case ReasonId::kNotEvaluated:
    case ReasonId::kDaneRequired:
      return false;
  }
  return false;
}

// The reasons that a skip rests on: each lookup that failed where that is the
// cause, else the last; those before it led there.
std::vector<Reason> ReasonsOfSkip(const HostVerdict& host) {
  std::vector<Reason> reasons;
  if (host.cause == Cause::kAddressFailed || host.cause == Cause::kTlsaFailed) {
    std::copy_if(host.reasons.begin(), host.reasons.end(),
                 std::back_inserter(reasons), IsFailedLookup);
  }
  if (reasons.empty() && !host.reasons.empty()) {
    reasons.push_back(host.reasons.back());
  }
  return reasons;
}

// A fault that one lookup proved stays one, whatever another waited for.
Health HealthOfSkip(const HostVerdict& host,
                    const std::vector<Reason>& reasons) {
  if (host.cause == Cause::kNotEvaluated) return Health::kWarning;
  const bool is_own_timeout =
      !reasons.empty() &&
      std::all_of(reasons.begin(), reasons.end(), RestsOnOwnTimeout);
  return is_own_timeout ? Health::kUnknown : Health::kBroken;
}

Finding SkipFound(const HostVerdict& host) {
  const std::vector<Reason> reasons = ReasonsOfSkip(host);
  Finding finding =
      Found(HealthOfSkip(host, reasons), ToText(host.cause), "skipped");
  if (reasons.empty()) return finding;
  finding.text = TextsOf(reasons);
  finding.tlsrpt = std::string(TlsrptResultOf(reasons.back().id));
  return finding;
}

void FindInDuty(const HostVerdict& host, std::vector<Finding>& findings) {
  if (host.duty == Duty::kSkip) findings.push_back(SkipFound(host));
  if (host.duty == Duty::kOpportunistic) {
    findings.push_back(Found(
        Health::kWarning, "no-dane",
        host.reasons.empty()
            ? "DANE does not apply"
            : absl::StrCat("DANE does not apply: ", TextsOf(host.reasons))));
  }
  for (const Reason& reason : host.reasons) {
    if (reason.id == ReasonId::kAllUnusable) {
      findings.push_back(Found(Health::kWarning, reason));
    }
  }
}

// Days below which an end is a warning, and below which it is broken.
struct LeastDays {
  int64_t warning = 0;
  int64_t critical = 0;
};

// Never broken: where signatures have ended, lookups say so.
constexpr int64_t kNeverCritical = std::numeric_limits<int64_t>::min();

std::string EndText(absl::string_view what, int64_t days) {
  if (days < 0) return absl::StrCat(what, " has ended");
  return absl::StrCat(what, " ends in ", days, days == 1 ? " day" : " days");
}

// Warns of what ends in fewer days than it should.
void FindEnd(absl::optional<int64_t> end, int64_t now, LeastDays least,
             absl::string_view id, absl::string_view what,
             std::vector<Finding>& findings) {
  if (!end.has_value()) return;
  const int64_t left = *end - now;
  const int64_t days = left < 0 ? left / kDay - 1 : left / kDay;
  if (days >= std::max(least.warning, least.critical)) return;
  findings.push_back(
      Found(days < least.critical ? Health::kBroken : Health::kWarning, id,
            EndText(what, days)));
}

// The handshakes in which the host showed a key, with where it was.
std::vector<std::pair<const TlsSeen*, const Address*>> ShownBy(
    const HostEvidence& evidence) {
  std::vector<std::pair<const TlsSeen*, const Address*>> shown;
  for (const AddressEvidence& each : evidence.addresses) {
    if (each.tls.shows_a_key()) shown.emplace_back(&each.tls, &each.address);
    if (each.other_key.has_value() && each.other_key->shows_a_key()) {
      shown.emplace_back(&*each.other_key, &each.address);
    }
  }
  return shown;
}

// RFC 7671 8: a client may know but one of the combinations.
void FindExpected(const HostVerdict& host, const HostEvidence& evidence,
                  const TlsaParameters& expected,
                  std::vector<Finding>& findings) {
  const auto add = [&](absl::string_view text) {
    findings.push_back(Found(Health::kBroken, "expected-missing", text));
  };
  if (!IsPublished(host, expected)) {
    return add(absl::StrCat("there is no usable record ", ToText(expected)));
  }
  for (const auto& [tls, address] : ShownBy(evidence)) {
    if (IsVouching(*tls, expected)) continue;
    add(absl::StrCat("no record ", ToText(expected), " vouches for the ",
                     CertificateTextOf(*tls), " of ", address->ToText()));
  }
}

// Says whether the host's TLSA records could not be looked up.
bool IsRecordUnknown(const HostVerdict& host) {
  return host.cause == Cause::kAddressFailed ||
         host.cause == Cause::kTlsaFailed || host.cause == Cause::kNotEvaluated;
}

// Of a host that nobody connects to. One that never takes mail needs none.
void FindExpectedOfSkipped(const HostVerdict& host,
                           const std::vector<TlsaParameters>& expected,
                           std::vector<Finding>& findings) {
  for (const TlsaParameters& each : expected) {
    if (IsRecordUnknown(host)) {
      findings.push_back(
          Found(Health::kUnknown, "expected-unknown",
                absl::StrCat("whether there is a record ", ToText(each),
                             " could not be found out")));
    } else if (host.cause == Cause::kDaneRequired && !IsPublished(host, each)) {
      FindExpected(host, {}, each, findings);
    }
  }
}

// What is known of how the records came to be unusable, from the first server
// that shows a certificate, else from the records alone.
void SayWhyUnusable(const HostVerdict& host, const HostEvidence& evidence,
                    std::vector<Finding>& findings) {
  for (Finding& each : findings) {
    if (each.id != ToText(ReasonId::kAllUnusable)) continue;
    std::string why;
    for (const AddressEvidence& address : evidence.addresses) {
      if (why.empty()) why = address.tls.why_unusable;
    }
    if (why.empty()) why = WhyUnusable(host.tlsa, {});
    absl::StrAppend(&each.text, ": ", why);
  }
}

bool IsAnyFailed(const HostEvidence& evidence) {
  return std::any_of(evidence.addresses.begin(), evidence.addresses.end(),
                     [](const AddressEvidence& each) {
                       return IsFailed(each) || IsOtherKeyFailed(each);
                     });
}

// Where a certificate fails, what is known of the records from elsewhere.
void FindKnownRecords(const HostVerdict& host, const HostEvidence& evidence,
                      const std::map<std::string, std::string>& known,
                      std::vector<Finding>& findings) {
  if (!IsAnyFailed(evidence)) return;
  for (size_t i = 0; i < host.tlsa.size(); ++i) {
    const auto whose = known.find(host.tlsa[i].rdata);
    if (whose == known.end()) continue;
    findings.push_back(
        Found(Health::kGood, "record-known",
              absl::StrCat("record ", i, " is of ", whose->second)));
  }
}

// Says whether what the handshake showed lacks a record that vouches for it. In
// an unsigned zone none would count.
bool LacksRecord(const HostVerdict& host, const TlsSeen& tls) {
  if (host.name.IsRoot() || host.security != Security::kSecure) return false;
  const bool any_counts =
      std::any_of(host.tlsa.begin(), host.tlsa.end(),
                  [](const Tlsa& record) { return record.counts(); });
  if (!any_counts) return true;
  return host.duty == Duty::kAuthenticate &&
         tls.result.outcome != TlsOutcome::kAuthenticated;
}

std::vector<std::string> RecordsNow(const HostVerdict& host,
                                    const HostEvidence& evidence) {
  std::vector<std::string> records;
  for (const auto& [tls, address] : ShownBy(evidence)) {
    const std::string& digest = tls->raw_key.has_value()
                                    ? tls->raw_key->spki_sha256
                                    : tls->chain.front().spki_sha256;
    if (digest.empty() || !LacksRecord(host, *tls)) continue;
    std::string record = absl::StrCat(ToText(TlsaParameters()), " ", digest);
    if (std::find(records.begin(), records.end(), record) == records.end()) {
      records.push_back(std::move(record));
    }
  }
  return records;
}

// Of an address that was not connected to nothing is known.
void FindUnprobed(const HostEvidence& evidence,
                  std::vector<Finding>& findings) {
  const auto all = static_cast<size_t>(evidence.addresses.size());
  if (all == 0) {
    findings.push_back(Found(Health::kUnknown, kNotProbed,
                             "it has no address of the kind to connect to"));
  }
  const auto unprobed = static_cast<size_t>(
      std::count_if(evidence.addresses.begin(), evidence.addresses.end(),
                    [](const AddressEvidence& each) {
                      return each.trouble == Trouble::kNotProbed;
                    }));
  if (unprobed == 0) return;
  findings.push_back(
      Found(unprobed == all ? Health::kUnknown : Health::kWarning, kNotProbed,
            absl::StrCat(unprobed, " of ", all,
                         " addresses were not connected to: there are more "
                         "than a check tries")));
}

bool TakesMail(Outcome outcome) {
  return outcome != Outcome::kDeferred && outcome != Outcome::kUndeliverable;
}

// Makes findings no worse than this, and says whether one was.
bool Lower(Health worst, std::vector<Finding>& findings) {
  bool lowered = false;
  for (Finding& each : findings) {
    lowered = lowered || each.health > worst;
    each.health = std::min(each.health, worst);
  }
  return lowered;
}

Finding FlowsAround(const std::vector<std::string>& others) {
  return Found(Health::kWarning, "mail-flows",
               absl::StrCat("mail flows, but no way was found through ",
                            absl::StrJoin(others, ", ")));
}

// An MTA tries one address after the other, RFC 5321 5.1. What this machine
// cannot reach is no loss where it reached another.
void ForgiveAddresses(const HostEvidence& evidence, bool strict,
                      HostReport& report) {
  if (!TakesMail(report.outcome)) return;
  std::vector<std::string> forgiven;
  for (size_t i = 0; i < report.addresses.size(); ++i) {
    AddressReport& address = report.addresses[i];
    if (TakesMail(address.outcome)) continue;
    const AddressEvidence& seen = evidence.addresses[i];
    if (seen.trouble == Trouble::kLocal) {
      Lower(Health::kGood, address.findings);
    } else if (!strict && Lower(Health::kWarning, address.findings)) {
      forgiven.push_back(seen.address.ToText());
    }
  }
  if (!forgiven.empty()) report.findings.push_back(FlowsAround(forgiven));
}

Outcome BestOf(const std::vector<AddressReport>& addresses) {
  Outcome best = Outcome::kDeferred;
  for (const AddressReport& each : addresses) {
    best = std::max(best, each.outcome);
  }
  return best;
}

HostReport JudgeHost(const HostVerdict& host, const HostEvidence& evidence,
                     bool insecure_mx, const JudgeOptions& options) {
  HostReport report;
  FindInDuty(host, report.findings);
  if (host.duty == Duty::kSkip) {
    report.outcome =
        host.permanent ? Outcome::kUndeliverable : Outcome::kDeferred;
    if (!evidence.deniers.empty()) {  // the cause, as it seems
      absl::StrAppend(&report.findings.front().text, "; ", evidence.deniers);
    }
    FindExpectedOfSkipped(host, options.expected, report.findings);
    return report;
  }
  for (const AddressEvidence& each : evidence.addresses) {
    report.addresses.push_back(JudgeAddress(host, each, insecure_mx));
  }
  SayWhyUnusable(host, evidence, report.findings);
  FindUnprobed(evidence, report.findings);
  report.outcome = BestOf(report.addresses);
  ForgiveAddresses(evidence, options.strict, report);
  report.certificates_end = EndOf(host, evidence);
  report.signatures_end = evidence.signatures_end;
  report.records_now = RecordsNow(host, evidence);
  FindKnownRecords(host, evidence, options.known_records, report.findings);
  for (const TlsaParameters& each : options.expected) {
    FindExpected(host, evidence, each, report.findings);
  }
  FindEnd(report.certificates_end, options.now,
          {options.warning_days, options.critical_days}, "certificate-ends",
          "a certificate that must be valid", report.findings);
  FindEnd(report.signatures_end, options.checked.value_or(options.now),
          {options.signature_warning_days, kNeverCritical}, "signature-ends",
          "a signature of the TLSA records", report.findings);
  return report;
}

// RFC 7672 2.2.1: preference alone decides, never security.
Outcome OutcomeOf(const Verdict& verdict,
                  const std::vector<HostReport>& hosts) {
  if (verdict.disposition == Disposition::kUndeliverable) {
    return Outcome::kUndeliverable;
  }
  Outcome outcome = Outcome::kDeferred;
  uint16_t preference = 0;
  for (size_t i = 0; i < hosts.size(); ++i) {
    if (!TakesMail(hosts[i].outcome)) continue;
    if (!TakesMail(outcome)) {
      outcome = hosts[i].outcome;
      preference = verdict.hosts[i].preference;
    } else if (verdict.hosts[i].preference == preference) {
      outcome = std::min(outcome, hosts[i].outcome);
    }
  }
  return outcome;
}

// What is owed through a host. One that is skipped because lookups failed may
// have TLSA records, as one must of which they are demanded. RFC 7672 2.1.2, 6.
Duty DutyThrough(const HostVerdict& host) {
  if (host.duty != Duty::kSkip) return host.duty;
  const bool may_have_tlsa = host.cause == Cause::kAddressFailed ||
                             host.cause == Cause::kTlsaFailed ||
                             host.cause == Cause::kDaneRequired;
  return may_have_tlsa ? Duty::kAuthenticate : Duty::kOpportunistic;
}

// Says whether mail that is not taken by a host goes elsewhere as safely as it
// is owed.
bool Suffices(Outcome outcome, Duty duty) {
  switch (duty) {
    case Duty::kAuthenticate:
      return outcome >= Outcome::kAuthenticatedHostOnly;
    case Duty::kEncrypt:
      return outcome >= Outcome::kEncrypted;
    case Duty::kSkip:
    case Duty::kOpportunistic:
      return TakesMail(outcome);
  }
  return false;
}

// Says whether a finding is why no mail goes through the host, not what DNS or
// the caller says of it besides.
bool IsOfTheWay(const HostVerdict& host, const Finding& finding) {
  return finding.id == kNotProbed ||
         (host.duty == Duty::kSkip && finding.id == ToText(host.cause));
}

// Makes no worse than this what is why no mail goes through the host, and says
// whether something was.
bool Lower(Health worst, const HostVerdict& host, HostReport& report) {
  bool lowered = false;
  for (Finding& each : report.findings) {
    if (!IsOfTheWay(host, each)) continue;
    lowered = lowered || each.health > worst;
    each.health = std::min(each.health, worst);
  }
  for (AddressReport& address : report.addresses) {
    if (Lower(worst, address.findings)) lowered = true;
  }
  return lowered;
}

// Says whether this machine alone is why nothing was seen of a host.
bool IsOutOfReach(const HostVerdict& host, const HostEvidence& evidence) {
  return host.duty != Duty::kSkip &&
         std::all_of(evidence.addresses.begin(), evidence.addresses.end(),
                     [](const AddressEvidence& each) {
                       return each.trouble == Trouble::kLocal;
                     });
}

// A client goes on to the next host, RFC 5321 5.1.
void ForgiveHosts(const Verdict& verdict, const DomainEvidence& evidence,
                  bool strict, DomainReport& report) {
  std::vector<std::string> forgiven;
  for (size_t i = 0; i < report.hosts.size(); ++i) {
    const HostVerdict& host = verdict.hosts[i];
    if (TakesMail(report.hosts[i].outcome) ||
        !Suffices(report.outcome, DutyThrough(host))) {
      continue;
    }
    if (IsOutOfReach(host, evidence.hosts[i])) {
      Lower(Health::kGood, host, report.hosts[i]);
    } else if (!strict && Lower(Health::kWarning, host, report.hosts[i])) {
      forgiven.push_back(host.name.ToText());
    }
  }
  if (!forgiven.empty()) report.findings.push_back(FlowsAround(forgiven));
}

// Says whether the domain takes no mail, and says so. RFC 7505.
bool IsNullMx(const Verdict& verdict) {
  return verdict.kind == Kind::kNullMx &&
         verdict.disposition == Disposition::kUndeliverable;
}

// What a reason of the next hop as a whole means to its owner.
Health HealthOf(const Reason& reason) {
  switch (reason.id) {
    case ReasonId::kMxFailed:
      return Health::kUnknown;
    case ReasonId::kMxBogus:
    case ReasonId::kNoSuchDomain:
    case ReasonId::kDaneRequired:
      return Health::kBroken;
    case ReasonId::kInsecureMx:
    case ReasonId::kNoTrustAnchor:
    case ReasonId::kAddressLiteral:
    case ReasonId::kNullMxIgnored:
    case ReasonId::kHostsNotEvaluated:
    case ReasonId::kOwnName:
      return Health::kWarning;
    case ReasonId::kNullMx:
    case ReasonId::kImplicitMx:
    case ReasonId::kAddressFailed:
    case ReasonId::kAddressBogus:
    case ReasonId::kNoAddress:
    case ReasonId::kInsecureAddress:
    case ReasonId::kAliasFailed:
    case ReasonId::kAliasBogus:
    case ReasonId::kTlsaFailed:
    case ReasonId::kTlsaBogus:
    case ReasonId::kNoTlsa:
    case ReasonId::kInsecureTlsa:
    case ReasonId::kTlsaNameTooLong:
    case ReasonId::kAllUnusable:
    case ReasonId::kMxIsAddress:
    case ReasonId::kNotEvaluated:
      return Health::kGood;
  }
  return Health::kUnknown;
}

// There is nothing to deliver to a null MX, and so nothing that DANE could
// protect: whatever is said of it is a note.
void FindInReasons(const Verdict& verdict, std::vector<Finding>& findings) {
  for (const Reason& reason : verdict.reasons) {
    const Health health = IsNullMx(verdict) ? Health::kGood : HealthOf(reason);
    if (health == Health::kGood && reason.id != ReasonId::kNullMx) continue;
    findings.push_back(Found(health, reason));
  }
}

// The least that an outcome means, whatever was found.
Health FloorOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDeferred:
      return Health::kUnknown;
    case Outcome::kUndeliverable:
      return Health::kBroken;
    case Outcome::kOpportunistic:
    case Outcome::kEncrypted:
    case Outcome::kAuthenticatedHostOnly:
      return Health::kWarning;
    case Outcome::kAuthenticated:
      return Health::kGood;
  }
  return Health::kUnknown;
}

Health WorstOf(const Verdict& verdict, const DomainReport& report) {
  Health worst = IsNullMx(verdict) ? Health::kGood : FloorOf(report.outcome);
  for (const Finding* each : AllFindings(report)) {
    worst = std::max(worst, each->health);
  }
  return worst;
}

}  // namespace

absl::string_view ToText(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDeferred:
      return "deferred";
    case Outcome::kUndeliverable:
      return "undeliverable";
    case Outcome::kOpportunistic:
      return "opportunistic";
    case Outcome::kEncrypted:
      return "encrypted";
    case Outcome::kAuthenticatedHostOnly:
      return "authenticated-host-only";
    case Outcome::kAuthenticated:
      return "authenticated";
  }
  return "";
}

absl::string_view ToText(Health health) {
  switch (health) {
    case Health::kGood:
      return "good";
    case Health::kWarning:
      return "warning";
    case Health::kUnknown:
      return "unknown";
    case Health::kBroken:
      return "broken";
  }
  return "";
}

int ExitCodeOf(Health health) {
  switch (health) {
    case Health::kGood:
      return 0;
    case Health::kWarning:
      return 1;
    case Health::kBroken:
      return 2;
    case Health::kUnknown:
      return 3;
  }
  return 3;
}

DomainReport Judge(const Verdict& verdict, const DomainEvidence& evidence,
                   const JudgeOptions& options) {
  DomainReport report;
  FindInReasons(verdict, report.findings);
  for (size_t i = 0; i < verdict.hosts.size(); ++i) {
    report.hosts.push_back(JudgeHost(verdict.hosts[i], evidence.hosts[i],
                                     verdict.insecure_mx, options));
  }
  report.outcome = OutcomeOf(verdict, report.hosts);
  ForgiveHosts(verdict, evidence, options.strict, report);
  report.health = WorstOf(verdict, report);
  return report;
}

std::vector<const Finding*> AllFindings(const DomainReport& report) {
  std::vector<const Finding*> all;
  const auto add = [&all](const std::vector<Finding>& findings) {
    for (const Finding& each : findings) all.push_back(&each);
  };
  add(report.findings);
  for (const HostReport& host : report.hosts) {
    add(host.findings);
    for (const AddressReport& address : host.addresses) add(address.findings);
  }
  return all;
}

}  // namespace danebound
