#include "stub/cli/rollover_update.h"

#include <algorithm>
#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "stub/dane/tlsa.h"
#include "stub/json/verdict_json.h"

namespace danebound {
namespace {

// While a server did not answer, nothing is known of what it still shows; while
// the change goes on, nothing may be taken away.
bool MayRemove(const OwnerReport& owner) {
  const RolloverState state = owner.answer.state;
  const auto& servers = owner.question.servers;
  const bool all_answered =
      std::all_of(servers.begin(), servers.end(),
                  [](const ServerView& view) { return view.answered; });
  return all_answered &&
         (state == RolloverState::kRemove || state == RolloverState::kPublish ||
          state == RolloverState::kBroken);
}

uint32_t TtlOf(const OwnerReport& owner, uint32_t fallback) {
  uint32_t ttl = 0;
  for (const ServerView& view : owner.question.servers) {
    ttl = std::max(ttl, view.ttl);
  }
  return ttl == 0 ? fallback : ttl;
}

std::string RecordText(const std::string& rdata) {
  return ToText(JudgeTlsa({rdata})[0]);
}

std::string CommandsFor(const OwnerReport& owner, uint32_t ttl) {
  const std::string name = TargetOf(owner).ToText();
  std::string commands;
  for (const std::string& rdata : owner.answer.publish) {
    absl::StrAppend(&commands, "update add ", name, ". ", TtlOf(owner, ttl),
                    " IN TLSA ", RecordText(rdata), "\n");
  }
  if (!MayRemove(owner)) return commands;
  for (const std::string& rdata : owner.answer.remove) {
    absl::StrAppend(&commands, "update delete ", name, ". IN TLSA ",
                    RecordText(rdata), "\n");
  }
  return commands;
}

using Json = nlohmann::ordered_json;

Json RecordJson(const OwnerReport& owner, const std::string& rdata) {
  const Tlsa record = JudgeTlsa({rdata})[0];
  return {{"zone", owner.question.servers.front().zone.ToText()},
          {"owner", TargetOf(owner).ToText()},
          {"usage", record.usage},
          {"selector", record.selector},
          {"matching", record.matching},
          {"data", absl::BytesToHexString(record.data)},
          {"record", RecordText(rdata)}};
}

}  // namespace

std::string ToChanges(const RolloverReport& report, uint32_t ttl) {
  Json add = Json::array();
  Json remove = Json::array();
  for (const OwnerReport& owner : report.owners) {
    if (owner.question.servers.empty()) continue;
    for (const std::string& rdata : owner.answer.publish) {
      add.push_back(RecordJson(owner, rdata));
      add.back()["ttl"] = TtlOf(owner, ttl);
    }
    if (!MayRemove(owner)) continue;
    for (const std::string& rdata : owner.answer.remove) {
      remove.push_back(RecordJson(owner, rdata));
    }
  }
  if (add.empty() && remove.empty()) return "";
  return ToLine({{"host", report.host}, {"add", add}, {"remove", remove}}) +
         "\n";
}

std::string ToNsupdate(const RolloverReport& report, uint32_t ttl) {
  std::map<std::string, std::string> zones;
  for (const OwnerReport& owner : report.owners) {
    if (owner.question.servers.empty()) continue;
    const std::string zone = owner.question.servers.front().zone.ToText();
    zones[zone] += CommandsFor(owner, ttl);
  }
  std::string text;
  for (const auto& [zone, commands] : zones) {
    if (commands.empty()) continue;
    const std::string name = absl::StrCat(zone, zone == "." ? "" : ".");
    absl::StrAppend(&text, "zone ", name, "\n", commands, "send\n");
  }
  return text;
}

}  // namespace danebound
