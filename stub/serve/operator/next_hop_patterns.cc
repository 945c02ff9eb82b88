#include "stub/serve/operator/next_hop_patterns.h"

#include "absl/strings/strip.h"

namespace danebound {

absl::StatusOr<NextHopPattern> ParseNextHopPattern(absl::string_view text) {
  absl::string_view name = text;
  NextHopPattern pattern;
  pattern.below = absl::ConsumePrefix(&name, ".");
  // A port in the text would show in place of this one.
  constexpr uint16_t kNoPort = 1;
  const absl::StatusOr<NextHop> next_hop = ParseNextHop(name, kNoPort);
  if (!next_hop.ok() || next_hop->port != kNoPort ||
      (pattern.below && next_hop->form != NextHopForm::kDomain)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", text,
        "\" is no destination: write \"example.org\", \".example.org\", "
        "\"[mx.example.org]\" or \"[192.0.2.1]\", without a port"));
  }
  pattern.next_hop = *next_hop;
  return pattern;
}

}  // namespace danebound
