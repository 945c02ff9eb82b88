#include "stub/serve/socketmap/postfix_policy.h"

#include <algorithm>
#include <set>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "stub/dane/tlsa.h"

namespace danebound {
namespace {

constexpr size_t kMostPins = 256;

std::string PinOf(absl::string_view digest) {
  return absl::StrJoin(digest, ":", [](std::string* pin, char octet) {
    absl::StrAppend(pin,
                    absl::Hex(static_cast<uint8_t>(octet), absl::kZeroPad2));
  });
}

// Adds the digests of a host, which the verdict holds; says whether they are
// all that counts there, and not too many.
bool AddDigests(const HostVerdict& host, std::set<absl::string_view>* digests) {
  for (const Tlsa& record : host.tlsa) {
    if (!record.counts()) continue;
    if (record.usage != kDaneEe || record.matching != kSha256) return false;
    digests->insert(record.data);
    if (digests->size() > kMostPins) return false;
  }
  return true;
}

// Postfix takes letters, digits, hyphens and underscores.
bool IsPlain(absl::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char octet) {
    return absl::ascii_isalnum(static_cast<unsigned char>(octet)) ||
           octet == '-' || octet == '_' || octet == '.';
  });
}

// The value of `servername` that makes Postfix send each host its base domain;
// nullopt: there is none.
absl::optional<std::string> ServerName(
    const std::vector<const HostVerdict*>& hosts) {
  const auto shares = [&hosts](const HostVerdict* host) {
    return host->base_domain == hosts.front()->base_domain;
  };
  if (std::all_of(hosts.begin(), hosts.end(), shares)) {
    const std::string name = hosts.front()->base_domain.ToText();
    return IsPlain(name) ? absl::make_optional(name) : absl::nullopt;
  }
  const auto has_its_own = [](const HostVerdict* host) {
    return host->base_domain == host->name;
  };
  if (!std::all_of(hosts.begin(), hosts.end(), has_its_own)) {
    return absl::nullopt;
  }
  return "hostname";
}

bool IsOfDane(const SocketmapReply& reply) {
  return reply.text == ToText(TlsPolicy::kDane) ||
         reply.text == ToText(TlsPolicy::kDaneOnly);
}

}  // namespace

absl::optional<std::string> PinsOf(const Verdict& verdict) {
  std::vector<const HostVerdict*> hosts;
  std::set<absl::string_view> digests;
  for (const HostVerdict& host : verdict.hosts) {
    if (host.duty == Duty::kSkip) continue;
    if (host.duty != Duty::kAuthenticate || !AddDigests(host, &digests)) {
      return absl::nullopt;
    }
    hosts.push_back(&host);
  }
  if (digests.empty()) return absl::nullopt;
  const absl::optional<std::string> server_name = ServerName(hosts);
  if (!server_name.has_value()) return absl::nullopt;
  const auto append = [](std::string* pins, absl::string_view digest) {
    absl::StrAppend(pins, PinOf(digest));
  };
  return absl::StrCat("fingerprint match=", absl::StrJoin(digests, "|", append),
                      " servername=", *server_name);
}

SocketmapReply PostfixReplyFor(TlsPolicy policy, const Verdict& verdict,
                               const PostfixWay& way) {
  if (way.pins) {
    absl::optional<std::string> pins = PinsOf(verdict);
    if (pins.has_value()) return {SocketmapStatus::kOk, *std::move(pins)};
  }
  const bool rests_on_resolver =
      policy == TlsPolicy::kDane ||
      verdict.disposition == Disposition::kUndeliverable;
  if (rests_on_resolver && !way.resolver_fault.empty()) {
    return Refusal(SocketmapStatus::kTemp, kMtaResolver, way.resolver_fault);
  }
  return ReplyFor(policy, verdict);
}

bool WaitsForResolver(const SocketmapReply& reply) {
  return reply.status == SocketmapStatus::kTemp &&
         absl::StartsWith(reply.text, absl::StrCat(kMtaResolver, ":"));
}

void AddTlsrpt(const NextHop& next_hop, SocketmapReply* reply) {
  if (reply->status != SocketmapStatus::kOk || IsOfDane(*reply)) return;
  absl::StrAppend(&reply->text, " policy_type=no-policy-found");
  if (next_hop.form == NextHopForm::kAddress) return;
  const std::string domain = next_hop.name.ToText();
  if (IsPlain(domain)) absl::StrAppend(&reply->text, " policy_domain=", domain);
}

}  // namespace danebound
