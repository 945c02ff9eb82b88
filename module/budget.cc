#include "module/budget.h"

#include <algorithm>

namespace danebound {
namespace {

// What lookups need to get anywhere, however small the mesh.
constexpr size_t kLeastShare = 16;
constexpr size_t kLeastReserve = 2 * Budget::kLeastLookup;

size_t Left(size_t bound, size_t used) { return bound - std::min(bound, used); }

}  // namespace

size_t Budget::Share(size_t size) const {
  const auto percent = static_cast<size_t>(share_percent_);
  return std::max(size * percent / 100, kLeastShare);
}

size_t Budget::Unasked(size_t size) const {
  return std::min(size / 10, Share(size) / 2);
}

size_t Budget::Asked(size_t size) const { return Share(size) - Unasked(size); }

size_t Budget::Reserve(size_t size) const {
  return std::min(Asked(size), std::max(size / 32, kLeastReserve));
}

size_t Budget::Asked(const MeshUse& use) const {
  return use.is_crowded ? Reserve(use.size) : Asked(use.size);
}

size_t Budget::Slow(const MeshUse& use) const { return Asked(use) / 2; }

size_t Budget::Weight(const MeshUse::Account& account) {
  return std::max(account.states,
                  account.lookups + account.questions * kQuestion);
}

size_t Budget::RoomOfAsked(const MeshUse& use, size_t weight) const {
  return Left(Asked(use), std::max(weight, use.asked.states));
}

size_t Budget::RoomOfSlow(const MeshUse& use, size_t weight,
                          size_t slow) const {
  return std::min(RoomOfAsked(use, weight), Left(Slow(use), slow));
}

size_t Budget::RoomOfUnasked(const MeshUse& use) const {
  if (use.is_crowded) return 0;
  return Left(Unasked(use.size), Weight(use.unasked()));
}

bool Budget::IsAskedOver(const MeshUse& use) const {
  return use.asked.states > Asked(use.size);
}

bool Budget::IsUnaskedOver(const MeshUse& use) const {
  return use.unasked().states > Unasked(use.size);
}

}  // namespace danebound
