#include "stub/serve/log/decision.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace danebound {
namespace {

constexpr size_t kMostHosts = 8;

absl::string_view KeyOf(AskedAs asked_as) {
  switch (asked_as) {
    case AskedAs::kNextHop:
      return "next_hop";
    case AskedAs::kKey:
      return "key";
    case AskedAs::kLine:
      return "asked";
  }
  return "";
}

std::string TextOf(const HostVerdict& host) {
  return absl::StrCat(host.name.ToText(), ":", ToText(host.duty),
                      host.cause == Cause::kNone ? "" : "/",
                      ToText(host.cause));
}

void AddReasons(const std::vector<Reason>& reasons,
                std::vector<std::string>* ids) {
  for (const Reason& reason : reasons) {
    std::string id(ToText(reason.id));
    if (std::find(ids->begin(), ids->end(), id) == ids->end()) {
      ids->push_back(std::move(id));
    }
  }
}

}  // namespace

void Decision::Add(const Verdict& verdict) {
  std::vector<std::string> hosts;
  AddReasons(verdict.reasons, &reasons);
  for (const HostVerdict& host : verdict.hosts) {
    if (hosts.size() < kMostHosts) hosts.push_back(TextOf(host));
    AddReasons(host.reasons, &reasons);
  }
  facts = {{"kind", std::string(ToText(verdict.kind))},
           {"security", std::string(ToText(verdict.security))},
           {"disposition", std::string(ToText(verdict.disposition))}};
  if (!hosts.empty()) facts.emplace_back("hosts", absl::StrJoin(hosts, ","));
}

LogFields FieldsOf(const Decision& decision) {
  LogFields fields = {{"protocol", decision.protocol},
                      {std::string(KeyOf(decision.asked_as)), decision.asked}};
  const auto add = [&fields](absl::string_view key, absl::string_view value) {
    if (!value.empty()) {
      fields.emplace_back(std::string(key), std::string(value));
    }
  };
  if (decision.policy.has_value()) add("policy", ToText(*decision.policy));
  add("exception", decision.exception.value_or(""));
  add("answer", decision.answer);
  add("would_answer", decision.would_answer);
  fields.insert(fields.end(), decision.facts.begin(), decision.facts.end());
  add("reasons", absl::StrJoin(decision.reasons, ","));
  add("error", decision.error);
  return fields;
}

}  // namespace danebound
