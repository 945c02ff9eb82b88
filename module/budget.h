// The budget of one resolver thread: how many mesh states lookups may hold.
//
//   num-queries-per-thread                               1024       64
//     share (mesh_share percent), all states of ours      256       16
//       unasked: renewal and prefetch, a tenth of all     102        6
//       asked: the rest                                   154       10
//         slow: half of it, for lookups that take long     77        5
//
// A question may make the resolver ask for the addresses of name servers, three
// as target-fetch-policy stands, in states of their own: it is admitted only
// where four states are left, and counts as four while it is open. Where
// queries of DNS clients fill the mesh, `asked` shrinks to a small reserve and
// the others to nothing.
#ifndef DANEBOUND_MODULE_BUDGET_H_
#define DANEBOUND_MODULE_BUDGET_H_

#include <cstddef>
#include <cstdint>

#include "module/mesh.h"

namespace danebound {

class Budget {
 public:
  // States that an open question counts for.
  static constexpr size_t kQuestion = 4;
  // What starting a lookup takes: its own state and a question. A slow lookup
  // has no more than that at a time.
  static constexpr size_t kLeastLookup = 1 + kQuestion;

  //   share_percent  of num-queries-per-thread, 1 to 50.
  explicit Budget(int64_t share_percent) : share_percent_(share_percent) {}

  // Bounds in states, for a mesh of `size`.
  size_t Share(size_t size) const;
  size_t Unasked(size_t size) const;
  size_t Asked(size_t size) const;
  // What is left to `asked` in a crowded mesh.
  size_t Reserve(size_t size) const;

  // Bounds in states, as full as the mesh is.
  size_t Asked(const MeshUse& use) const;
  size_t Slow(const MeshUse& use) const;

  // The states that an account counts for.
  static size_t Weight(const MeshUse::Account& account);

  // How many more states may be taken.
  //
  //   weight  what the lookups of `asked` count for; slow: of these, the slow.
  size_t RoomOfAsked(const MeshUse& use, size_t weight) const;
  size_t RoomOfSlow(const MeshUse& use, size_t weight, size_t slow) const;
  size_t RoomOfUnasked(const MeshUse& use) const;

  // Says whether there are more states than there may be: something must end.
  bool IsAskedOver(const MeshUse& use) const;
  bool IsUnaskedOver(const MeshUse& use) const;

 private:
  int64_t share_percent_;
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_BUDGET_H_
