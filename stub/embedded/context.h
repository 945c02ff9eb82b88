// A libunbound context that validates, on an event loop.
#ifndef DANEBOUND_STUB_EMBEDDED_CONTEXT_H_
#define DANEBOUND_STUB_EMBEDDED_CONTEXT_H_

#include <event2/event.h>
#include <unbound.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "stub/dane/name.h"
#include "stub/embedded/embedded.h"
#include "stub/system/free_with.h"

namespace danebound {

struct ContextOptions {
  std::string unbound_conf;             // as in EmbeddedOptions
  std::string trust_anchor_file;        // as in EmbeddedOptions
  std::vector<std::string> forwarders;  // as in EmbeddedOptions
  // The loop to run on, which outlives the context; none: one of its own.
  event_base* loop = nullptr;
};

// The options of the context for an embedded driver.
//
//   loop  as ContextOptions::loop.
ContextOptions ContextOptionsFor(const EmbeddedOptions& options,
                                 event_base* loop = nullptr);

// Made by NewContext; moved, not assigned over.
struct Context {
  // In this order: the resolver has events on the loop until it goes.
  std::unique_ptr<event_base, FreeWith<event_base_free>> own_loop;
  std::unique_ptr<ub_ctx, FreeWith<ub_ctx_delete>> resolver;
  event_base* loop = nullptr;
  std::string trust_anchors;  // those in use, for people: files and records
  // The zones that they are for, one at least.
  std::vector<Name> anchor_zones;
  // Packets that may be on their way at the same time. Each takes a file
  // descriptor: half of those that the process may open, and 4096 at most.
  size_t ports = 8;
};

// Reads the configuration and starts the resolver, which asks nothing yet.
//
// While it runs it changes two things of the whole process, and then puts them
// back: the working directory, to where `directory` says, and the C stream
// stderr, to catch what libunbound says.
//
//   errors   as Embedded::New.
absl::StatusOr<Context> NewContext(const ContextOptions& options);

}  // namespace danebound

#endif  // DANEBOUND_STUB_EMBEDDED_CONTEXT_H_
