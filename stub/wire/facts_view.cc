#include "stub/wire/facts_view.h"

#include <netinet/in.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "stub/dane/address.h"
#include "stub/wire/cursor.h"

namespace danebound {
namespace {

int64_t TakeLife(Cursor& cursor, const LifeBase& base) {
  const uint32_t life = cursor.TakeU32("life");
  return base.now + (life > base.age ? life - base.age : 0);
}

absl::string_view TakeExpanded(Cursor& cursor, absl::string_view original) {
  return cursor.TakeBool("expanded") ? cursor.TakeNameView("expanded")
                                     : original;
}

absl::string_view TakeAddressOctets(Cursor& cursor) {
  const absl::string_view octets = cursor.TakeView8("address");
  const bool is_one = octets.size() == 4 || octets.size() == 16;
  if (!is_one) cursor.Fail("address", "an address has 4 or 16 octets");
  return octets;
}

AddressView TakeAddress(Cursor& cursor) {
  AddressView address;
  address.security = cursor.TakeEnum("address security", Security::kSecure);
  address.octets = TakeAddressOctets(cursor);
  return address;
}

ReasonView TakeReason(Cursor& cursor) {
  ReasonView reason;
  reason.id = static_cast<ReasonId>(cursor.TakeU8("reason"));
  if (ToText(reason.id).empty()) cursor.Fail("reason", "unknown number");
  reason.text = cursor.TakeView16("reason");
  if (cursor.TakeBool("extended error")) {
    reason.ede = cursor.TakeU16("extended error");
  }
  return reason;
}

// Passes over a list, its count in front, with what takes one item.
template <typename TakeItem>
ListView TakeList(Cursor& cursor, absl::string_view field,
                  const TakeItem& take_item) {
  ListView list;
  list.count = cursor.TakeU16(field);
  const absl::string_view before = cursor.rest();
  for (size_t left = list.count; left > 0 && cursor.ok(); --left) take_item();
  list.octets = before.substr(0, before.size() - cursor.rest().size());
  return list;
}

ListView TakeReasons(Cursor& cursor, FactsView::Totals* totals) {
  ListView reasons = TakeList(cursor, "reasons", [&] {
    totals->reason_octets += TakeReason(cursor).text.size();
  });
  totals->reasons += reasons.count;
  return reasons;
}

ListView TakeAddresses(Cursor& cursor, bool* has_failed,
                       FactsView::Totals* totals) {
  ListView addresses = TakeList(cursor, "addresses", [&] {
    const AddressView address = TakeAddress(cursor);
    if (IsFailure(address.security)) *has_failed = true;
    totals->address_texts +=
        address.octets.size() == 4 ? INET_ADDRSTRLEN : INET6_ADDRSTRLEN;
  });
  totals->addresses += addresses.count;
  return addresses;
}

ListView TakeRecords(Cursor& cursor, FactsView::Totals* totals) {
  ListView records = TakeList(cursor, "TLSA records", [&] {
    totals->record_octets += cursor.TakeView16("TLSA record").size();
  });
  if (records.count == 0) {
    cursor.Fail("TLSA records", "none in the state tlsa");
  }
  totals->records += records.count;
  return records;
}

void AddName(absl::string_view wire, FactsView::Totals* totals) {
  ++totals->names;
  totals->name_texts += Name::TextSize(wire);
}

HostView TakeHost(Cursor& cursor, const LifeBase& base, bool* has_failed,
                  FactsView::Totals* totals) {
  HostView host;
  host.name = cursor.TakeNameView("host");
  host.expanded = TakeExpanded(cursor, host.name);
  host.preference = cursor.TakeU16("preference");
  host.state = cursor.TakeEnum("host state", HostState::kTlsa);
  host.security = cursor.TakeEnum("host security", Security::kSecure);
  host.expires = TakeLife(cursor, base);
  host.reasons = TakeReasons(cursor, totals);
  host.addresses = TakeAddresses(cursor, has_failed, totals);
  if (host.state == HostState::kTlsa) {
    host.base_domain = cursor.TakeNameView("base domain");
    host.records = TakeRecords(cursor, totals);
  }
  if (!cursor.ok()) return host;
  AddName(host.name, totals);
  if (host.expanded != host.name) AddName(host.expanded, totals);
  if (host.records.count > 0 && host.base_domain != host.name &&
      host.base_domain != host.expanded) {
    AddName(host.base_domain, totals);
  }
  return host;
}

HostOutline OutlineOf(const HostView& host, bool has_failed_address) {
  HostOutline outline;
  outline.state = host.state;
  outline.security = host.security;
  outline.has_addresses = host.addresses.count > 0;
  outline.has_failed_address = has_failed_address;
  outline.has_tlsa = host.records.count > 0;
  outline.has_own_base =
      host.base_domain == host.name || host.base_domain == host.expanded;
  return outline;
}

// What rests on a failed lookup must not pass for an answer. RFC 7672 2.1.2.
void CheckHost(const HostView& host, bool has_failed_address, Cursor& cursor) {
  if (!cursor.ok()) return;
  const absl::string_view wrong =
      ContradictionIn(OutlineOf(host, has_failed_address));
  if (wrong.empty()) return;
  cursor.Fail("facts",
              absl::StrCat(Name::ParseWire(host.name)->ToText(), ": ", wrong));
}

void TakeNextHop(Cursor& cursor, FactsView* view) {
  const absl::string_view before = cursor.rest();
  view->form = cursor.TakeEnum("next hop form", NextHopForm::kAddress);
  view->port = cursor.TakeU16("port");
  if (view->port == 0) cursor.Fail("port", "0 is no port");
  view->target = view->form == NextHopForm::kAddress
                     ? TakeAddressOctets(cursor)
                     : cursor.TakeNameView("next hop");
  view->key = before.substr(0, before.size() - cursor.rest().size());
}

// A cursor over what has been checked.
template <typename TakeItem>
auto TakeFirst(ListView* list, const TakeItem& take_item) {
  Cursor cursor(list->octets);
  const auto item = take_item(cursor);
  list->octets = cursor.rest();
  --list->count;
  return item;
}

Name NameOf(absl::string_view wire) {
  return wire.empty() ? Name() : Name::ParseWire(wire).value();
}

std::vector<Reason> ReasonsOf(ListView list) {
  std::vector<Reason> reasons;
  reasons.reserve(list.count);
  while (list.count > 0) {
    const ReasonView view = TakeReason(&list);
    Reason reason{view.id, std::string(view.text), absl::nullopt};
    if (view.ede >= 0) reason.ede = static_cast<uint16_t>(view.ede);
    reasons.push_back(std::move(reason));
  }
  return reasons;
}

HostFacts HostOf(HostView view) {
  HostFacts host;
  host.name = NameOf(view.name);
  host.expanded = NameOf(view.expanded);
  host.preference = view.preference;
  host.state = view.state;
  host.security = view.security;
  host.expires = view.expires;
  host.reasons = ReasonsOf(view.reasons);
  host.addresses.reserve(view.addresses.count);
  while (view.addresses.count > 0) {
    const AddressView address = TakeAddress(&view.addresses);
    host.addresses.push_back(
        {Address::ParseOctets(address.octets).value(), address.security});
  }
  host.base_domain = NameOf(view.base_domain);
  host.tlsa.reserve(view.records.count);
  while (view.records.count > 0) {
    host.tlsa.emplace_back(TakeRecord(&view.records));
  }
  return host;
}

}  // namespace

FactsView TakeFactsView(Cursor& cursor, const LifeBase& base) {
  FactsView view;
  view.base = base;
  TakeNextHop(cursor, &view);
  const bool has_name = view.form != NextHopForm::kAddress;
  // The root stands for the name that an address has not.
  constexpr absl::string_view kRoot("\0", 1);
  view.expanded = TakeExpanded(cursor, has_name ? view.target : kRoot);
  view.kind = cursor.TakeEnum("kind", Kind::kAddress);
  view.security = cursor.TakeEnum("security", Security::kSecure);
  view.truncated = cursor.TakeBool("truncated");
  view.expires = TakeLife(cursor, base);
  view.reasons = TakeReasons(cursor, &view.totals);
  view.hosts = TakeList(cursor, "hosts", [&] {
    bool has_failed_address = false;
    const HostView host =
        TakeHost(cursor, base, &has_failed_address, &view.totals);
    CheckHost(host, has_failed_address, cursor);
  });
  if (!cursor.ok()) return view;
  const std::string wrong = ContradictionIn(
      FactsOutline{view.kind, view.form, view.security, view.hosts.count > 0});
  if (!wrong.empty()) cursor.Fail("facts", wrong);
  return view;
}

absl::StatusOr<FactsView> ViewFacts(absl::string_view octets,
                                    const LifeBase& base) {
  Cursor cursor(octets);
  FactsView view = TakeFactsView(cursor, base);
  const absl::Status status = cursor.Finish();
  if (!status.ok()) return status;
  return view;
}

HostView TakeHost(ListView* hosts, const LifeBase& base) {
  return TakeFirst(hosts, [&base](Cursor& cursor) {
    bool has_failed_address = false;
    FactsView::Totals totals;
    return TakeHost(cursor, base, &has_failed_address, &totals);
  });
}

AddressView TakeAddress(ListView* addresses) {
  return TakeFirst(addresses,
                   [](Cursor& cursor) { return TakeAddress(cursor); });
}

absl::string_view TakeRecord(ListView* records) {
  return TakeFirst(
      records, [](Cursor& cursor) { return cursor.TakeView16("TLSA record"); });
}

ReasonView TakeReason(ListView* reasons) {
  return TakeFirst(reasons, [](Cursor& cursor) { return TakeReason(cursor); });
}

NextHop NextHopOf(const FactsView& view) {
  NextHop next_hop;
  next_hop.form = view.form;
  next_hop.port = view.port;
  if (view.form == NextHopForm::kAddress) {
    next_hop.address = Address::ParseOctets(view.target).value();
  } else {
    next_hop.name = NameOf(view.target);
  }
  return next_hop;
}

Facts FactsOf(const FactsView& view) {
  Facts facts;
  facts.next_hop = NextHopOf(view);
  facts.expanded = NameOf(view.expanded);
  facts.kind = view.kind;
  facts.security = view.security;
  facts.truncated = view.truncated;
  facts.expires = view.expires;
  facts.reasons = ReasonsOf(view.reasons);
  facts.hosts.reserve(view.hosts.count);
  ListView hosts = view.hosts;
  while (hosts.count > 0) {
    facts.hosts.push_back(HostOf(TakeHost(&hosts, view.base)));
  }
  return facts;
}

}  // namespace danebound
