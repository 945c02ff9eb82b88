// The daemon's connections to the module, in its event loop.
//
//   Ask --> ticket --> EventClient --> module
//   on_facts <-- ticket <------------- facts, or why none
#ifndef DANEBOUND_STUB_SERVE_FACTS_MODULE_LINK_H_
#define DANEBOUND_STUB_SERVE_FACTS_MODULE_LINK_H_

#include <cstdint>
#include <map>
#include <string>

#include "stub/client/event_client.h"
#include "stub/serve/event_loop.h"
#include "stub/serve/facts/facts_source.h"

namespace danebound {

class ModuleLink : public FactsSource {
 public:
  ModuleLink(event_base* base, ClientOptions options);
  ModuleLink(const ModuleLink&) = delete;
  ModuleLink& operator=(const ModuleLink&) = delete;

  // Errors are those of EventClient::Finished.
  void Ask(const NextHop& next_hop, absl::Duration timeout,
           OnFacts on_facts) override;

  std::string Name() const override { return client_.socket_path(); }
  bool HasCache() const override { return true; }

 private:
  static void OnReady(evutil_socket_t fd, short what, void* link);
  void Advance();
  void Finish(EventClient::Finished& finished);
  void Watch();

  event_base* base_;
  EventClient client_;
  std::map<uint64_t, OnFacts> waiting_;  // by ticket
  bool asked_ = false;                   // since Advance was called
  Event ready_;                          // of the client's connections
  Alarm deadline_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_FACTS_MODULE_LINK_H_
