#include "tests/oracle/world.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "stub/dane/address.h"
#include "stub/dane/tlsa.h"

namespace danebound {
namespace {

template <typename Map>
bool HasNameIn(const Map& owners, const Name& ancestor) {
  return std::any_of(owners.begin(), owners.end(), [&](const auto& owner) {
    return owner.first.IsAtOrBelow(ancestor);
  });
}

bool Exists(const World& world, const Name& name) {
  return HasNameIn(world.cnames, name) || HasNameIn(world.dnames, name) ||
         std::any_of(world.rrsets.begin(), world.rrsets.end(),
                     [&](const auto& entry) {
                       return entry.first.name.IsAtOrBelow(name) &&
                              entry.second.name_exists;
                     });
}

const Zone& ZoneOf(const World& world, const Name& name) {
  Name owner = name;
  while (!world.zones.contains(owner)) owner = owner.Parent();
  return world.zones.at(owner);
}

Link Denial(const World& world, const Name& name) {
  const Zone& zone = ZoneOf(world, name);
  return Rrset{zone.health, zone.negative_ttl, Exists(world, name), {}};
}

// The CNAME that a DNAME at `owner` makes for `name`; none where the result
// would be too long, which servers answer with YXDOMAIN.
Link Synthesised(const Name& name, const Name& owner, const Alias& dname) {
  std::string wire(
      name.wire().substr(0, name.wire().size() - owner.wire().size()));
  absl::StatusOr<Name> target =
      Name::ParseWire(absl::StrCat(wire, dname.target.wire()));
  if (!target.ok()) return Rrset{Health::kFailed, dname.ttl, true, {}};
  return Alias{dname.health, dname.ttl, *target};
}

// The alias at `name`, else what stands in its place.
Link AliasAt(const World& world, const Name& name) {
  if (auto cname = world.cnames.find(name); cname != world.cnames.end()) {
    return cname->second;
  }
  for (Name owner = name; !owner.IsRoot();) {
    owner = owner.Parent();
    auto dname = world.dnames.find(owner);
    if (dname != world.dnames.end()) {
      return Synthesised(name, owner, dname->second);
    }
  }
  return Denial(world, name);
}

absl::string_view CommentOf(Health health) {
  switch (health) {
    case Health::kSecure:
      return "";
    case Health::kInsecure:
      return " ; insecure";
    case Health::kNoAnchor:
      return " ; below no trust anchor";
    case Health::kBogus:
      return " ; bogus";
    case Health::kFailed:
      return " ; fails";
  }
  return "";
}

std::string MxText(const std::string& rdata) {
  absl::string_view octets = rdata;
  if (octets.size() < 3) return "";
  const int preference =
      static_cast<uint8_t>(octets[0]) * 256 + static_cast<uint8_t>(octets[1]);
  absl::StatusOr<Name> exchange = Name::ParseWire(octets.substr(2));
  return exchange.ok() ? absl::StrCat(preference, " ", exchange->ToText()) : "";
}

std::string RdataText(RrType type, const std::string& rdata) {
  std::string text;
  absl::StatusOr<Address> address = Address::ParseOctets(rdata);
  if (type == RrType::kMx) text = MxText(rdata);
  if ((type == RrType::kA || type == RrType::kAaaa) && address.ok()) {
    text = address->ToText();
  }
  if (type == RrType::kCname) text = Name::ParseWire(rdata)->ToText();
  if (!text.empty()) return text;
  return absl::StrCat("\\# ", rdata.size(), " ",
                      absl::BytesToHexString(rdata.substr(0, 20)),
                      rdata.size() > 20 ? "..." : "");
}

std::string ToText(const Question& owner, const Rrset& rrset) {
  const std::string head = absl::StrCat("  ", owner.name.ToText(), " ",
                                        rrset.ttl, " ", ToText(owner.type));
  if (rrset.rdata.empty()) {
    return absl::StrCat(head, " ",
                        rrset.name_exists ? "(NODATA)" : "(NXDOMAIN)",
                        CommentOf(rrset.health), "\n");
  }
  std::string text;
  for (const std::string& rdata : rrset.rdata) {
    absl::StrAppend(&text, head, " ", RdataText(owner.type, rdata),
                    CommentOf(rrset.health), "\n");
  }
  return text;
}

std::string ToText(const Name& owner, absl::string_view type,
                   const Alias& alias) {
  return absl::StrCat("  ", owner.ToText(), " ", alias.ttl, " ", type, " ",
                      alias.target.ToText(), CommentOf(alias.health), "\n");
}

std::string Der(char tag, const std::string& content) {
  return absl::StrCat(std::string{tag, static_cast<char>(content.size())},
                      content);
}

}  // namespace

Security SecurityOf(Health health) {
  switch (health) {
    case Health::kSecure:
      return Security::kSecure;
    case Health::kInsecure:
    case Health::kNoAnchor:
      return Security::kInsecure;
    case Health::kBogus:
      return Security::kBogus;
    case Health::kFailed:
      return Security::kFailed;
  }
  return Security::kFailed;
}

Link LinkAt(const World& world, const Question& question) {
  auto rrset = world.rrsets.find(question);
  if (rrset != world.rrsets.end()) return rrset->second;
  Link link = AliasAt(world, question.name);
  const Alias* alias = std::get_if<Alias>(&link);
  if (alias == nullptr || question.type != RrType::kCname) return link;
  return Rrset{
      alias->health, alias->ttl, true, {std::string(alias->target.wire())}};
}

const std::string& TheCertificate() {
  static const std::string* const certificate = new std::string(
      Der(0x30, absl::StrCat(Der(0x30, "\x02\x01\x07"),
                             Der(0x30, "\x06\x01\x2a"), Der(0x03, "sig"))));
  return *certificate;
}

const std::string& ThePublicKey() {
  static const std::string* const key = new std::string(
      Der(0x30, absl::StrCat(Der(0x30, "\x06\x01\x2a"), Der(0x03, "public"))));
  return *key;
}

const std::vector<Name>& AddressesAsNames() {
  static const auto* const names = new std::vector<Name>{
      *Name::ParseText("192.0.2.77"), *Name::ParseText("255.255.255.255"),
      *Name::ParseText("2001:db8::77"), *Name::ParseText("::1")};
  return *names;
}

std::string ToText(const World& world) {
  std::string text = absl::StrCat(
      "seed ", world.seed, ", next hop ", ToText(world.next_hop), " port ",
      world.next_hop.port, ", evaluated ", world.limits.evaluated_hosts,
      ", listed ", world.limits.listed_hosts, ", tries ", world.limits.tries,
      "\n");
  for (const auto& [apex, zone] : world.zones) {
    absl::StrAppend(&text, "  zone ", apex.ToText(), " negative-ttl ",
                    zone.negative_ttl, CommentOf(zone.health), "\n");
  }
  for (const auto& [owner, alias] : world.cnames) {
    absl::StrAppend(&text, ToText(owner, "CNAME", alias));
  }
  for (const auto& [owner, alias] : world.dnames) {
    absl::StrAppend(&text, ToText(owner, "DNAME", alias));
  }
  for (const auto& [owner, rrset] : world.rrsets) {
    absl::StrAppend(&text, ToText(owner, rrset));
  }
  for (const Name& name : world.untold) {
    absl::StrAppend(&text, "  not told: whether the alias at ", name.ToText(),
                    " is secure\n");
  }
  return text;
}

}  // namespace danebound
