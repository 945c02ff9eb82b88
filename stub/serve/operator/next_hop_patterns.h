// Values by the patterns of next hops that settings are written with.
//
//   "example.org", "[mx.example.org]", "[192.0.2.1]"   that next hop, any port
//   ".example.org"                                     each domain and host
//                                                      below
#ifndef DANEBOUND_STUB_SERVE_OPERATOR_NEXT_HOP_PATTERNS_H_
#define DANEBOUND_STUB_SERVE_OPERATOR_NEXT_HOP_PATTERNS_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "stub/dane/name.h"
#include "stub/dane/next_hop.h"

namespace danebound {

struct NextHopPattern {
  NextHop next_hop;
  bool below = false;  // what is below next_hop.name, not the name itself
};

// Parses a pattern.
//
//   errors  InvalidArgument  none of the above; the text quotes it.
absl::StatusOr<NextHopPattern> ParseNextHopPattern(absl::string_view text);

template <typename Value>
class NextHopPatterns {
 public:
  // Adds a value.
  //
  //   errors  InvalidArgument  no pattern, or one that is there already.
  absl::Status Add(absl::string_view text, Value value);

  // The values whose patterns fit, the most special first: the next hop
  // itself, then the longest suffix.
  std::vector<const Value*> For(const NextHop& next_hop) const;

  // All of them, by their patterns.
  std::map<std::string, const Value*> All() const;

 private:
  std::map<std::string, Value> exact_;  // by ToText of the next hop
  std::map<Name, Value> below_;
};

template <typename Value>
absl::Status NextHopPatterns<Value>::Add(absl::string_view text, Value value) {
  const absl::StatusOr<NextHopPattern> pattern = ParseNextHopPattern(text);
  if (!pattern.ok()) return pattern.status();
  const NextHop& next_hop = pattern->next_hop;
  const bool added =
      pattern->below
          ? below_.try_emplace(next_hop.name, std::move(value)).second
          : exact_.try_emplace(ToText(next_hop), std::move(value)).second;
  if (added) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is there twice: remove one of them"));
}

template <typename Value>
std::vector<const Value*> NextHopPatterns<Value>::For(
    const NextHop& next_hop) const {
  std::vector<const Value*> values;
  const auto exact = exact_.find(ToText(next_hop));
  if (exact != exact_.end()) values.push_back(&exact->second);
  if (next_hop.form == NextHopForm::kAddress) return values;
  for (Name name = next_hop.name; !name.IsRoot();) {
    name = name.Parent();
    const auto found = below_.find(name);
    if (found != below_.end()) values.push_back(&found->second);
  }
  return values;
}

template <typename Value>
std::map<std::string, const Value*> NextHopPatterns<Value>::All() const {
  std::map<std::string, const Value*> all;
  for (const auto& [text, value] : exact_) all[text] = &value;
  for (const auto& [name, value] : below_) {
    all[absl::StrCat(".", name.ToText())] = &value;
  }
  return all;
}

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_OPERATOR_NEXT_HOP_PATTERNS_H_
