// The mesh of a resolver thread of Unbound: mesh.h over unbound.h.
#ifndef DANEBOUND_MODULE_UNBOUND_MESH_H_
#define DANEBOUND_MODULE_UNBOUND_MESH_H_

#include "module/mesh.h"

namespace danebound {

class UnboundMesh : public Mesh {
 public:
  //   worker  lives as long as this.
  explicit UnboundMesh(unbound_worker* worker) : worker_(worker) {}

  MeshUse Use() const override;
  size_t StatesOf(const unbound_lookup* lookup) const override;
  ValidationMode Look() const override;
  absl::optional<Name> FirstAnchor() const override;
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
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_UNBOUND_MESH_H_
