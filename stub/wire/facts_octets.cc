#include "stub/wire/facts_octets.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "stub/dane/address.h"
#include "stub/dane/reason.h"

namespace danebound {
namespace {

constexpr size_t kMostText = 65535;

void PutLife(int64_t expires, int64_t now, Writer& writer) {
  constexpr int64_t kLongest = std::numeric_limits<uint32_t>::max();
  // Both ends come from a clock or a TTL; compared first, nothing overflows.
  const int64_t life = expires <= now ? 0 : expires - now;
  writer.PutU32(static_cast<uint32_t>(std::min(life, kLongest)));
}

void PutAddress(const Address& address, Writer& writer) {
  writer.PutString8("address", address.octets());
}

Address TakeAddress(Cursor& cursor) {
  const std::string octets = cursor.TakeString8("address");
  if (!cursor.ok()) return {};
  absl::StatusOr<Address> address = Address::ParseOctets(octets);
  if (address.ok()) return *address;
  cursor.Fail("address", absl::string_view(address.status().message()));
  return {};
}

// One octet says whether the name differs from `original` and follows.
void PutExpanded(const Name& expanded, const Name& original, Writer& writer) {
  writer.PutBool(expanded != original);
  if (expanded != original) writer.PutName(expanded);
}

void PutReason(const Reason& reason, Writer& writer) {
  writer.PutEnum(reason.id);
  // What no field can hold is for people, who read no more of it.
  writer.PutString16("reason",
                     absl::string_view(reason.text).substr(0, kMostText));
  writer.PutBool(reason.ede.has_value());
  if (reason.ede.has_value()) writer.PutU16(*reason.ede);
}

void PutReasons(const std::vector<Reason>& reasons, Writer& writer) {
  writer.PutCount("reasons", reasons.size());
  for (const Reason& reason : reasons) PutReason(reason, writer);
}

void PutHostAddresses(const std::vector<HostAddress>& addresses,
                      Writer& writer) {
  writer.PutCount("addresses", addresses.size());
  for (const HostAddress& address : addresses) {
    writer.PutEnum(address.security);
    PutAddress(address.address, writer);
  }
}

void PutTlsa(const HostFacts& host, Writer& writer) {
  writer.PutName(host.base_domain);
  writer.PutCount("TLSA records", host.tlsa.size());
  for (const std::string& rdata : host.tlsa) {
    writer.PutString16("TLSA record", rdata);
  }
}

void PutHost(const HostFacts& host, int64_t now, Writer& writer) {
  writer.PutName(host.name);
  PutExpanded(host.expanded, host.name, writer);
  writer.PutU16(host.preference);
  writer.PutEnum(host.state);
  writer.PutEnum(host.security);
  PutLife(host.expires, now, writer);
  PutReasons(host.reasons, writer);
  PutHostAddresses(host.addresses, writer);
  if (host.state == HostState::kTlsa) PutTlsa(host, writer);
}

}  // namespace

void PutNextHop(const NextHop& next_hop, Writer& writer) {
  writer.PutOctets(KeyOf(next_hop));
}

NextHop TakeNextHop(Cursor& cursor) {
  NextHop next_hop;
  next_hop.form = cursor.TakeEnum("next hop form", NextHopForm::kAddress);
  next_hop.port = cursor.TakeU16("port");
  if (next_hop.port == 0) cursor.Fail("port", "0 is no port");
  if (next_hop.form == NextHopForm::kAddress) {
    next_hop.address = TakeAddress(cursor);
  } else {
    next_hop.name = cursor.TakeName("next hop");
  }
  return next_hop;
}

void PutFacts(const Facts& facts, int64_t now, Writer& writer) {
  PutNextHop(facts.next_hop, writer);
  PutExpanded(facts.expanded, facts.next_hop.name, writer);
  writer.PutEnum(facts.kind);
  writer.PutEnum(facts.security);
  writer.PutBool(facts.truncated);
  PutLife(facts.expires, now, writer);
  PutReasons(facts.reasons, writer);
  writer.PutCount("hosts", facts.hosts.size());
  for (const HostFacts& host : facts.hosts) PutHost(host, now, writer);
}

Facts TakeFacts(Cursor& cursor, const LifeBase& base) {
  const FactsView view = TakeFactsView(cursor, base);
  return cursor.ok() ? FactsOf(view) : Facts();
}

std::string KeyOf(const NextHop& next_hop) {
  std::string octets;
  AppendKey(next_hop, &octets);
  return octets;
}

void AppendKey(const NextHop& next_hop, std::string* octets) {
  const bool is_address = next_hop.form == NextHopForm::kAddress;
  const absl::string_view target =
      is_address ? next_hop.address.octets() : next_hop.name.wire();
  octets->push_back(static_cast<char>(next_hop.form));
  octets->push_back(static_cast<char>(next_hop.port >> 8));
  octets->push_back(static_cast<char>(next_hop.port));
  if (is_address) octets->push_back(static_cast<char>(target.size()));
  octets->append(target.data(), target.size());
}

size_t KeySize(absl::string_view octets) {
  constexpr size_t kFront = 3;  // form, port
  if (octets.size() < kFront ||
      octets[0] >= static_cast<char>(NextHopForm::kAddress) || octets[0] < 0 ||
      (octets[1] == 0 && octets[2] == 0)) {
    return 0;
  }
  const absl::string_view target = octets.substr(kFront);
  const size_t size = Name::WireSize(target).value_or(0);
  const bool is_lower_case =
      std::none_of(target.begin(), target.begin() + size,
                   [](char octet) { return octet >= 'A' && octet <= 'Z'; });
  return size > 0 && is_lower_case ? kFront + size : 0;
}

absl::StatusOr<std::string> EncodeFacts(const Facts& facts, int64_t counted) {
  Writer writer;
  PutFacts(facts, counted, writer);
  if (!writer.status().ok()) return writer.status();
  return writer.octets();
}

absl::StatusOr<Facts> ParseFacts(absl::string_view octets, int64_t counted) {
  const absl::StatusOr<FactsView> view = ViewFacts(octets, {counted, 0});
  if (!view.ok()) return view.status();
  return FactsOf(*view);
}

}  // namespace danebound
