#include "tests/oracle/random_world.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "stub/dane/address.h"

namespace danebound {
namespace {

constexpr std::array kHealths = {Health::kSecure, Health::kInsecure,
                                 Health::kNoAnchor, Health::kBogus,
                                 Health::kFailed};

std::vector<Name> Names(const std::vector<std::string>& texts) {
  std::vector<Name> names;
  names.reserve(texts.size());
  for (const std::string& text : texts) {
    names.push_back(*Name::ParseText(text));
  }
  return names;
}

Name Below(const Name& parent, absl::string_view label) {
  absl::StatusOr<Name> name = parent.WithLabel(label);
  return name.ok() ? *name : parent;
}

Health RandomHealth(Dice& dice) {
  return kHealths[dice.Below(std::size(kHealths))];
}

// Weights as in zones: mostly signed and in order.
Health MostlySecure(Dice& dice) {
  const size_t throw_ = dice.Below(100);
  if (throw_ < 55) return Health::kSecure;
  if (throw_ < 85) return Health::kInsecure;
  if (throw_ < 92) return Health::kNoAnchor;
  return throw_ < 96 ? Health::kBogus : Health::kFailed;
}

uint32_t RandomTtl(Dice& dice) {
  const size_t throw_ = dice.Below(20);
  if (throw_ == 0) return 0;
  if (throw_ == 1) return 2147483647;
  if (throw_ < 6) return static_cast<uint32_t>(1 + dice.Below(20));
  return static_cast<uint32_t>(60 + dice.Below(86400));
}

std::string U16(size_t number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number)};
}

// TLSA data of every sort, RFC 7672 3.1.
std::string RandomTlsaData(char matching, Dice& dice) {
  const std::vector<std::string> full = {
      TheCertificate(),
      ThePublicKey(),
      TheCertificate() + "x",
      ThePublicKey().substr(0, ThePublicKey().size() - 1),
      "\x30",
      std::string("\x30\x80\x00\x00", 4),
      std::string(3000, 'f')};
  const std::string letter(1, static_cast<char>('a' + dice.Below(4)));
  std::string digest = absl::StrCat(
      letter, std::string((matching == 2 ? 64 : 32) - 1, letter[0]));
  if (matching == 0) return dice.Pick(full);
  if (dice.Chance(85)) return digest;
  return std::string(dice.Pick(std::vector<size_t>{1, 20, 31, 33, 63, 65}),
                     'w');
}

std::string RandomTlsa(Dice& dice) {
  if (dice.Chance(4)) return std::string(dice.Below(4), '\x03');
  const bool usual = dice.Chance(70);
  const std::vector<char> usages =
      usual ? std::vector<char>{2, 3, 3}
            : std::vector<char>{0, 1, 2, 3, 4, '\xff'};
  const std::vector<char> selectors =
      usual ? std::vector<char>{0, 1, 1} : std::vector<char>{0, 1, 2, '\xff'};
  const std::vector<char> matchings =
      usual ? std::vector<char>{0, 1, 1, 2, 2}
            : std::vector<char>{0, 1, 2, 3, '\xff'};
  const char matching = dice.Pick(matchings);
  return absl::StrCat(
      std::string{dice.Pick(usages), dice.Pick(selectors), matching},
      RandomTlsaData(matching, dice));
}

// Builds a world from its next hop on.
class Builder {
 public:
  explicit Builder(Dice& dice) : dice_(dice) {}

  World Build();

 private:
  void AddZones();
  void ChooseLimits();
  void ChooseNextHop();
  Name RandomName();
  Name LongName();
  const Zone& ZoneOf(Name name) const;
  Health HealthAt(const Name& name);
  void Put(const Name& name, RrType type, std::vector<std::string> rdata);
  void PutDenial(const Name& name, RrType type);
  void PutAlias(const Name& name, const Name& target);
  std::vector<Name> BuildAliases(const Name& name);
  void ContradictAlias(const Name& name);
  void SignOnlyTheFirstAlias(const std::vector<Name>& chain);
  void BuildHost(const Name& name);
  void BuildAddresses(const Name& name, RrType type);
  void BuildTlsa(const Name& base_domain);
  void BuildDomain(const Name& name);
  std::vector<std::string> RandomMx(size_t hosts);
  static std::string MxRdata(size_t preference, const Name& exchange);
  std::string MalformedMxRdata();
  Name RandomExchange();

