#include "module/unbound_mesh.h"

#include <sys/random.h>

#include <array>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace danebound {
namespace {

const uint8_t* Octets(const Name& name) {
  return reinterpret_cast<const uint8_t*>(name.wire().data());
}

unbound_lane ToUnbound(Lane lane) {
  switch (lane) {
    case Lane::kAsked:
      return unbound_lane_asked;
    case Lane::kRenewal:
      return unbound_lane_renewal;
    case Lane::kPrefetch:
      return unbound_lane_prefetch;
  }
  return unbound_lane_prefetch;
}

}  // namespace

MeshUse UnboundMesh::Use() const {
  unbound_mesh seen;
  unbound_look_at_mesh(worker_, &seen);
  MeshUse use;
  const auto account = [&seen](unbound_lane lane) {
    return MeshUse::Account{seen.states[lane], seen.lookups[lane],
                            seen.asked[lane]};
  };
  use.asked = account(unbound_lane_asked);
  use.renewal = account(unbound_lane_renewal);
  use.prefetch = account(unbound_lane_prefetch);
  use.most = seen.most;
  use.ended = seen.ended;
  use.size = seen.size;
  use.is_crowded = seen.is_crowded != 0;
  return use;
}

size_t UnboundMesh::StatesOf(const unbound_lookup* lookup) const {
  return unbound_states_of(lookup);
}

ValidationMode UnboundMesh::Look() const {
  unbound_validation seen;
  unbound_look(worker_, &seen);
  ValidationMode validation;
  validation.has_validator = seen.has_validator != 0;
  validation.has_trust_anchor = seen.has_trust_anchor != 0;
  validation.is_permissive = seen.is_permissive != 0;
  validation.accepts_stripped = seen.accepts_stripped != 0;
  validation.log_level = seen.log_level;
  return validation;
}

absl::optional<Name> UnboundMesh::FirstAnchor() const {
  std::array<uint8_t, 256> octets{};
  const size_t size = unbound_first_anchor(worker_, octets.data());
  if (size == 0) return absl::nullopt;
  absl::StatusOr<Name> name = Name::ParseWire(
      absl::string_view(reinterpret_cast<const char*>(octets.data()), size));
  if (!name.ok()) return absl::nullopt;
  return *std::move(name);
}

bool UnboundMesh::IsBelowAnchor(const Name& name) const {
  return unbound_is_below_anchor(worker_, Octets(name), name.wire().size()) !=
         0;
}

bool UnboundMesh::Start(Lane lane, MeshJob* job) {
  std::array<uint8_t, unbound_lookup_label_size> label{};
  return getrandom(label.data(), label.size(), 0) ==
             unbound_lookup_label_size &&
         unbound_start_lookup(worker_, label.data(), ToUnbound(lane), job) != 0;
}

void UnboundMesh::Run(unbound_lookup* lookup) { unbound_run_lookup(lookup); }

bool UnboundMesh::Ask(unbound_lookup* lookup, const JobQuestion& question,
                      int64_t leeway) {
  return unbound_ask(lookup, Octets(question.name), question.name.wire().size(),
                     question.type, leeway) != 0;
}

void UnboundMesh::ChangeLane(unbound_lookup* lookup, Lane lane) {
  unbound_change_lane(lookup, ToUnbound(lane));
}

void UnboundMesh::End(unbound_lookup* lookup) { unbound_end_lookup(lookup); }

void UnboundMesh::EndLeftBehind() { unbound_end_left_behind(worker_); }

}  // namespace danebound
