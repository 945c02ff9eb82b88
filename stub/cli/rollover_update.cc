#include "stub/cli/rollover_update.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "stub/dane/tlsa.h"
#include "stub/json/verdict_json.h"
#include "stub/nameservers/authority.h"

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

// The updates of each zone, in the order of the first of each.
class Updates {
 public:
  void Add(const Name& zone, const std::string& commands) {
    if (commands.empty()) return;
    const auto found =
        std::find_if(zones_.begin(), zones_.end(),
                     [&zone](const auto& each) { return each.first == zone; });
    if (found == zones_.end()) {
      zones_.emplace_back(zone, commands);
    } else {
      found->second += commands;
    }
  }

  std::string Text() const {
    std::string text;
    for (const auto& [zone, commands] : zones_) {
      const std::string name =
          absl::StrCat(zone.ToText(), zone.IsRoot() ? "" : ".");
      absl::StrAppend(&text, "zone ", name, "\n", commands, "send\n");
    }
    return text;
  }

 private:
  std::vector<std::pair<Name, std::string>> zones_;
};

std::string CommandsFor(const HostAddresses& addresses) {
  std::string commands;
  for (const DnsRecord& record : addresses.records) {
    absl::StrAppend(&commands, "update add ", ZoneLine(addresses.host, record),
                    "\n");
  }
  return commands;
}

Json AddressJson(const HostAddresses& addresses, const DnsRecord& record) {
  return {{"zone", addresses.zone.ToText()},
          {"owner", addresses.host.ToText()},
          {"type", TypeText(record)},
          {"usage", nullptr},
          {"selector", nullptr},
          {"matching", nullptr},
          {"data", nullptr},
          {"record", RdataText(record)},
          {"ttl", record.ttl}};
}

Json RecordJson(const OwnerReport& owner, const std::string& rdata) {
  const Tlsa record = JudgeTlsa({rdata})[0];
  return {{"zone", owner.question.servers.front().zone.ToText()},
          {"owner", TargetOf(owner).ToText()},
          {"type", "TLSA"},
          {"usage", record.usage},
          {"selector", record.selector},
          {"matching", record.matching},
          {"data", absl::BytesToHexString(record.data)},
          {"record", RecordText(rdata)}};
}

}  // namespace

std::string ToChanges(const RolloverReport& report, uint32_t ttl) {
  if (report.addresses.state == WildcardState::kUnknown) return "";
  Json add = Json::array();
  Json remove = Json::array();
  for (const DnsRecord& record : report.addresses.records) {
    add.push_back(AddressJson(report.addresses, record));
  }
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
  if (report.addresses.state == WildcardState::kUnknown) return "";
  Updates updates;
  updates.Add(report.addresses.zone, CommandsFor(report.addresses));
  for (const OwnerReport& owner : report.owners) {
    if (owner.question.servers.empty()) continue;
    updates.Add(owner.question.servers.front().zone, CommandsFor(owner, ttl));
  }
  return updates.Text();
}

}  // namespace danebound
