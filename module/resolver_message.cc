#include "module/resolver_message.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

constexpr int kNoError = 0;
constexpr int kNxDomain = 3;

constexpr uint16_t kSoa = 6;
constexpr uint16_t kDname = 39;
constexpr uint16_t kNsec = 47;
constexpr uint16_t kNsec3 = 50;

// More than any TTL, RFC 2181 8.
constexpr int64_t kMostLife = std::numeric_limits<int32_t>::max();

std::string RcodeText(int rcode) {
  constexpr std::array<absl::string_view, 6> kTexts = {
      "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};
  const auto index = static_cast<size_t>(rcode);
  if (rcode >= 0 && index < kTexts.size()) return std::string(kTexts[index]);
  return absl::StrCat("RCODE ", rcode);
}

Security FromResolver(ResolverSecurity security) {
  switch (security) {
    case ResolverSecurity::kUnchecked:
      return Security::kFailed;
    case ResolverSecurity::kBogus:
    case ResolverSecurity::kSentinelFail:
      return Security::kBogus;
    case ResolverSecurity::kIndeterminate:
    case ResolverSecurity::kInsecure:
      return Security::kInsecure;
    case ResolverSecurity::kSecure:
      return Security::kSecure;
  }
  return Security::kFailed;
}

const ResolverRrset* Find(const std::vector<ResolverRrset>& rrsets,
                          const Name& owner, uint16_t type) {
  for (const ResolverRrset& rrset : rrsets) {
    if (rrset.owner == owner && rrset.type == type && !rrset.rdata.empty()) {
      return &rrset;
    }
  }
  return nullptr;
}

absl::optional<Name> TargetOf(const ResolverRrset& alias) {
  absl::StatusOr<Name> target = Name::ParseWire(alias.rdata.front());
  if (!target.ok()) return absl::nullopt;
  return *std::move(target);
}

// Says whether a DNAME turns `owner` into `target`. RFC 6672 2.2.
bool Makes(const ResolverRrset& dname, const Name& owner, const Name& target) {
  if (owner == dname.owner || !owner.IsAtOrBelow(dname.owner)) return false;
  const absl::optional<Name> base = TargetOf(dname);
  if (!base) return false;
  const size_t kept = owner.wire().size() - dname.owner.wire().size();
  return target.wire() ==
         absl::StrCat(owner.wire().substr(0, kept), base->wire());
}

// The record that vouches for a CNAME: the DNAME that it was made from, which
// alone is signed and cached, else the CNAME itself.
const ResolverRrset& VoucherOf(const ResolverRrset& cname, const Name& target,
                               const std::vector<ResolverRrset>& answer) {
  for (const ResolverRrset& rrset : answer) {
    if (rrset.type == kDname && !rrset.rdata.empty() &&
        Makes(rrset, cname.owner, target)) {
      return rrset;
    }
  }
  return cname;
}

// The CNAME chain of an answer section and the records at its end.
struct Chain {
  std::vector<Name> aliases;
  std::vector<const ResolverRrset*> vouchers;  // one for each alias
  const ResolverRrset* records = nullptr;
  bool is_broken = false;  // an alias that cannot be read, or a loop
};

Chain Follow(const Question& question,
             const std::vector<ResolverRrset>& answer) {
  Chain chain;
  Name owner = question.name;
  for (size_t step = 0; step <= answer.size(); ++step) {
    chain.records = Find(answer, owner, static_cast<uint16_t>(question.type));
    if (chain.records != nullptr) return chain;
    const ResolverRrset* cname =
        Find(answer, owner, static_cast<uint16_t>(RrType::kCname));
    if (cname == nullptr) return chain;
    const absl::optional<Name> target = TargetOf(*cname);
    if (!target) break;
    chain.aliases.push_back(*target);
    chain.vouchers.push_back(&VoucherOf(*cname, *target, answer));
    owner = *target;
  }
  chain.is_broken = true;
  return chain;
}

// RFC 2308 5: a denial lives no longer than the SOA's last field says.
int64_t NegativeTtl(const ResolverRrset& soa) {
  int64_t ttl = soa.ttl;
  for (const std::string& rdata : soa.rdata) {
    if (rdata.size() < 4) continue;
    int64_t minimum = 0;
    for (const char octet : rdata.substr(rdata.size() - 4)) {
      minimum = minimum * 256 + static_cast<uint8_t>(octet);
    }
    ttl = std::min(ttl, minimum);
  }
  return ttl;
}

// The least TTL of all that the answer rests on.
int64_t LifeOf(const ResolverMessage& message, const Chain& chain) {
  absl::optional<int64_t> life;
  const auto rest_on = [&life](int64_t ttl) {
    life = std::min(life.value_or(kMostLife), std::max<int64_t>(ttl, 0));
  };
  for (const ResolverRrset* voucher : chain.vouchers) rest_on(voucher->ttl);
  if (chain.records != nullptr) rest_on(chain.records->ttl);
  bool has_denial = false;
  for (const ResolverRrset& rrset : message.authority) {
    if (rrset.type == kNsec || rrset.type == kNsec3) {
      rest_on(rrset.ttl);
      has_denial = true;
    } else if (rrset.type == kSoa && chain.records == nullptr) {
      rest_on(NegativeTtl(rrset));
      has_denial = true;
    }
  }
  // The message's own TTL is not capped by signatures, and 0 for denials made
  // from the negative cache: it counts only where nothing else tells.
  if (chain.records == nullptr && !has_denial) rest_on(message.ttl);
  return *life;
}

bool IsWholeChainBelowAnchor(
    const Question& question, const Chain& chain,
    const std::function<bool(const Name&)>& below_anchor) {
  return below_anchor(question.name) &&
         std::all_of(chain.aliases.begin(), chain.aliases.end(), below_anchor);
}

// In a secure message every record it rests on must be secure by itself.
bool HasWeakLink(const Chain& chain) {
  const auto is_weak = [](const ResolverRrset* rrset) {
    return rrset->security != ResolverSecurity::kSecure;
  };
  return (chain.records != nullptr && is_weak(chain.records)) ||
         std::any_of(chain.vouchers.begin(), chain.vouchers.end(), is_weak);
}

Answer Failure(Security security, absl::string_view why,
               const ResolverMessage& message, int64_t now) {
  Answer answer = FailedAnswer(why, now);
  answer.security = security;
  if (!message.reasons.empty()) {
    answer.why = why.empty() ? message.reasons
                             : absl::StrCat(why, ": ", message.reasons);
  }
  if (security == Security::kBogus) answer.ede = message.ede;
  return answer;
}

// The failure that the message is whatever it says of the question, if any.
absl::optional<Answer> FailureOf(const ResolverMessage& message, int64_t now) {
  if (!message.has_reply ||
      (message.rcode != kNoError && message.rcode != kNxDomain)) {
    const int rcode = message.rcode == kNoError ? 2 : message.rcode;
    return Failure(Security::kFailed, RcodeText(rcode), message, now);
  }
  if (!message.is_readable) {
    return Failure(Security::kFailed, "a record of it cannot be read", message,
                   now);
  }
  if (message.is_expired) {
    return Failure(Security::kFailed,
                   "the resolver has only records whose life has ended "
                   "(serve-expired)",
                   message, now);
  }
  const Security security = FromResolver(message.security);
  if (security == Security::kBogus) return Failure(security, "", message, now);
  if (security == Security::kFailed) {
    return Failure(security, "the answer was not validated", message, now);
  }
  return absl::nullopt;
}

// RFC 5155 9.2: in an opt-out zone a CNAME made from a wildcard is signed, but
// not the proof that the wildcard applies. A message that is secure as a whole
// has that proof; of another one nobody can tell what made it insecure. Behind
// a DNAME the CNAME cannot be asked for: it has no signature of its own.
bool IsProofUnknown(const ResolverRrset& voucher,
                    const ResolverMessage& message) {
  return voucher.is_from_wildcard && voucher.type != kDname &&
         voucher.security == ResolverSecurity::kSecure &&
         message.security != ResolverSecurity::kSecure;
}

absl::optional<Security> AliasSecurity(const Chain& chain,
                                       const ResolverMessage& message) {
  if (chain.vouchers.empty()) return absl::nullopt;
  const ResolverRrset& voucher = *chain.vouchers.front();
  if (voucher.security == ResolverSecurity::kUnchecked ||
      IsProofUnknown(voucher, message)) {
    return absl::nullopt;
  }
  return FromResolver(voucher.security);
}

}  // namespace

