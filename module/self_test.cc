#include "module/self_test.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace danebound {
namespace {

using Result = SelfTestCheck::Result;

SelfTestCheck Check(absl::string_view name, bool passed, absl::string_view text,
                    Result otherwise = Result::kFailed) {
  return {std::string(name), passed ? Result::kPassed : otherwise,
          std::string(text)};
}

std::string ZonesOf(const Probe& probe) {
  return absl::StrJoin(probe.keys, ", ",
                       [](std::string* out, const Probe::Keys& keys) {
                         out->append(keys.anchor.ToText());
                       });
}

SelfTestCheck KnownNameCheck(const Probe& probe) {
  for (const Probe::Keys& keys : probe.keys) {
    const Answer& answer = keys.answer;
    if (answer.security == Security::kSecure && !answer.rdata.empty()) continue;
    return Check("known-name-secure", false,
                 absl::StrCat("DNSKEY of ", keys.anchor.ToText(), " is ",
                              ToText(answer.security),
                              answer.why.empty() ? "" : ": ", answer.why,
                              "; can the resolver reach its servers, is the "
                              "trust anchor current, is the clock right?"));
  }
  if (probe.keys.empty()) {
    return Check("known-name-secure", false,
                 "there is no trust anchor whose keys could be asked for");
  }
  return Check("known-name-secure", true,
               absl::StrCat("DNSKEY of ", ZonesOf(probe), " is secure"));
}

SelfTestCheck TrustAnchorCheck(const Probe& probe) {
  constexpr absl::string_view kName = "trust-anchor";
  ValidationMode alone;
  alone.has_validator = true;
  alone.has_trust_anchor = probe.validation.has_trust_anchor;
  alone.anchor_trouble = probe.validation.anchor_trouble;
  if (!alone.has_trust_anchor || !alone.anchor_trouble.empty()) {
    return Check(kName, false, WhyNotTrusted(alone));
  }
  const bool has_root =
      std::any_of(probe.keys.begin(), probe.keys.end(),
                  [](const Probe::Keys& keys) { return keys.anchor.IsRoot(); });
  if (has_root) return Check(kName, true, absl::StrCat("at ", ZonesOf(probe)));
  return Check(kName, false,
               absl::StrCat("at ", ZonesOf(probe),
                            ", none at the root: all other names are insecure, "
                            "and get no DANE. Is that meant?"),
               Result::kWarning);
}

SelfTestCheck LogLevelCheck(const ValidationMode& validation) {
  if (validation.log_level >= 2) {
    return Check("val-log-level", true, "reasons name what failed validation");
  }
  return Check("val-log-level", false,
               "set val-log-level: 2 in unbound.conf: without it reasons say "
               "only that validation failed",
               Result::kWarning);
}

}  // namespace

void AppendResolverChecks(const SelfTestCheck& resolver, size_t workers,
                          const absl::optional<Probe>& probe,
                          absl::string_view trouble,
                          std::vector<SelfTestCheck>* checks) {
  checks->push_back(resolver);
  checks->push_back(Check(
      "worker", workers > 0,
      workers > 0 ? absl::StrCat(workers, " known") : std::string(trouble)));
  if (!probe) {
    for (const absl::string_view name :
         {"validator", "trust-anchor", "permissive-mode",
          "harden-dnssec-stripped", "known-name-secure", "val-log-level"}) {
      checks->push_back(
          Check(name, false, absl::StrCat("not looked at: ", trouble)));
    }
    return;
  }
  const ValidationMode& validation = probe->validation;
  ValidationMode alone;
  alone.has_validator = validation.has_validator;
  checks->push_back(Check("validator", validation.has_validator,
                          validation.has_validator
                              ? "stands in the module chain"
                              : WhyNotTrusted(alone)));
  checks->push_back(TrustAnchorCheck(*probe));
  alone.has_validator = true;
  alone.has_trust_anchor = true;
  alone.is_permissive = validation.is_permissive;
  checks->push_back(
      Check("permissive-mode", !validation.is_permissive,
            validation.is_permissive ? WhyNotTrusted(alone) : "off"));
  alone.is_permissive = false;
  alone.accepts_stripped = validation.accepts_stripped;
  checks->push_back(
      Check("harden-dnssec-stripped", !validation.accepts_stripped,
            validation.accepts_stripped ? WhyNotTrusted(alone) : "on"));
  checks->push_back(KnownNameCheck(*probe));
  checks->push_back(LogLevelCheck(validation));
}

}  // namespace danebound
