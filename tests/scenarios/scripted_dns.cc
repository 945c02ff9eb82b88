#include "tests/scenarios/scripted_dns.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/scenarios/zone_records.h"

namespace danebound::scenario {

// Where the resolution stands.
struct ScriptedDns::Chain {
  Question question;
  Name name;  // to look at next
  bool done = false;
  bool has_link = false;
  bool anchored_insecurity = false;  // an insecure link that lies below one
  Answer answer;
};

// What a zone has for one name and type.
struct ScriptedDns::Found {
  bool name_exists = false;
  bool is_from_wildcard = false;
  RrsetKey key;  // of `records`, or of the question
  std::vector<const Record*> records;
  Name target;  // of a CNAME or DNAME
  bool is_link = false;
};

namespace {

constexpr uint16_t kCnameType = static_cast<uint16_t>(RrType::kCname);

// The insecurity that comes of a zone's state alone.
Security OwnSecurity(Signing signing) {
  switch (signing) {
    case Signing::kSigned:
      return Security::kSecure;
    case Signing::kUnsigned:
    case Signing::kIsland:
    case Signing::kNoAnchor:
    case Signing::kUnsupportedAlgorithm:  // RFC 4035 5.2
    case Signing::kUnsupportedDigest:     // RFC 4035 5.2, RFC 4509 6
      return Security::kInsecure;
    case Signing::kExpired:
    case Signing::kFuture:
    case Signing::kWrongKey:
    case Signing::kMissingRrsig:
    case Signing::kWrongDs:
      return Security::kBogus;
  }
  return Security::kFailed;
}

bool StopsTransport(Fault fault) { return fault <= Fault::kTruncateThenRefuse; }

bool HurtsData(Fault fault) { return fault >= Fault::kExpired; }

// Puts `name`, which lies at or below `owner`, below `target` instead.
// RFC 6672 2.2.
Name Redirected(const Name& name, const Name& owner, const Name& target) {
  const size_t kept = name.wire().size() - owner.wire().size();
  const absl::StatusOr<Name> redirected =
      Name::ParseWire(absl::StrCat(name.wire().substr(0, kept), target.wire()));
  return redirected.ok() ? *redirected : Name();
}

Name NameIn(const Record& record) {
  const absl::StatusOr<Name> name = Name::ParseWire(record.rdata);
  return name.ok() ? *name : Name();
}

// Says whether the zone has records at the name or below it. RFC 4592 2.2.2.
bool Exists(const Zone& zone, const Name& name) {
  return name == zone.name ||
         std::any_of(zone.records.begin(), zone.records.end(),
                     [&name](const Record& record) {
                       return record.owner.IsAtOrBelow(name);
                     });
}

// The longest existing name above one that does not exist. RFC 4592 3.3.1.
Name ClosestEncloser(const Zone& zone, const Name& name) {
  Name encloser = name.Parent();
  while (!Exists(zone, encloser)) encloser = encloser.Parent();
  return encloser;
}

Answer FailedValidation(Security security, int64_t now) {
  Answer failed = FailedAnswer("validation failed", now);
  failed.security = security;
  return failed;
}

Name WildcardOf(const Name& name) {
  const absl::StatusOr<Name> wildcard = name.WithLabel("*");
  return wildcard.ok() ? *wildcard : name;
}

}  // namespace

ScriptedDns::ScriptedDns(const Scenario& scenario, int64_t now)
    : scenario_(scenario), now_(now) {
  for (const Zone& zone : scenario.zones) {
    for (const Record& record : zone.records) {
      rrsets_[{record.owner, record.type}].push_back(&record);
    }
  }
}

Answer ScriptedDns::Resolve(const Question& question) {
  if (asked_.insert(question).second && IsBelowFalseNxdomain(question.name)) {
    return FailedValidation(Security::kBogus, now_);
  }
  Chain chain;
  chain.question = question;
  chain.name = question.name;
  chain.answer.security = Security::kSecure;
  chain.answer.expires = now_ + kDefaultTtl;
  const auto type = static_cast<uint16_t>(question.type);
  for (int links = 0; links <= kMostAliases && !chain.done; ++links) {
    if (FaultStops({chain.name, type}, chain.answer)) return chain.answer;
    const Zone& zone = *ZoneOf(chain.name);
    const Found found = Find(zone, chain.name, type);
    if (found.is_link) {
      FollowLink(zone, found, chain);
    } else {
      FinishChain(zone, found, chain);
    }
  }
  if (!chain.done) return FailedAnswer("too many CNAMEs", now_);
  if (IsFailure(chain.answer.security)) {
    return FailedValidation(chain.answer.security, now_);
  }
  return chain.answer;
}

const Zone* ScriptedDns::ZoneOf(const Name& name) const {
  const Zone* best = nullptr;
  for (const Zone& zone : scenario_.zones) {
    if (name.IsAtOrBelow(zone.name) &&
        (best == nullptr || zone.name.LabelCount() > best->name.LabelCount())) {
      best = &zone;
    }
  }
  return best;
}

const Zone* ScriptedDns::ParentOf(const Zone& zone) const {
  return zone.name.IsRoot() ? nullptr : ZoneOf(zone.name.Parent());
}

Security ScriptedDns::SecurityOf(const Zone& zone) const {
  const Zone* parent = ParentOf(zone);
  // The zone is as secure as its delegation at most.
  const Security above = parent == nullptr
                             ? Security::kSecure
                             : SecurityOf(*parent, {zone.name, kDsType});
  // Below an insecure delegation nothing is validated, broken or not.
  return above == Security::kSecure ? OwnSecurity(zone.signing) : above;
}

Security ScriptedDns::SecurityOf(const Zone& zone,
                                 const RrsetKey& rrset) const {
  const Security security = SecurityOf(zone);
  const auto fault = scenario_.faults.find(rrset);
  const bool hurt = fault != scenario_.faults.end() && HurtsData(fault->second);
  return hurt && security == Security::kSecure ? Security::kBogus : security;
}

// RFC 5155 6, 9.2: in an opt-out zone the proof that a name is absent, so that
// a wildcard stands for it, may hide an unsigned delegation. A hash of too many
// iterations proves nothing at all.
Security ScriptedDns::SecurityOf(const Zone& zone, const Found& found) const {
  const Security security = SecurityOf(zone, found.key);
  const bool needs_absence = !found.name_exists || found.is_from_wildcard;
  const bool needs_proof = needs_absence || found.records.empty();
  const bool is_unproven = (needs_absence && zone.opt_out) ||
                           (needs_proof && zone.iterations > kMostIterations);
  return is_unproven ? std::min(security, Security::kInsecure) : security;
}

ScriptedDns::Found ScriptedDns::Find(const Zone& zone, const Name& name,
                                     uint16_t type) const {
  Found found;
  const auto take = [&](const Name& owner, uint16_t wanted) {
    const auto rrset = rrsets_.find({owner, wanted});
    if (rrset == rrsets_.end()) return false;
    found.key = rrset->first;
    found.records = rrset->second;
    found.is_link = wanted != type;
    if (found.is_link) found.target = NameIn(*found.records[0]);
    return true;
  };
  found.key = {name, type};
  found.name_exists = Exists(zone, name);
  if (take(name, type) || take(name, kCnameType)) return found;
  // A DNAME above comes before a wildcard: what lies below it does not exist.
  for (Name owner = name; owner != zone.name;) {
    owner = owner.Parent();
    if (take(owner, kDnameType)) {
      found.target = Redirected(name, owner, found.target);
      return found;
    }
  }
  if (found.name_exists) return found;
  const Name wildcard = WildcardOf(ClosestEncloser(zone, name));
  found.name_exists = take(wildcard, type) || take(wildcard, kCnameType);
  found.is_from_wildcard = found.name_exists;
  return found;
}

void ScriptedDns::FollowLink(const Zone& zone, const Found& found,
                             Chain& chain) const {
  const Security security = SecurityOf(zone, found);
  if (!chain.has_link) chain.answer.alias_security = security;
  chain.has_link = true;
  if (security < chain.answer.security) chain.answer.security = security;
  if (security == Security::kInsecure && zone.signing != Signing::kNoAnchor) {
    chain.anchored_insecurity = true;
  }
  ShortenLife(zone, found.records[0]->ttl, chain.answer);
  // A DNAME answers a question of type CNAME with the CNAME made from it.
  if (chain.question.type == RrType::kCname) {
    chain.answer.rdata = {std::string(found.target.wire())};
    chain.done = true;
    return;
  }
  chain.answer.aliases.push_back(found.target);
  chain.name = found.target;
}

void ScriptedDns::FinishChain(const Zone& zone, const Found& found,
                              Chain& chain) const {
  Answer& answer = chain.answer;
  chain.done = true;
  const Security security = SecurityOf(zone, found);
  if (security < answer.security) answer.security = security;
  if (security == Security::kInsecure && zone.signing != Signing::kNoAnchor) {
    chain.anchored_insecurity = true;
  }
  answer.below_trust_anchor =
      answer.security != Security::kInsecure || chain.anchored_insecurity;
  answer.name_exists = found.name_exists;
  uint32_t ttl = kNegativeTtl;
  for (const Record* record : found.records) {
    answer.rdata.push_back(record->rdata);
    ttl = record->ttl;
  }
  const auto fault = scenario_.faults.find(found.key);
  if (fault != scenario_.faults.end() &&
      (fault->second == Fault::kForgedNodata ||
       fault->second == Fault::kForgedNxdomain)) {
    answer.rdata.clear();
    answer.name_exists = fault->second == Fault::kForgedNodata;
    ttl = kNegativeTtl;
  }
  ShortenLife(zone, ttl, answer);
}

void ScriptedDns::ShortenLife(const Zone& zone, uint32_t ttl,
                              Answer& answer) const {
  const int64_t life =
      std::min<int64_t>(ttl, zone.signatures_end.value_or(ttl));
  answer.expires = std::min(answer.expires, now_ + life);
}

bool ScriptedDns::FaultStops(const RrsetKey& question, Answer& answer) const {
  const auto fault = scenario_.faults.find(question);
  if (fault == scenario_.faults.end() || !StopsTransport(fault->second)) {
    return false;
  }
  answer = FailedAnswer("a fault of the scenario", now_);
  return true;
}

// A resolver that minimises names asks for type A of each on the way (RFC 9156
// 2.3), and remembers what it was told of them.
bool ScriptedDns::IsBelowFalseNxdomain(const Name& name) const {
  return std::any_of(scenario_.faults.begin(), scenario_.faults.end(),
                     [&name](const auto& fault) {
                       return fault.second == Fault::kNxdomain &&
                              fault.first.first != name &&
                              name.IsAtOrBelow(fault.first.first);
                     });
}

}  // namespace danebound::scenario
