#include "stub/serve/json/verdict_change.h"

#include <algorithm>

#include "absl/types/optional.h"

namespace danebound {
namespace {

using Changes = std::vector<VerdictChange>;

bool IsFailure(const HostVerdict& host) {
  return host.cause == Cause::kAddressFailed ||
         host.cause == Cause::kTlsaFailed || host.cause == Cause::kNotEvaluated;
}

WatchedHost WatchedOf(const HostVerdict& host) {
  WatchedHost watched;
  watched.knowledge = IsFailure(host) ? Knowledge::kNone : Knowledge::kNew;
  watched.duty = host.duty;
  watched.cause = host.cause;
  for (const Tlsa& record : host.tlsa) watched.tlsa.push_back(ToText(record));
  std::sort(watched.tlsa.begin(), watched.tlsa.end());
  return watched;
}

// A failure and its end are a change of their own. Says whether there is
// something to compare besides.
template <typename Watched>
bool CompareKnowledge(const Watched& before, const Watched& now,
                      ChangeId failed, ChangeId recovered, const Name& host,
                      Changes* changes) {
  const bool knew = before.knowledge == Knowledge::kNew;
  const bool knows = now.knowledge == Knowledge::kNew;
  if (knew && !knows) changes->push_back({failed, host});
  if (!knew && knows) changes->push_back({recovered, host});
  return knows && before.knowledge != Knowledge::kNone;
}

absl::optional<ChangeId> ChangeOfTlsa(const std::vector<std::string>& before,
                                      const std::vector<std::string>& now) {
  if (before == now) return absl::nullopt;
  if (before.empty()) return ChangeId::kTlsaAdded;
  return now.empty() ? ChangeId::kTlsaGone : ChangeId::kTlsaChanged;
}

void CompareHost(const Name& name, const WatchedHost& before,
                 const WatchedHost& now, Changes* changes) {
  if (!CompareKnowledge(before, now, ChangeId::kHostFailed,
                        ChangeId::kHostRecovered, name, changes)) {
    return;
  }
  const auto tlsa = ChangeOfTlsa(before.tlsa, now.tlsa);
  if (tlsa.has_value()) changes->push_back({*tlsa, name});
  if (before.duty != now.duty) {
    changes->push_back({ChangeId::kDutyChanged, name});
  }
}

void CompareHosts(const WatchedVerdict& before, const WatchedVerdict& now,
                  Changes* changes) {
  for (const auto& [name, host] : before.hosts) {
    const auto found = now.hosts.find(name);
    if (found == now.hosts.end()) {
      changes->push_back({ChangeId::kHostRemoved, name});
    } else {
      CompareHost(name, host, found->second, changes);
    }
  }
  for (const auto& [name, host] : now.hosts) {
    if (before.hosts.contains(name)) continue;
    changes->push_back({ChangeId::kHostAdded, name});
    if (host.knowledge != Knowledge::kNew) {
      changes->push_back({ChangeId::kHostFailed, name});
    }
  }
}

}  // namespace

WatchedVerdict WatchedOf(const Verdict& verdict) {
  WatchedVerdict watched;
  watched.knowledge =
      verdict.kind == Kind::kFailed ? Knowledge::kNone : Knowledge::kNew;
  watched.kind = verdict.kind;
  watched.security = verdict.security;
  watched.disposition = verdict.disposition;
  for (const HostVerdict& host : verdict.hosts) {
    watched.hosts[host.name] = WatchedOf(host);
  }
  return watched;
}

absl::string_view ToText(ChangeId id) {
  switch (id) {
    case ChangeId::kLookupFailed:
      return "lookup-failed";
    case ChangeId::kLookupRecovered:
      return "lookup-recovered";
    case ChangeId::kBecameInsecure:
      return "became-insecure";
    case ChangeId::kBecameSecure:
      return "became-secure";
    case ChangeId::kKindChanged:
      return "kind-changed";
    case ChangeId::kHostAdded:
      return "host-added";
    case ChangeId::kHostRemoved:
      return "host-removed";
    case ChangeId::kHostFailed:
      return "host-failed";
    case ChangeId::kHostRecovered:
      return "host-recovered";
    case ChangeId::kTlsaAdded:
      return "tlsa-added";
    case ChangeId::kTlsaGone:
      return "tlsa-gone";
    case ChangeId::kTlsaChanged:
      return "tlsa-changed";
    case ChangeId::kDutyChanged:
      return "duty-changed";
  }
  return "";
}

std::vector<VerdictChange> ChangesBetween(const WatchedVerdict& before,
                                          const WatchedVerdict& now) {
  Changes changes;
  if (!CompareKnowledge(before, now, ChangeId::kLookupFailed,
                        ChangeId::kLookupRecovered, Name(), &changes)) {
    return changes;
  }
  if (before.security != now.security) {
    changes.push_back({now.security == Security::kSecure
                           ? ChangeId::kBecameSecure
                           : ChangeId::kBecameInsecure,
                       Name()});
  }
  if (before.kind != now.kind) {
    changes.push_back({ChangeId::kKindChanged, Name()});
  }
  CompareHosts(before, now, &changes);
  return changes;
}

WatchedVerdict Remember(const WatchedVerdict& before,
                        const WatchedVerdict& now) {
  if (now.knowledge != Knowledge::kNew) {
    WatchedVerdict kept = before;
    if (kept.knowledge == Knowledge::kNew) kept.knowledge = Knowledge::kOld;
    return kept;
  }
  WatchedVerdict remembered = now;
  for (auto& [name, host] : remembered.hosts) {
    const auto found = before.hosts.find(name);
    if (host.knowledge == Knowledge::kNew || found == before.hosts.end() ||
        found->second.knowledge == Knowledge::kNone) {
      continue;
    }
    host = found->second;
    host.knowledge = Knowledge::kOld;
  }
  return remembered;
}

}  // namespace danebound