  Dice& dice_;
  World world_;
  std::vector<Name> apexes_;
  std::vector<Name> exchanges_;  // all so far, hosts of the domain
};

World Builder::Build() {
  AddZones();
  ChooseLimits();
  ChooseNextHop();
  if (world_.next_hop.form == NextHopForm::kDomain) {
    BuildDomain(world_.next_hop.name);
  }
  if (world_.next_hop.form != NextHopForm::kAddress) {
    BuildHost(world_.next_hop.name);
  }
  for (const Name& exchange : std::vector<Name>(exchanges_)) {
    if (!exchange.IsRoot()) BuildHost(exchange);
  }
  return world_;
}

void Builder::AddZones() {
  apexes_ = Names({"example", "sub.example", "provider.test", "hosting.test",
                   "unsigned.invalid", "xn--bcher-kva.example"});
  world_.zones[Name()] = {};
  const bool good = dice_.Chance(35);
  for (const Name& apex : apexes_) {
    const bool secure = good && dice_.Chance(85);
    world_.zones[apex] = {secure ? Health::kSecure : MostlySecure(dice_),
                          RandomTtl(dice_)};
  }
}

void Builder::ChooseLimits() {
  world_.limits.tries = 1 + static_cast<int>(dice_.Below(3));
  if (dice_.Chance(85)) return;
  world_.limits.evaluated_hosts = 1 + dice_.Below(4);
  world_.limits.listed_hosts = world_.limits.evaluated_hosts + dice_.Below(4);
}

void Builder::ChooseNextHop() {
  NextHop& next_hop = world_.next_hop;
  const size_t throw_ = dice_.Below(100);
  if (throw_ < 16) next_hop.form = NextHopForm::kHost;
  if (throw_ < 2) next_hop.form = NextHopForm::kAddress;
  if (dice_.Chance(15)) {
    next_hop.port = dice_.Pick(std::vector<uint16_t>{1, 587, 10025, 65535});
  }
  if (next_hop.form == NextHopForm::kAddress) {
    next_hop.address =
        *Address::ParseText(dice_.Chance(50) ? "192.0.2.1" : "2001:db8::1");
    return;
  }
  next_hop.name = RandomName();
}

Name Builder::RandomName() {
  static const std::vector<std::string> labels = {
      "mx", "mx1", "mx2", "mail", "www", "_x", "1", std::string("\xff.\0", 3)};
  if (dice_.Chance(3)) return LongName();
  Name name = dice_.Pick(apexes_);
  for (size_t count = dice_.Below(3); count > 0; --count) {
    name = danebound::Below(name, dice_.Pick(labels));
  }
  return name;
}

// Around the length at which its TLSA name no longer fits in 255 octets.
Name Builder::LongName() {
  Name name = dice_.Pick(apexes_);
  const size_t length = 255 - dice_.Below(18);
  while (name.wire().size() + 2 <= length) {
    const size_t label = std::min<size_t>(63, length - name.wire().size() - 1);
    name = danebound::Below(name, std::string(label, 'l'));
  }
  return name;
}

const Zone& Builder::ZoneOf(Name name) const {
  while (!world_.zones.contains(name)) name = name.Parent();
  return world_.zones.at(name);
}

Health Builder::HealthAt(const Name& name) {
  return dice_.Chance(90) ? ZoneOf(name).health : RandomHealth(dice_);
}

void Builder::Put(const Name& name, RrType type,
                  std::vector<std::string> rdata) {
  world_.rrsets[{name, type}] = {HealthAt(name), RandomTtl(dice_), true,
                                 std::move(rdata)};
}

