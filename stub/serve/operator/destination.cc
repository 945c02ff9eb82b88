#include "stub/serve/operator/destination.h"

#include <vector>

namespace danebound {

namespace {

// How much a policy demands.
int StrengthOf(Enforcement enforcement) {
  switch (enforcement) {
    case Enforcement::kRequire:
      return 3;
    case Enforcement::kEnforce:
      return 2;
    case Enforcement::kAudit:
      return 1;
    case Enforcement::kOff:
      return 0;
  }
  return 0;
}

}  // namespace

absl::optional<InsecureMx> InsecureMxOf(absl::string_view text) {
  for (const InsecureMx each :
       {InsecureMx::kOpportunistic, InsecureMx::kEncrypt,
        InsecureMx::kAuthenticate}) {
    if (text == ToText(each)) return each;
  }
  return absl::nullopt;
}

Enforcement InForce(const Destination& destination) {
  return destination.exception.has_value() ? destination.exception->enforcement
                                           : destination.enforcement;
}

const Destination& Destinations::For(const NextHop& next_hop) const {
  const std::vector<const Destination*> fitting = patterns_.For(next_hop);
  return fitting.empty() ? default_ : *fitting.front();
}

std::vector<Destinations::Weakened> Destinations::WeakerThan(
    const Destinations& before) const {
  std::vector<Weakened> weaker;
  const auto compare = [&weaker](const std::string& pattern,
                                 const Destination& was,
                                 const Destination* is) {
    if (is == nullptr) {
      weaker.push_back({pattern, std::string(ToText(was.enforcement)), "gone"});
      return;
    }
    if (StrengthOf(is->enforcement) < StrengthOf(was.enforcement)) {
      weaker.push_back({pattern, std::string(ToText(was.enforcement)),
                        std::string(ToText(is->enforcement))});
    }
    if (is->insecure_mx < was.insecure_mx) {
      weaker.push_back({pattern,
                        absl::StrCat("insecure_mx ", ToText(was.insecure_mx)),
                        absl::StrCat("insecure_mx ", ToText(is->insecure_mx))});
    }
  };
  compare("default", before.default_, &default_);
  const auto now = patterns_.All();
  for (const auto& [pattern, was] : before.patterns_.All()) {
    const auto found = now.find(pattern);
    compare(pattern, *was, found == now.end() ? nullptr : found->second);
  }
  return weaker;
}

}  // namespace danebound
