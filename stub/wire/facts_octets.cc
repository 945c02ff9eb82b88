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

void PutLife(int64_t expires, int64_t now, Writer& writer) {
  constexpr int64_t kLongest = std::numeric_limits<uint32_t>::max();
  // Both ends come from a clock or a TTL; compared first, nothing overflows.
  const int64_t life = expires <= now ? 0 : expires - now;
  writer.PutU32(static_cast<uint32_t>(std::min(life, kLongest)));
}

int64_t TakeLife(Cursor& cursor, const LifeBase& base) {
  const uint32_t life = cursor.TakeU32("life");
  return base.now + (life > base.age ? life - base.age : 0);
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

Name TakeExpanded(Cursor& cursor, const Name& original) {
  return cursor.TakeBool("expanded") ? cursor.TakeName("expanded") : original;
}

void PutReason(const Reason& reason, Writer& writer) {
  writer.PutEnum(reason.id);
  writer.PutString16("reason", reason.text);
  writer.PutBool(reason.ede.has_value());
  if (reason.ede.has_value()) writer.PutU16(*reason.ede);
}

Reason TakeReason(Cursor& cursor) {
  Reason reason;
  reason.id = static_cast<ReasonId>(cursor.TakeU8("reason"));
  if (ToText(reason.id).empty()) cursor.Fail("reason", "unknown number");
  reason.text = cursor.TakeString16("reason");
  if (cursor.TakeBool("extended error")) {
    reason.ede = cursor.TakeU16("extended error");
  }
  return reason;
}

void PutReasons(const std::vector<Reason>& reasons, Writer& writer) {
  writer.PutCount("reasons", reasons.size());
  for (const Reason& reason : reasons) PutReason(reason, writer);
}

std::vector<Reason> TakeReasons(Cursor& cursor) {
  std::vector<Reason> reasons;
  for (int left = cursor.TakeU16("reasons"); left > 0 && cursor.ok(); --left) {
    reasons.push_back(TakeReason(cursor));
  }
  return reasons;
}

void PutHostAddresses(const std::vector<HostAddress>& addresses,
                      Writer& writer) {
  writer.PutCount("addresses", addresses.size());
  for (const HostAddress& address : addresses) {
    writer.PutEnum(address.security);
    PutAddress(address.address, writer);
  }
}

std::vector<HostAddress> TakeHostAddresses(Cursor& cursor) {
  std::vector<HostAddress> addresses;
  for (int left = cursor.TakeU16("addresses"); left > 0 && cursor.ok();
       --left) {
    HostAddress address;
    address.security = cursor.TakeEnum("address security", Security::kSecure);
    address.address = TakeAddress(cursor);
    addresses.push_back(std::move(address));
  }
  return addresses;
}

void PutTlsa(const HostFacts& host, Writer& writer) {
  writer.PutName(host.base_domain);
  writer.PutCount("TLSA records", host.tlsa.size());
  for (const std::string& rdata : host.tlsa) {
    writer.PutString16("TLSA record", rdata);
  }
}

void TakeTlsa(Cursor& cursor, HostFacts& host) {
  host.base_domain = cursor.TakeName("base domain");
  const int count = cursor.TakeU16("TLSA records");
  if (count == 0) cursor.Fail("TLSA records", "none in the state tlsa");
  for (int left = count; left > 0 && cursor.ok(); --left) {
    host.tlsa.push_back(cursor.TakeString16("TLSA record"));
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

HostFacts TakeHost(Cursor& cursor, const LifeBase& base) {
  HostFacts host;
  host.name = cursor.TakeName("host");
  host.expanded = TakeExpanded(cursor, host.name);
  host.preference = cursor.TakeU16("preference");
  host.state = cursor.TakeEnum("host state", HostState::kTlsa);
  host.security = cursor.TakeEnum("host security", Security::kSecure);
  host.expires = TakeLife(cursor, base);
  host.reasons = TakeReasons(cursor);
  host.addresses = TakeHostAddresses(cursor);
  if (host.state == HostState::kTlsa) TakeTlsa(cursor, host);
  return host;
}

}  // namespace

void PutNextHop(const NextHop& next_hop, Writer& writer) {
  writer.PutEnum(next_hop.form);
  writer.PutU16(next_hop.port);
  if (next_hop.form == NextHopForm::kAddress) {
    PutAddress(next_hop.address, writer);
  } else {
    writer.PutName(next_hop.name);
  }
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
  Facts facts;
  facts.next_hop = TakeNextHop(cursor);
  facts.expanded = TakeExpanded(cursor, facts.next_hop.name);
  facts.kind = cursor.TakeEnum("kind", Kind::kAddress);
  facts.security = cursor.TakeEnum("security", Security::kSecure);
  facts.truncated = cursor.TakeBool("truncated");
  facts.expires = TakeLife(cursor, base);
  facts.reasons = TakeReasons(cursor);
  for (int left = cursor.TakeU16("hosts"); left > 0 && cursor.ok(); --left) {
    facts.hosts.push_back(TakeHost(cursor, base));
  }
  // What rests on a failed lookup must not pass for an answer. RFC 7672 2.1.2.
  const std::string contradiction = ContradictionIn(facts);
  if (!contradiction.empty()) cursor.Fail("facts", contradiction);
  return facts;
}

std::string KeyOf(const NextHop& next_hop) {
  Writer writer;
  PutNextHop(next_hop, writer);
  return writer.octets();
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
  Cursor cursor(octets);
  Facts facts = TakeFacts(cursor, {counted, 0});
  const absl::Status status = cursor.Finish();
  if (!status.ok()) return status;
  return facts;
}

}  // namespace danebound
