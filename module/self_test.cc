#include "module/self_test.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

using Result = SelfTestCheck::Result;

SelfTestCheck Check(absl::string_view name, bool passed, absl::string_view text,
                    Result otherwise = Result::kFailed) {
  return {std::string(name), passed ? Result::kPassed : otherwise,
          std::string(text)};
}

SelfTestCheck KnownNameCheck(const Probe& probe) {
  const std::string keys = absl::StrCat("DNSKEY of ", probe.anchor.ToText());
  const bool passed =
      probe.answer.security == Security::kSecure && !probe.answer.rdata.empty();
  if (passed) return Check("known-name-secure", true, keys + " is secure");
  return Check(
      "known-name-secure", false,
      absl::StrCat(keys, " is ", ToText(probe.answer.security),
                   probe.answer.why.empty() ? "" : ": ", probe.answer.why,
                   "; can the resolver reach its servers, is the "
                   "trust anchor current, is the clock right?"));
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
  alone.has_validator = true;
  alone.has_trust_anchor = validation.has_trust_anchor;
  checks->push_back(Check("trust-anchor", validation.has_trust_anchor,
                          validation.has_trust_anchor
                              ? absl::StrCat("at ", probe->anchor.ToText())
                              : WhyNotTrusted(alone)));
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
