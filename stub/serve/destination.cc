#include "stub/serve/destination.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace danebound {

absl::string_view ToText(Enforcement enforcement) {
  switch (enforcement) {
    case Enforcement::kEnforce:
      return "enforce";
    case Enforcement::kRequire:
      return "require";
    case Enforcement::kAudit:
      return "audit";
    case Enforcement::kOff:
      return "off";
  }
  return "enforce";
}

absl::optional<Enforcement> EnforcementNamed(absl::string_view text) {
  for (const Enforcement each : {Enforcement::kEnforce, Enforcement::kRequire,
                                 Enforcement::kAudit, Enforcement::kOff}) {
    if (text == ToText(each)) return each;
  }
  return absl::nullopt;
}

absl::optional<InsecureMx> InsecureMxOf(absl::string_view text) {
  for (const InsecureMx each :
       {InsecureMx::kOpportunistic, InsecureMx::kEncrypt,
        InsecureMx::kAuthenticate}) {
    if (text == ToText(each)) return each;
  }
  return absl::nullopt;
}

absl::Status Destinations::Add(absl::string_view pattern,
                               const Destination& destination) {
  absl::string_view name = pattern;
  const bool below = absl::ConsumePrefix(&name, ".");
  const absl::StatusOr<NextHop> next_hop = ParseNextHop(name, 1);
  if (!next_hop.ok() || next_hop->port != 1 ||
      (below && next_hop->form != NextHopForm::kDomain)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", pattern,
        "\" is no destination: write \"example.org\", \".example.org\", "
        "\"[mx.example.org]\" or \"[192.0.2.1]\", without a port"));
  }
  if (below) {
    below_[next_hop->name] = destination;
  } else {
    exact_[ToText(*next_hop)] = destination;
  }
  return absl::OkStatus();
}

const Destination& Destinations::For(const NextHop& next_hop) const {
  const auto exact = exact_.find(ToText(next_hop));
  if (exact != exact_.end()) return exact->second;
  Name name = next_hop.name;
  while (next_hop.form != NextHopForm::kAddress && !name.IsRoot()) {
    name = name.Parent();
    const auto found = below_.find(name);
    if (found != below_.end()) return found->second;
  }
  return default_;
}

}  // namespace danebound
