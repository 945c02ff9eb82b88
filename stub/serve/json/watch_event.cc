#include "stub/serve/json/watch_event.h"

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "stub/json/verdict_json.h"

namespace danebound {
namespace {

using Json = nlohmann::ordered_json;

std::string LineFrom(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json ToJson(const Name& name, const WatchedHost& host) {
  return {{"name", TextOrNull(name)},
          {"known", host.knowledge == Knowledge::kNew},
          {"duty", std::string(ToText(host.duty))},
          {"cause", TextOrNull(ToText(host.cause))},
          {"tlsa", host.tlsa}};
}

Json ToJson(const WatchedVerdict& verdict) {
  if (verdict.knowledge == Knowledge::kNone) return nullptr;
  Json hosts = Json::array();
  for (const auto& [name, host] : verdict.hosts) {
    hosts.push_back(ToJson(name, host));
  }
  return {{"kind", std::string(ToText(verdict.kind))},
          {"security", std::string(ToText(verdict.security))},
          {"disposition", std::string(ToText(verdict.disposition))},
          {"hosts", std::move(hosts)}};
}

}  // namespace

std::string LineOf(const WatchEvent& event) {
  Json changes = Json::array();
  for (const VerdictChange& change : event.changes) {
    changes.push_back({{"change", std::string(ToText(change.id))},
                       {"host", TextOrNull(change.host)}});
  }
  return LineFrom({{"event", event.changes.empty() ? "first" : "changed"},
                   {"time", event.time},
                   {"next_hop", ToText(event.next_hop)},
                   {"port", event.next_hop.port},
                   {"changes", std::move(changes)},
                   {"error", TextOrNull(event.error)},
                   {"old", ToJson(event.before)},
                   {"new", ToJson(event.now)}});
}

std::string WatchingLine(int64_t time, size_t watched,
                         const WatchRefusals& refusals) {
  Json refused = Json::array();
  for (const auto& [next_hop, error] : refusals) {
    refused.push_back({{"next_hop", next_hop}, {"error", error}});
  }
  return LineFrom({{"event", "watching"},
                   {"time", time},
                   {"watched", watched},
                   {"refused", std::move(refused)}});
}

std::string HeartbeatLine(int64_t time, size_t watched) {
  return LineFrom(
      {{"event", "heartbeat"}, {"time", time}, {"watched", watched}});
}

}  // namespace danebound
