#include "module/unbound_mesh.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <utility>

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

AnchorSetting::Kind KindOf(unbound_anchor_kind kind) {
  switch (kind) {
    case unbound_anchor_record:
      return AnchorSetting::Kind::kRecord;
    case unbound_anchor_file:
      return AnchorSetting::Kind::kFile;
    case unbound_anchor_keys_file:
      return AnchorSetting::Kind::kKeysFile;
    case unbound_anchor_followed_file:
      return AnchorSetting::Kind::kFollowedFile;
  }
  return AnchorSetting::Kind::kRecord;
}

}  // namespace

NamedAnchors ReadAnchorsOf(const void* configuration) {
  std::vector<AnchorSetting> settings;
  unbound_anchor_kind kind = unbound_anchor_record;
  while (const char* const text =
             unbound_anchor_setting(configuration, settings.size(), &kind)) {
    settings.push_back({KindOf(kind), text});
  }
  return ReadNamedAnchors(settings);
}

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
  if (named_.is_unread) named_ = ReadAnchorsOf(unbound_configuration(worker_));
  const std::vector<Anchor> anchors = Anchors();
  validation.has_trust_anchor =
      std::any_of(anchors.begin(), anchors.end(),
                  [](const Anchor& anchor) { return anchor.has_key; });
  validation.anchor_trouble = AnchorTrouble(named_, anchors);
  validation.is_permissive = seen.is_permissive != 0;
  validation.accepts_stripped = seen.accepts_stripped != 0;
  validation.log_level = seen.log_level;
  return validation;
}

std::vector<Anchor> UnboundMesh::Anchors() const {
  std::vector<Anchor> anchors;
  unbound_anchor seen{};
  while (unbound_next_anchor(worker_, &seen) != 0) {
    absl::StatusOr<Name> zone = Name::ParseWire(
        absl::string_view(reinterpret_cast<const char*>(seen.name), seen.size));
    if (zone.ok()) anchors.push_back({*std::move(zone), seen.has_key != 0});
  }
  return anchors;
}

void UnboundMesh::OnConfiguration() {
  named_ = ReadAnchorsOf(unbound_configuration(worker_));
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
