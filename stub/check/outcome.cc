#include "stub/check/outcome.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace danebound {
namespace {

constexpr int64_t kDay = 86400;
constexpr uint8_t kDaneTa = 2;

// TLSRPT result types of what only a connection shows. RFC 8460 4.3.
constexpr absl::string_view kStartTlsNotSupported = "starttls-not-supported";
constexpr absl::string_view kValidationFailure = "validation-failure";
constexpr absl::string_view kNoTlsrpt;

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
      return Found(Health::kUnknown, ToText(evidence.trouble), evidence.why);
    case Trouble::kNoConnection:
    case Trouble::kTimeout:
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

// The sender's TLS library chooses which of the two certificates it sees.
void FindInOtherKey(const AddressEvidence& evidence,
                    std::vector<Finding>& findings) {
  if (!evidence.other_key.has_value()) return;
  const TlsResult& result = evidence.other_key->result;
  if (result.outcome == TlsOutcome::kAuthenticated) return;
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

Health HealthOfSkip(Cause cause) {
  return cause == Cause::kNotEvaluated ? Health::kWarning : Health::kBroken;
}

// The reason that a skip rests on is the last: those before it led there.
Finding SkipFound(const HostVerdict& host) {
  Finding finding =
      Found(HealthOfSkip(host.cause), ToText(host.cause), "skipped");
  if (host.reasons.empty()) return finding;
  finding.text = host.reasons.back().text;
  finding.tlsrpt = std::string(TlsrptResultOf(host.reasons.back().id));
  return finding;
}

std::string TextsOf(const std::vector<Reason>& reasons) {
  return absl::StrJoin(reasons, "; ", [](std::string* out, const Reason& each) {
    absl::StrAppend(out, each.text);
  });
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

// Warns of what ends in fewer days than it should.
void FindEnd(absl::optional<int64_t> end, int64_t now, int64_t least_days,
             absl::string_view id, absl::string_view what,
             std::vector<Finding>& findings) {
  if (!end.has_value()) return;
  const int64_t days = (*end - now) / kDay;
  if (days >= least_days) return;
  findings.push_back(Found(
      Health::kWarning, id,
      absl::StrCat(what, " ends in ", days, days == 1 ? " day" : " days")));
}

// Of an address that was not connected to nothing is known.
void FindUnprobed(const HostEvidence& evidence,
                  std::vector<Finding>& findings) {
  const auto all = static_cast<size_t>(evidence.addresses.size());
  const auto unprobed = static_cast<size_t>(
      std::count_if(evidence.addresses.begin(), evidence.addresses.end(),
                    [](const AddressEvidence& each) {
                      return each.trouble == Trouble::kNotProbed;
                    }));
  if (unprobed == 0) return;
  findings.push_back(
      Found(unprobed == all ? Health::kUnknown : Health::kWarning,
            "addresses-not-probed",
            absl::StrCat(unprobed, " of ", all,
                         " addresses were not connected to: there are more "
                         "than a check tries")));
}

// An MTA tries one address after the other: what this machine can't reach is
// no loss where it reached another.
void ForgiveLocalFailures(std::vector<AddressReport>& addresses) {
  const bool reached = std::any_of(addresses.begin(), addresses.end(),
                                   [](const AddressReport& each) {
                                     return each.outcome != Outcome::kDeferred;
                                   });
  if (!reached) return;
  for (AddressReport& address : addresses) {
    for (Finding& finding : address.findings) {
      if (finding.health == Health::kUnknown) finding.health = Health::kGood;
    }
  }
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
    return report;
  }
  for (const AddressEvidence& each : evidence.addresses) {
    report.addresses.push_back(JudgeAddress(host, each, insecure_mx));
  }
  FindUnprobed(evidence, report.findings);
  ForgiveLocalFailures(report.addresses);
  report.outcome = BestOf(report.addresses);
  report.certificates_end = EndOf(host, evidence);
  report.signatures_end = evidence.signatures_end;
  FindEnd(report.certificates_end, options.now, options.warning_days,
          "certificate-ends", "a certificate that must be valid",
          report.findings);
  FindEnd(report.signatures_end, options.now, options.signature_warning_days,
          "signature-ends", "a signature of the TLSA records", report.findings);
  return report;
}

bool TakesMail(Outcome outcome) {
  return outcome != Outcome::kDeferred && outcome != Outcome::kUndeliverable;
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

// What a reason of the next hop as a whole means to its owner.
Health HealthOf(const Reason& reason) {
  switch (reason.id) {
    case ReasonId::kMxFailed:
      return Health::kUnknown;
    case ReasonId::kMxBogus:
    case ReasonId::kNoSuchDomain:
    case ReasonId::kNullMx:
    case ReasonId::kDaneRequired:
      return Health::kBroken;
    case ReasonId::kInsecureMx:
    case ReasonId::kNoTrustAnchor:
    case ReasonId::kAddressLiteral:
    case ReasonId::kNullMxIgnored:
    case ReasonId::kHostsNotEvaluated:
    case ReasonId::kOwnName:
      return Health::kWarning;
    default:
      return Health::kGood;
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

Health WorstOf(const DomainReport& report) {
  Health worst = FloorOf(report.outcome);
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
  for (const Reason& reason : verdict.reasons) {
    if (HealthOf(reason) == Health::kGood) continue;
    report.findings.push_back(Found(HealthOf(reason), reason));
  }
  for (size_t i = 0; i < verdict.hosts.size(); ++i) {
    report.hosts.push_back(JudgeHost(verdict.hosts[i], evidence.hosts[i],
                                     verdict.insecure_mx, options));
  }
  report.outcome = OutcomeOf(verdict, report.hosts);
  report.health = WorstOf(report);
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
