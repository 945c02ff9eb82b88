#include "stub/wire/found_facts.h"

#include <cstring>
#include <string>

#include "stub/wire/facts_octets.h"

namespace danebound {

absl::StatusOr<FoundFacts> FoundFacts::Copy(absl::string_view octets,
                                            const LifeBase& base,
                                            bool from_cache) {
  FoundFacts found;
  found.octets_.reset(new char[octets.size()]);
  if (!octets.empty()) {
    std::memcpy(found.octets_.get(), octets.data(), octets.size());
  }
  found.size_ = octets.size();
  absl::StatusOr<FactsView> view = ViewFacts(found.octets(), base);
  if (!view.ok()) return view.status();
  found.view_ = *view;
  found.from_cache_ = from_cache;
  return found;
}

absl::StatusOr<FoundFacts> FoundFacts::Encode(const Facts& facts, int64_t now) {
  const absl::StatusOr<std::string> octets = EncodeFacts(facts, now);
  if (!octets.ok()) return octets.status();
  return Copy(*octets, {now, 0}, /*from_cache=*/false);
}

}  // namespace danebound
