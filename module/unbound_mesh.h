// The mesh of a resolver thread of Unbound: mesh.h over unbound.h.
#ifndef DANEBOUND_MODULE_UNBOUND_MESH_H_
#define DANEBOUND_MODULE_UNBOUND_MESH_H_

#include <utility>
#include <vector>

#include "module/anchors.h"
#include "module/mesh.h"

namespace danebound {

// Reads the trust anchors that a configuration names: see
// unbound_anchor_setting.
NamedAnchors ReadAnchorsOf(const void* configuration);

class UnboundMesh : public Mesh {
 public:
  //   worker   lives as long as this.
  //   anchors  that its configuration names.
  UnboundMesh(unbound_worker* worker, NamedAnchors anchors)
      : worker_(worker), named_(std::move(anchors)) {}

  MeshUse Use() const override;
  size_t StatesOf(const unbound_lookup* lookup) const override;
  ValidationMode Look() const override;
  std::vector<Anchor> Anchors() const override;
  void OnConfiguration() override;
  bool IsBelowAnchor(const Name& name) const override;
  bool Start(Lane lane, MeshJob* job) override;
  void Run(unbound_lookup* lookup) override;
  bool Ask(unbound_lookup* lookup, const JobQuestion& question,
           int64_t leeway) override;
  void ChangeLane(unbound_lookup* lookup, Lane lane) override;
  void End(unbound_lookup* lookup) override;
  void EndLeftBehind() override;

 private:
  unbound_worker* worker_;
  mutable NamedAnchors named_;
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_UNBOUND_MESH_H_