void Builder::PutDenial(const Name& name, RrType type) {
  world_.rrsets[{name, type}] = {
      RandomHealth(dice_), RandomTtl(dice_), dice_.Chance(70), {}};
}

// Three in four CNAMEs, else a DNAME above that leads there or nearly so.
void Builder::PutAlias(const Name& name, const Name& target) {
  const bool dname = dice_.Chance(15) && name.LabelCount() > 2;
  const Alias alias{HealthAt(name), RandomTtl(dice_), target};
  (dname ? world_.dnames[name.Parent()] : world_.cnames[name]) = alias;
  if (dice_.Chance(50)) world_.untold.insert(name);
  if (dice_.Chance(10)) ContradictAlias(name);
}

// The question of type CNAME finds something else than the others did.
void Builder::ContradictAlias(const Name& name) {
  world_.untold.insert(name);
  if (dice_.Chance(50)) return PutDenial(name, RrType::kCname);
  world_.rrsets[{name, RrType::kCname}] = {RandomHealth(dice_),
                                           RandomTtl(dice_),
                                           true,
                                           {std::string(RandomName().wire())}};
}

// RFC 7672 2.2.2, "Insecure CNAME".
void Builder::SignOnlyTheFirstAlias(const std::vector<Name>& chain) {
  auto alias = world_.cnames.find(chain.front());
  if (alias == world_.cnames.end()) return;
  alias->second.health = Health::kSecure;
  auto next = world_.cnames.find(chain[1]);
  if (next != world_.cnames.end()) next->second.health = Health::kInsecure;
}

// Returns the names of the chain, the first `name` itself.
std::vector<Name> Builder::BuildAliases(const Name& name) {
  std::vector<Name> chain = {name};
  if (world_.cnames.contains(name) || dice_.Chance(65)) return chain;
  size_t links = 1 + dice_.Below(3);
  if (dice_.Chance(4)) links = kMostAliases - 1 + dice_.Below(3);
  for (size_t link = 0; link < links; ++link) {
    const Name target =
        dice_.Chance(80) || links > 4
            ? danebound::Below(RandomName(), absl::StrCat("hop", link))
            : dice_.Pick(chain);
    PutAlias(chain.back(), target);
    chain.push_back(target);
  }
  return chain;
}

void Builder::BuildHost(const Name& name) {
  const std::vector<Name> chain = BuildAliases(name);
  if (chain.size() > 1 && dice_.Chance(30)) SignOnlyTheFirstAlias(chain);
  BuildAddresses(chain.back(), RrType::kA);
  BuildAddresses(chain.back(), RrType::kAaaa);
  if (dice_.Chance(3)) BuildAddresses(name, RrType::kA);
  for (const Name& candidate : chain) {
    if (dice_.Chance(65)) BuildTlsa(candidate);
  }
}

void Builder::BuildAddresses(const Name& name, RrType type) {
  if (dice_.Chance(20)) return;
  if (dice_.Chance(20)) return PutDenial(name, type);
  const size_t size = type == RrType::kA ? 4 : 16;
  std::vector<std::string> rdata;
  for (size_t count = 1 + dice_.Below(3); count > 0; --count) {
    rdata.emplace_back(size, static_cast<char>(count));
  }
  if (dice_.Chance(2)) rdata.emplace_back(size + 1, 'x');
  Put(name, type, std::move(rdata));
}

void Builder::BuildTlsa(const Name& base_domain) {
  absl::StatusOr<Name> name = base_domain.WithLabel("_tcp");
  if (name.ok()) {
    name = name->WithLabel(absl::StrCat("_", world_.next_hop.port));
  }
  if (!name.ok()) return;
  Name owner = *name;
  if (dice_.Chance(20)) {
    PutAlias(owner, danebound::Below(RandomName(), "dane"));
    if (world_.cnames.contains(owner)) owner = world_.cnames.at(owner).target;
  }
  if (dice_.Chance(12)) return PutDenial(owner, RrType::kTlsa);
  std::vector<std::string> rdata;
  for (size_t count = 1 + dice_.Below(4); count > 0; --count) {
    rdata.push_back(RandomTlsa(dice_));
  }
  Put(owner, RrType::kTlsa, std::move(rdata));
}

