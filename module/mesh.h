// What the module wants of a resolver thread's mesh: the port between the
// worker half, which decides, and Unbound, which does. unbound_mesh.h is the
// real one; tests have one of their own.
#ifndef DANEBOUND_MODULE_MESH_H_
#define DANEBOUND_MODULE_MESH_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "module/anchors.h"
#include "module/job.h"
#include "module/lane.h"
#include "module/resolver_message.h"
#include "module/unbound.h"
#include "stub/dane/name.h"

namespace danebound {

// The mesh states of ours, see unbound.h, and what bounds them.
struct MeshUse {
  // Of one lane.
  struct Account {
    size_t states = 0;     // all of them
    size_t lookups = 0;    // of these, those of the lookups themselves
    size_t questions = 0;  // of these, what was asked with Ask
  };
  Account asked;
  Account renewal;
  Account prefetch;
  size_t most = 0;   // the most of all three together since the start
  size_t ended = 0;  // left behind and ended, since the start
  size_t size = 0;   // num-queries-per-thread
  bool is_crowded = false;

  Account unasked() const {
    return {renewal.states + prefetch.states,
            renewal.lookups + prefetch.lookups,
            renewal.questions + prefetch.questions};
  }
};

// What is called for a lookup in the mesh, in the worker's thread.
class MeshJob {
 public:
  virtual ~MeshJob() = default;

  // The mesh state is there: asks the first questions. Returns false when
  // nothing is open: the lookup ends.
  virtual bool OnStart(unbound_lookup* lookup) = 0;
  // Takes an answer down. Must not ask or end anything.
  virtual void OnAnswer(const JobQuestion& question,
                        const ResolverMessage& message) = 0;
  // Asks what is open. Returns false when the lookup ends.
  virtual bool OnStep() = 0;
  // The mesh state is gone.
  virtual void OnEnd() = 0;
  // A call failed for lack of memory: the lookup cannot go on.
  virtual void OnBroken() noexcept = 0;
};

class Mesh {
 public:
  virtual ~Mesh() = default;

  virtual MeshUse Use() const = 0;
  virtual size_t StatesOf(const unbound_lookup* lookup) const = 0;

  // How far the resolver validates now.
  virtual ValidationMode Look() const = 0;
  // The trust anchors of the validator.
  virtual std::vector<Anchor> Anchors() const = 0;
  // The configuration was read again: what it names is to be read anew.
  virtual void OnConfiguration() = 0;
  // See ToAnswer.
  virtual bool IsBelowAnchor(const Name& name) const = 0;

  // Starts a lookup; it may have ended already when this returns. False when
  // the mesh made no state.
  virtual bool Start(Lane lane, MeshJob* job) = 0;
  // Calls OnStep once more; the lookup may have ended when this returns.
  virtual void Run(unbound_lookup* lookup) = 0;
  // In OnStart and OnStep alone. False: no answer will come.
  //   leeway  see unbound_ask.
  virtual bool Ask(unbound_lookup* lookup, const JobQuestion& question,
                   int64_t leeway) = 0;
  virtual void ChangeLane(unbound_lookup* lookup, Lane lane) = 0;
  // Ends a lookup. Its sub-queries are left behind.
  virtual void End(unbound_lookup* lookup) = 0;
  // Ends what ended lookups left behind, and counts anew.
  virtual void EndLeftBehind() = 0;
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_MESH_H_
