#include "stub/serve/operator/exceptions.h"

namespace danebound {

absl::Status Exceptions::Add(const Exception& exception) {
  absl::Status added = indexes_.Add(exception.next_hop, all_.size());
  if (added.ok()) all_.push_back(exception);
  return added;
}

const Exception* Exceptions::For(const NextHop& next_hop, int64_t now) const {
  for (const size_t* index : indexes_.For(next_hop)) {
    if (now < all_[*index].end) return &all_[*index];
  }
  return nullptr;
}

}  // namespace danebound