std::string Builder::MxRdata(size_t preference, const Name& exchange) {
  return absl::StrCat(U16(preference), exchange.wire());
}

std::string Builder::MalformedMxRdata() {
  const std::string good = MxRdata(10, dice_.Pick(apexes_));
  return dice_.Pick(std::vector<std::string>{"", U16(10),
                                             good.substr(0, good.size() - 1),
                                             good + "x", U16(10) + "\xc0\x0c"});
}

Name Builder::RandomExchange() {
  if (dice_.Chance(3)) return dice_.Pick(AddressesAsNames());
  if (dice_.Chance(3)) return world_.next_hop.name;
  if (dice_.Chance(2)) return {};
  return RandomName();
}

std::vector<std::string> Builder::RandomMx(size_t hosts) {
  std::vector<std::string> rdata;
  const std::vector<size_t> preferences = {0, 10, 10, 10, 20, 30, 256, 65535};
  for (size_t count = 0; count < hosts; ++count) {
    exchanges_.push_back(RandomExchange());
    rdata.push_back(MxRdata(dice_.Pick(preferences), exchanges_.back()));
  }
  return rdata;
}

void Builder::BuildDomain(const Name& name) {
  const Name owner = BuildAliases(name).back();
  const size_t throw_ = dice_.Below(100);
  if (throw_ < 10) return;
  if (throw_ < 17) return PutDenial(owner, RrType::kMx);
  if (throw_ < 22) {
    return Put(owner, RrType::kMx, {MxRdata(dice_.Below(2) * 10, Name())});
  }
  if (throw_ < 23) {
    return Put(owner, RrType::kMx, {MxRdata(0, Name()), MxRdata(5, Name())});
  }
  size_t hosts = 1 + dice_.Below(4);
  if (throw_ >= 92) hosts = 1 + dice_.Below(40);
  if (dice_.Chance(1) && dice_.Chance(10)) hosts = 490 + dice_.Below(40);
  std::vector<std::string> rdata = RandomMx(hosts);
  if (dice_.Chance(3)) rdata.push_back(MxRdata(15, Name()));
  if (dice_.Chance(2)) rdata.push_back(MalformedMxRdata());
  Put(owner, RrType::kMx, std::move(rdata));
}

}  // namespace

World RandomWorld(uint32_t seed) {
  Dice dice(seed);
  World world = RandomWorld(dice);
  world.seed = seed;
  return world;
}

World RandomWorld(Dice& dice) { return Builder(dice).Build(); }

World LaterWorld(const World& world, Dice& dice) {
  World later = world;
  for (auto& [question, rrset] : later.rrsets) {
    if (dice.Chance(25)) rrset.health = RandomHealth(dice);
    if (dice.Chance(25)) rrset.ttl = RandomTtl(dice);
    if (dice.Chance(15) && rrset.rdata.size() > 1) rrset.rdata.pop_back();
  }
  for (auto& [name, alias] : later.cnames) {
    if (dice.Chance(25)) alias.health = RandomHealth(dice);
    if (dice.Chance(25)) alias.ttl = RandomTtl(dice);
  }
  return later;
}

Choices RandomChoices(const Facts& facts, Dice& dice) {
  Choices choices;
  choices.insecure_mx = static_cast<InsecureMx>(dice.Below(3));
  choices.require = dice.Chance(25);
  choices.digest_order =
      dice.Pick(std::vector<DigestOrder>{{2, 1}, {2, 1}, {1, 2}, {1}, {2}, {}});
  if (dice.Chance(80)) return choices;
  choices.own_names.push_back(*Name::ParseText("another.name.example"));
  for (const HostFacts& host : facts.hosts) {
    if (dice.Chance(30)) choices.own_names.push_back(host.name);
  }
  return choices;
}

}  // namespace danebound