Answer ToAnswer(const Question& question, const ResolverMessage& message,
                int64_t now,
                const std::function<bool(const Name&)>& below_anchor) {
  absl::optional<Answer> failure = FailureOf(message, now);
  if (failure) return *std::move(failure);
  const Chain chain = Follow(question, message.answer);
  if (chain.is_broken) {
    return Failure(Security::kFailed, "its CNAMEs cannot be followed", message,
                   now);
  }
  if (message.security == ResolverSecurity::kSecure && HasWeakLink(chain)) {
    return Failure(Security::kFailed, "a record of it was not validated",
                   message, now);
  }
  const bool is_indeterminate =
      message.security == ResolverSecurity::kIndeterminate;
  if (is_indeterminate &&
      IsWholeChainBelowAnchor(question, chain, below_anchor)) {
    return Failure(Security::kBogus,
                   "accepted without validation while val-permissive-mode was "
                   "on",
                   message, now);
  }
  Answer answer;
  answer.security = FromResolver(message.security);
  answer.name_exists = message.rcode != kNxDomain;
  answer.below_trust_anchor = !is_indeterminate;
  answer.aliases = chain.aliases;
  answer.alias_security = AliasSecurity(chain, message);
  if (chain.records != nullptr && answer.name_exists) {
    answer.rdata = chain.records->rdata;
  }
  answer.expires = now + LifeOf(message, chain);
  return answer;
}

}  // namespace danebound
