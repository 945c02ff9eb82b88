#include "stub/cli/rollover_update.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "stub/dane/tlsa.h"

namespace danebound {
namespace {

// While a server did not answer, nothing is known of what it still shows; while
// the change goes on, nothing may be taken away.
bool MayRemove(RolloverState state) {
  return state == RolloverState::kRemove || state == RolloverState::kPublish ||
         state == RolloverState::kBroken;
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
  if (!MayRemove(owner.answer.state)) return commands;
  for (const std::string& rdata : owner.answer.remove) {
    absl::StrAppend(&commands, "update delete ", name, ". IN TLSA ",
                    RecordText(rdata), "\n");
  }
  return commands;
}

}  // namespace

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
