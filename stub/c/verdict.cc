#include "stub/c/verdict.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "stub/dane/conclude.h"
#include "stub/dane/name.h"
#include "stub/system/printable.h"

namespace danebound::c {
namespace {

constexpr size_t kMostPort = 5;              // digits
constexpr absl::string_view kTcp = "._tcp";  // of a TLSA name
constexpr size_t kTlsaNameRoom = 1 + kMostPort + kTcp.size() + 1;
constexpr size_t kNextHopRoom = INET6_ADDRSTRLEN + 8;  // beside its name
char* Append(absl::string_view text, char* end) {
  return std::copy(text.begin(), text.end(), end);
}

char* Append(uint16_t number, char* end) {
  return std::to_chars(end, end + kMostPort, number).ptr;
}

char* AppendAddress(absl::string_view octets, char* end) {
  const int family = octets.size() == sizeof(in6_addr) ? AF_INET6 : AF_INET;
  inet_ntop(family, octets.data(), end, INET6_ADDRSTRLEN);
  return end + absl::string_view(end).size();
}

// RFC 7672 2.2.3. One that is too long does not exist.
char* AppendTlsaName(absl::string_view base_domain, uint16_t port, char* text) {
  char* end = text;
  *end++ = '_';
  end = Append(port, end);
  const size_t size = static_cast<size_t>(end - text) + 1 + kTcp.size();
  if (size + base_domain.size() > Name::kMostWire) return Append(".", text);
  end = Append(kTcp, end);
  if (base_domain.size() == 1) return end;
  *end++ = '.';
  return Name::WriteText(base_domain, end);
}

constexpr size_t AddressRoom(size_t octets) {
  return octets == sizeof(in6_addr) ? INET6_ADDRSTRLEN : INET_ADDRSTRLEN;
}

// How many of each part are in a block, at most, and how many octets.
struct Sizes {
  size_t hosts = 0;
  size_t addresses = 0;
  size_t records = 0;
  size_t names = 0;
  size_t name_pointers = 0;
  size_t reasons = 0;
  size_t octets = 0;

  void AddText(size_t size) { octets += size + 1; }
  void AddName(absl::string_view wire) {
    ++names;
    AddText(Name::TextSize(wire));
  }
};

Sizes SizesOf(const FactsView& facts, const Choices& choices) {
  const FactsView::Totals& totals = facts.totals;
  Sizes sizes;
  sizes.hosts = facts.hosts.count;
  sizes.addresses = totals.addresses;
  sizes.records = totals.records;
  sizes.names = totals.names;
  sizes.name_pointers = ReferenceNames::kMost * sizes.hosts;
  // Those that the rules may add.
  sizes.reasons = totals.reasons;
  if (totals.records > 0) sizes.reasons += sizes.hosts;
  if (choices.require) sizes.reasons += sizes.hosts + 1;
  if (!choices.own_names.empty()) ++sizes.reasons;
  // Names stand once more in TLSA names.
  sizes.octets = 2 * totals.name_texts + totals.names +
                 sizes.hosts * (kTlsaNameRoom + 1 + kTlsKeySize + 1) +
                 totals.address_texts + sizes.records * (TlsaTextRoom(0) + 1) +
                 2 * totals.record_octets + totals.reasons +
                 totals.reason_octets;
  sizes.AddText(kNextHopRoom);
  if (facts.form != NextHopForm::kAddress) {
    sizes.AddText(Name::TextSize(facts.target));
    sizes.AddText(Name::TextSize(facts.target));
    sizes.AddText(Name::TextSize(facts.expanded));
  }
  return sizes;
}

// One piece of memory for an object and its parts.
class Block {
 public:
  // `object`: octets of it.
  Block(size_t object, const Sizes& sizes) {
    size_t size = object;
    const auto pool = [&size](size_t count, size_t each) {
      const size_t at = size;
      size += count * each;
      return at;
    };
    const size_t hosts = pool(sizes.hosts, sizeof(danebound_host));

    const size_t addresses = pool(sizes.addresses, sizeof(AddressPart));
    const size_t records = pool(sizes.records, sizeof(danebound_tlsa));
    const size_t by_rdata = pool(sizes.records, sizeof(danebound_tlsa*));
    const size_t names = pool(sizes.names, sizeof(NamePart));
    const size_t name_pointers = pool(sizes.name_pointers, sizeof(NamePart*));
    const size_t reasons = pool(sizes.reasons, sizeof(danebound_reason));
    const size_t octets = pool(sizes.octets, 1);
    memory_.reset(static_cast<char*>(::operator new(size)));
    char* const base = memory_.get();
    hosts_ = base + hosts;

    addresses_ = base + addresses;
    records_ = base + records;
    by_rdata_ = base + by_rdata;
    names_ = base + names;
    name_pointers_ = base + name_pointers;
    reasons_ = base + reasons;
    octets_ = base + octets;
    end_ = base + size;
  }

  template <typename Object>
  Object* Make() {
    return new (memory_.get()) Object;
  }
  // Gives the memory to the object made in it.
  void Release() { memory_.release(); }

  Parts<danebound_host> Hosts(size_t count) {
    return Take<danebound_host>(count, &hosts_);
  }

  Parts<AddressPart> Addresses(size_t count) {
    return Take<AddressPart>(count, &addresses_);
  }
  Parts<danebound_tlsa> Records(size_t count) {
    return Take<danebound_tlsa>(count, &records_);
  }
  Parts<const danebound_tlsa*> RecordPointers(size_t count) {
    return Take<const danebound_tlsa*>(count, &by_rdata_);
  }
  Parts<const NamePart*> NamePointers(size_t count) {
    return Take<const NamePart*>(count, &name_pointers_);
  }
  Parts<danebound_reason> Reasons(size_t count) {
    return Take<danebound_reason>(count, &reasons_);
  }

  char* Octets(size_t size) {
    if (size > static_cast<size_t>(end_ - octets_)) {
      throw std::length_error("a verdict is larger than was reckoned");
    }
    return std::exchange(octets_, octets_ + size);
  }
  absl::string_view Copy(absl::string_view octets) {
    char* const copy = Octets(octets.size());
    Append(octets, copy);
    return {copy, octets.size()};
  }
  void MakeRoom(size_t size, danebound_text* text) {
    text->room = Octets(size + 1);
  }
  void SetName(absl::string_view wire, NamePart* name) {
    name->wire = wire;
    MakeRoom(Name::TextSize(wire), &name->text);
  }
  const NamePart* NewName(absl::string_view wire) {
    NamePart* const name = Take<NamePart>(1, &names_).first;
    SetName(wire, name);
    return name;
  }

 private:
  struct Free {
    void operator()(char* memory) const { ::operator delete(memory); }
  };

  template <typename Part>
  static Parts<Part> Take(size_t count, char** pool) {
    static_assert(alignof(Part) <= 8 && sizeof(Part) % 8 == 0);
    static_assert(std::is_trivially_destructible_v<Part>);
    Parts<Part> parts;
    parts.count = count;
    for (size_t i = 0; i < count; ++i, *pool += sizeof(Part)) {
      Part* const part = new (*pool) Part();
      if (i == 0) parts.first = part;
    }
    return parts;
  }

  std::unique_ptr<char, Free> memory_;
  char* hosts_;

  char* addresses_;
  char* records_;
  char* by_rdata_;
  char* names_;
  char* name_pointers_;
  char* reasons_;
  char* octets_;
  char* end_;
};

static_assert(sizeof(danebound_verdict) % 8 == 0);

void AddReason(ReasonId id, const char* text, danebound_reason* reason) {
  reason->id = id;
  reason->added = text;
}

// Those of facts, and room for those of the rules.
void SetReasons(ListView from, size_t added, Block& block,
                Parts<danebound_reason>* reasons) {
  *reasons = block.Reasons(from.count + added);
  for (danebound_reason* at = reasons->first; from.count > 0; ++at) {
    const ReasonView view = TakeReason(&from);
    at->id = view.id;
    at->ede = view.ede;
    at->raw = view.text;
    block.MakeRoom(view.text.size(), &at->text);
  }
}

void SetAddresses(ListView from, Block& block, Parts<AddressPart>* addresses) {
  *addresses = block.Addresses(from.count);
  for (AddressPart& part : *addresses) {
    const AddressView view = TakeAddress(&from);
    part.security = view.security;
    part.octets = view.octets;
    block.MakeRoom(AddressRoom(part.octets.size()) - 1, &part.text);
  }
}

// Judges records, whose RDATA is set. RFC 7671 9.
void JudgeRecords(const DigestOrder& order, Block& block,
                  danebound_host* host) {
  DigestAgility agility(order);
  for (danebound_tlsa& record : host->tlsa) {
    record.fields = TlsaFieldsOf(record.rdata);
    record.why_not = JudgeRdata(record.fields, order);
    if (record.usable()) agility.Add(record.fields);
    block.MakeRoom(TlsaTextRoom(record.rdata.size()), &record.text);
  }
  for (danebound_tlsa& record : host->tlsa) {
    record.superseded = record.usable() && agility.IsSuperseded(record.fields);
  }
  host->by_rdata = block.RecordPointers(host->tlsa.count);
}

bool HasUsable(const danebound_host& host) {
  return std::any_of(
      host.tlsa.begin(), host.tlsa.end(),
      [](const danebound_tlsa& record) { return record.usable(); });
}

void SetBaseDomain(const NamePart* name, Block& block, danebound_host* host) {
  host->base_domain = name;
  block.MakeRoom(Name::TextSize(name->wire) + kTlsaNameRoom, &host->tlsa_name);
}

void SetNames(const HostView& view, Block& block, danebound_host* host) {
  host->name = host->expanded = block.NewName(view.name);
  if (view.expanded != view.name) host->expanded = block.NewName(view.expanded);
}

const NamePart* BaseDomainOf(const HostView& view, Block& block,
                             const danebound_host& host) {
  if (host.name != nullptr && view.base_domain == view.name) return host.name;
  if (host.expanded != nullptr && view.base_domain == view.expanded) {
    return host.expanded;
  }
  return block.NewName(view.base_domain);
}

// A text that goes with the verdict.
const char* Keep(std::string text, danebound_verdict* verdict) {
  verdict->added.push_front(std::move(text));
  return verdict->added.front().c_str();
}

std::string AllUnusableText(const danebound_host& host) {
  char name[Name::kMostText * Name::kMostWire + kTlsaNameRoom];
  char* const end = AppendTlsaName(host.base_domain->wire, host.port, name);
  return absl::StrCat(kAllUnusableText[0],
                      absl::string_view(name, static_cast<size_t>(end - name)),
                      kAllUnusableText[1]);
}

// As ConcludeHost (stub/dane/conclude.cc).
void SetHost(const HostView& view, const FactsView& facts,
             const Choices& choices, danebound_verdict* verdict, Block& block,
             danebound_host* host) {
  const MxOutline mx = facts.outline();
  host->port = facts.port;
  host->preference = view.preference;
  host->security = view.security;
  if (facts.form != NextHopForm::kAddress) SetNames(view, block, host);
  SetAddresses(view.addresses, block, &host->addresses);
  if (view.state == HostState::kTlsa) {
    SetBaseDomain(BaseDomainOf(view, block, *host), block, host);
    host->tlsa = block.Records(view.records.count);
    ListView records = view.records;
    for (danebound_tlsa& record : host->tlsa) {
      record.rdata = TakeRecord(&records);
    }
    JudgeRecords(choices.digest_order, block, host);
  }
  const bool has_usable = HasUsable(*host);
  host->found = DutyOf(mx, {view.state, has_usable, view.expires}, choices);

  const bool all_unusable = view.state == HostState::kTlsa && !has_usable;
  const bool is_required = host->found.cause == Cause::kDaneRequired;
  SetReasons(view.reasons, size_t{all_unusable} + size_t{is_required}, block,
             &host->reasons);
  danebound_reason* added = host->reasons.first + view.reasons.count;
  if (all_unusable) {
    AddReason(ReasonId::kAllUnusable, Keep(AllUnusableText(*host), verdict),
              added++);
  }
  if (is_required) {
    AddReason(
        ReasonId::kDaneRequired,
        (mx.is_insecure_mx() ? kRequiredOfInsecureMxText : kRequiredOfHostText)
            .data(),
        added);
  }

  if (host->found.duty == Duty::kAuthenticate) {
    const ReferenceNames names =
        ReferenceNamesOf(mx, view.base_domain, facts.target, facts.expanded);
    const NamePart* const parts[] = {host->base_domain, &verdict->domain,
                                     &verdict->expanded};
    host->names = block.NamePointers(names.count);
    for (size_t i = 0; i < names.count; ++i) {
      host->names.first[i] = *std::find_if(
          std::begin(parts), std::end(parts),
          [&](const NamePart* part) { return part->wire == names.names[i]; });
    }
  }
  host->has_tlsa_policy = HasTlsaPolicy(host->found);
  if (!host->has_tlsa_policy) {
    host->policy_domain = &verdict->domain;
  } else {
    host->policy_domain = host->tlsa.count > 0 ? host->base_domain : host->name;
  }
  block.MakeRoom(kTlsKeySize, &host->tls_key);
}

// Most verdicts have as many hosts at most.
using HostViews = absl::InlinedVector<HostView, 8>;

bool IsOwn(const HostView& host, const Choices& choices) {
  return std::any_of(
      choices.own_names.begin(), choices.own_names.end(),
      [&host](const Name& name) { return name.wire() == host.name; });
}

// RFC 5321 5.1: hosts no better than the best of the machine's own names are
// cut. Returns that one; nullopt where none is.
absl::optional<HostView> CutAtOwnName(Kind kind, const Choices& choices,
                                      HostViews* hosts) {
  if (!MayCut(kind) || choices.own_names.empty()) return absl::nullopt;
  const auto found =
      std::find_if(hosts->begin(), hosts->end(),
                   [&](const HostView& host) { return IsOwn(host, choices); });
  if (found == hosts->end()) return absl::nullopt;
  const HostView own = *found;
  const auto end = std::remove_if(hosts->begin(), hosts->end(),
                                  [&own](const HostView& host) {
                                    return host.preference >= own.preference;
                                  });
  hosts->erase(end, hosts->end());
  return own;
}

std::string OwnNameText(const HostView& own) {
  return absl::StrCat(Name::ParseWire(own.name)->ToText(), kOwnNameText[0],
                      own.preference, kOwnNameText[1]);
}

// RFC 5321 5.1.
void ShuffleEqualPreferences(HostViews& hosts, std::mt19937& random) {
  for (auto first = hosts.begin(); first != hosts.end();) {
    const auto last =
        std::find_if(first, hosts.end(), [first](const HostView& host) {
          return host.preference != first->preference;
        });
    std::shuffle(first, last, random);
    first = last;
  }
}

// Of facts, all but hosts and reasons.
void SetVerdict(const FactsView& facts, const Choices& choices, Block& block,
                danebound_verdict* verdict) {
  verdict->kind = facts.kind;
  verdict->security = facts.security;
  verdict->insecure_mx = facts.outline().is_insecure_mx();
  verdict->require = choices.require;
  verdict->truncated = facts.truncated;
  verdict->port = facts.port;
  verdict->form = facts.form;
  verdict->target = facts.target;
  const bool has_name = facts.form != NextHopForm::kAddress;
  block.MakeRoom((has_name ? Name::TextSize(facts.target) : 0) + kNextHopRoom,
                 &verdict->next_hop);
  if (!has_name) return;
  block.SetName(facts.target, &verdict->domain);
  block.SetName(facts.expanded, &verdict->expanded);
}

char* AppendNextHop(const danebound_verdict& verdict, char* end) {
  if (verdict.form == NextHopForm::kDomain) {
    return Name::WriteText(verdict.target, end);
  }
  *end++ = '[';
  if (verdict.form == NextHopForm::kHost) {
    end = Name::WriteText(verdict.target, end);
  } else {
    if (verdict.target.size() == sizeof(in6_addr)) end = Append("IPv6:", end);
    end = AppendAddress(verdict.target, end);
  }
  *end++ = ']';
  return end;
}

// As TlsKeyOf (stub/dane/tls_key.h). The pointers are the host's own room.
char* WriteTlsKey(const danebound_host& host, char* text) {
  TlsKeyHash hash(host.found.duty, host.port);
  if (IsBoundByTlsa(host.found.duty)) {
    hash.Add(host.base_domain->wire);
    hash.Add(host.names.count);
    for (const NamePart* name : host.names) {
      hash.Add(absl::string_view(name->Text()));
    }
    const danebound_tlsa** end = host.by_rdata.begin();
    for (const danebound_tlsa& record : host.tlsa) {
      if (record.counts()) *end++ = &record;
    }
    std::sort(host.by_rdata.begin(), end,
              [](const danebound_tlsa* a, const danebound_tlsa* b) {
                return a->rdata < b->rdata;
              });
    for (auto at = host.by_rdata.begin(); at != end; ++at) {
      hash.Add((*at)->rdata);
    }
  } else if (host.name != nullptr && host.name->wire.size() > 1) {
    hash.Add(host.name->wire);
  } else {
    for (const AddressPart& address : host.addresses) hash.Add(address.octets);
  }
  hash.End(text);
  return text + kTlsKeySize;
}

const uint8_t* Octets(absl::string_view octets, size_t* length) {
  if (length != nullptr) *length = octets.size();
  return reinterpret_cast<const uint8_t*>(octets.data());
}

Name NameOf(const NamePart* name) {
  if (name == nullptr) return Name();
  return Name::ParseWire(name->wire).value_or(Name());
}

// Ends what stands in a block, not the block.
struct EndVerdict {
  void operator()(danebound_verdict* verdict) const {
    verdict->~danebound_verdict();
  }
};
using VerdictPart = std::unique_ptr<danebound_verdict, EndVerdict>;

}  // namespace

const char* NamePart::Text() const {
  return text.Get([this](char* room) { return Name::WriteText(wire, room); });
}

danebound_verdict* NewVerdict(FoundFacts facts, const Choices& choices,
                              std::mt19937& random) {
  const FactsView view = facts.view();
  HostViews views;
  LifeOfHosts life;
  ListView hosts = view.hosts;
  while (hosts.count > 0) {
    views.push_back(TakeHost(&hosts, view.base));
    life.Add(views.back().state, views.back().expires);
  }
  const absl::optional<HostView> own = CutAtOwnName(view.kind, choices, &views);
  ShuffleEqualPreferences(views, random);

  Block block(sizeof(danebound_verdict), SizesOf(view, choices));
  VerdictPart owner(block.Make<danebound_verdict>());
  danebound_verdict* const verdict = owner.get();
  SetVerdict(view, choices, block, verdict);
  verdict->from_cache = facts.from_cache();
  verdict->expires = life.With(view.expires);
  verdict->hosts = block.Hosts(views.size());
  Disposing disposing;
  for (size_t i = 0; i < views.size(); ++i) {
    danebound_host* const host = verdict->hosts.first + i;
    SetHost(views[i], view, choices, verdict, block, host);
    disposing.Add(host->found, host->security);
  }
  verdict->decided =
      disposing.End(view.outline(), view.truncated, choices.require);

  const bool is_required = verdict->decided.is_dane_required;
  SetReasons(view.reasons, size_t{own.has_value()} + size_t{is_required}, block,
             &verdict->reasons);
  danebound_reason* added = verdict->reasons.first + view.reasons.count;
  if (own.has_value()) {
    AddReason(ReasonId::kOwnName, Keep(OwnNameText(*own), verdict), added++);
  }
  if (is_required) {
    AddReason(ReasonId::kDaneRequired, kRequiredOfReturnText.data(), added);
  }
  verdict->facts = std::move(facts);
  owner.release();
  block.Release();
  return verdict;
}

danebound_host* NewHost(Duty duty, const std::vector<std::string>& records,
                        const std::vector<Name>& names, uint16_t port,
                        const DigestOrder& order) {
  Sizes sizes;
  sizes.name_pointers = names.size();
  sizes.records = records.size();
  for (const Name& name : names) {
    sizes.AddName(name.wire());
    sizes.octets += name.wire().size();
  }
  for (const std::string& rdata : records) {
    sizes.AddText(TlsaTextRoom(rdata.size()));
    sizes.octets += rdata.size();
  }
  sizes.AddText(Name::TextSize(names.front().wire()) + kTlsaNameRoom);
  sizes.AddText(kTlsKeySize);
  Block block(sizeof(danebound_host), sizes);
  auto* const host = block.Make<danebound_host>();
  host->is_made = true;
  host->port = port;
  host->found = {duty, Cause::kNone, false, 0};
  const bool is_bound = IsBoundByTlsa(duty);
  const Parts<const NamePart*> parts = block.NamePointers(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    parts.first[i] = block.NewName(block.Copy(names[i].wire()));
  }
  host->name = host->expanded = *parts.first;
  if (is_bound || !records.empty()) SetBaseDomain(host->name, block, host);
  host->tlsa = block.Records(records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    host->tlsa.first[i].rdata = block.Copy(records[i]);
  }
  JudgeRecords(order, block, host);
  if (duty == Duty::kAuthenticate) host->names = parts;
  host->has_tlsa_policy = is_bound;
  host->policy_domain = host->name;
  block.MakeRoom(kTlsKeySize, &host->tls_key);
  block.Release();
  return host;
}

HostVerdict ValueOf(const danebound_host& host) {
  HostVerdict value;
  value.name = NameOf(host.name);
  value.expanded = NameOf(host.expanded);
  value.preference = host.preference;
  value.duty = host.found.duty;
  value.cause = host.found.cause;
  value.permanent = host.found.permanent;
  value.expires = host.found.expires;
  value.security = host.security;
  value.base_domain = NameOf(host.base_domain);
  for (const danebound_tlsa& record : host.tlsa) {
    value.tlsa.push_back(
        {record.fields.usage, record.fields.selector, record.fields.matching,
         std::string(record.fields.data), std::string(record.rdata),
         record.why_not, record.superseded});
  }
  value.sni = danebound_host_sni(&host);
  for (const NamePart* name : host.names) {
    value.names.emplace_back(name->Text());
  }
  value.tls_key = danebound_host_tls_key(&host);
  return value;
}

}  // namespace danebound::c

using danebound::c::NamePart;
using danebound::c::Octets;

void danebound_verdict_free(danebound_verdict* verdict) {
  if (verdict == nullptr) return;
  verdict->~danebound_verdict();
  ::operator delete(verdict);
}

void danebound_host_free(danebound_host* host) {
  if (host == nullptr || !host->is_made) return;
  host->~danebound_host();
  ::operator delete(host);
}

namespace {

const char* TextOf(const NamePart* name) {
  return name == nullptr || name->wire.empty() ? "" : name->Text();
}

const danebound::c::AddressPart* AddressAt(const danebound_host* host,
                                           size_t index) {
  return host == nullptr ? nullptr : host->addresses.At(index);
}

}  // namespace

danebound_disposition danebound_verdict_disposition(
    const danebound_verdict* verdict) {
  if (verdict == nullptr) return DANEBOUND_DISPOSITION_DEFER;
  return static_cast<danebound_disposition>(verdict->decided.disposition);
}

const char* danebound_verdict_dsn(const danebound_verdict* verdict) {
  return verdict == nullptr ? "" : verdict->decided.dsn.data();
}

const char* danebound_verdict_next_hop(const danebound_verdict* verdict) {
  if (verdict == nullptr) return "";
  return verdict->next_hop.Get([verdict](char* room) {
    return danebound::c::AppendNextHop(*verdict, room);
  });
}

uint16_t danebound_verdict_port(const danebound_verdict* verdict) {
  return verdict == nullptr ? 0 : verdict->port;
}

danebound_kind danebound_verdict_kind(const danebound_verdict* verdict) {
  if (verdict == nullptr) return DANEBOUND_KIND_FAILED;
  return static_cast<danebound_kind>(verdict->kind);
}

danebound_security danebound_verdict_security(
    const danebound_verdict* verdict) {
  if (verdict == nullptr) return DANEBOUND_SECURITY_FAILED;
  return static_cast<danebound_security>(verdict->security);
}

const char* danebound_verdict_expanded(const danebound_verdict* verdict) {
  return verdict == nullptr ? "" : TextOf(&verdict->expanded);
}

int danebound_verdict_insecure_mx(const danebound_verdict* verdict) {
  return verdict != nullptr && verdict->insecure_mx ? 1 : 0;
}

int danebound_verdict_require(const danebound_verdict* verdict) {
  return verdict != nullptr && verdict->require ? 1 : 0;
}

int danebound_verdict_from_cache(const danebound_verdict* verdict) {
  return verdict != nullptr && verdict->from_cache ? 1 : 0;
}

int danebound_verdict_truncated(const danebound_verdict* verdict) {
  return verdict != nullptr && verdict->truncated ? 1 : 0;
}

int64_t danebound_verdict_expires(const danebound_verdict* verdict) {
  return verdict == nullptr ? 0 : verdict->expires;
}

size_t danebound_verdict_reason_count(const danebound_verdict* verdict) {
  return verdict == nullptr ? 0 : verdict->reasons.count;
}

const danebound_reason* danebound_verdict_reason(
    const danebound_verdict* verdict, size_t index) {
  return verdict == nullptr ? nullptr : verdict->reasons.At(index);
}

size_t danebound_verdict_host_count(const danebound_verdict* verdict) {
  return verdict == nullptr ? 0 : verdict->hosts.count;
}

const danebound_host* danebound_verdict_host(const danebound_verdict* verdict,
                                             size_t index) {
  return verdict == nullptr ? nullptr : verdict->hosts.At(index);
}

danebound_duty danebound_host_duty(const danebound_host* host) {
  if (host == nullptr) return DANEBOUND_DUTY_SKIP;
  return static_cast<danebound_duty>(host->found.duty);
}

danebound_cause danebound_host_cause(const danebound_host* host) {
  if (host == nullptr) return DANEBOUND_CAUSE_NOT_EVALUATED;
  return static_cast<danebound_cause>(host->found.cause);
}

int danebound_host_permanent(const danebound_host* host) {
  return host != nullptr && host->found.permanent ? 1 : 0;
}

const char* danebound_host_name(const danebound_host* host) {
  return host == nullptr ? "" : TextOf(host->name);
}

const char* danebound_host_expanded(const danebound_host* host) {
  return host == nullptr ? "" : TextOf(host->expanded);
}

uint16_t danebound_host_preference(const danebound_host* host) {
  return host == nullptr ? 0 : host->preference;
}

uint16_t danebound_host_port(const danebound_host* host) {
  return host == nullptr ? 0 : host->port;
}

danebound_security danebound_host_security(const danebound_host* host) {
  if (host == nullptr) return DANEBOUND_SECURITY_FAILED;
  return static_cast<danebound_security>(host->security);
}

size_t danebound_host_address_count(const danebound_host* host) {
  return host == nullptr ? 0 : host->addresses.count;
}

const char* danebound_host_address(const danebound_host* host, size_t index) {
  const danebound::c::AddressPart* const address = AddressAt(host, index);
  if (address == nullptr) return "";
  return address->text.Get([address](char* room) {
    return danebound::c::AppendAddress(address->octets, room);
  });
}

const uint8_t* danebound_host_address_octets(const danebound_host* host,
                                             size_t index, size_t* length) {
  const danebound::c::AddressPart* const address = AddressAt(host, index);
  if (address == nullptr) return Octets(absl::string_view(), length);
  return Octets(address->octets, length);
}

danebound_security danebound_host_address_security(const danebound_host* host,
                                                   size_t index) {
  const danebound::c::AddressPart* const address = AddressAt(host, index);
  if (address == nullptr) return DANEBOUND_SECURITY_FAILED;
  return static_cast<danebound_security>(address->security);
}

const char* danebound_host_base_domain(const danebound_host* host) {
  return host == nullptr
             ? ""
             : (host->tlsa.count == 0 ? "" : TextOf(host->base_domain));
}

const char* danebound_host_tlsa_name(const danebound_host* host) {
  if (host == nullptr || host->tlsa.count == 0) return "";
  return host->tlsa_name.Get([host](char* room) {
    return danebound::c::AppendTlsaName(host->base_domain->wire, host->port,
                                        room);
  });
}

size_t danebound_host_tlsa_count(const danebound_host* host) {
  return host == nullptr ? 0 : host->tlsa.count;
}

const danebound_tlsa* danebound_host_tlsa(const danebound_host* host,
                                          size_t index) {
  return host == nullptr ? nullptr : host->tlsa.At(index);
}

const char* danebound_host_sni(const danebound_host* host) {
  const bool is_sent =
      host != nullptr && danebound::IsBoundByTlsa(host->found.duty);
  return is_sent ? TextOf(host->base_domain) : "";
}

size_t danebound_host_reference_name_count(const danebound_host* host) {
  return host == nullptr ? 0 : host->names.count;
}

const char* danebound_host_reference_name(const danebound_host* host,
                                          size_t index) {
  const NamePart* const* const name =
      host == nullptr ? nullptr : host->names.At(index);
  return name == nullptr ? "" : (*name)->Text();
}

const char* danebound_host_tls_key(const danebound_host* host) {
  if (host == nullptr) return "";
  return host->tls_key.Get(
      [host](char* room) { return danebound::c::WriteTlsKey(*host, room); });
}

const char* danebound_host_policy_type(const danebound_host* host) {
  if (host == nullptr) return "";
  return host->has_tlsa_policy ? "tlsa" : "no-policy-found";
}

const char* danebound_host_policy_domain(const danebound_host* host) {
  return host == nullptr ? "" : TextOf(host->policy_domain);
}

size_t danebound_host_policy_string_count(const danebound_host* host) {
  return host == nullptr || !host->has_tlsa_policy ? 0 : host->tlsa.count;
}

const char* danebound_host_policy_string(const danebound_host* host,
                                         size_t index) {
  if (host == nullptr || !host->has_tlsa_policy) return "";
  return danebound_tlsa_text(host->tlsa.At(index));
}

int64_t danebound_host_expires(const danebound_host* host) {
  return host == nullptr ? 0 : host->found.expires;
}

size_t danebound_host_reason_count(const danebound_host* host) {
  return host == nullptr ? 0 : host->reasons.count;
}

const danebound_reason* danebound_host_reason(const danebound_host* host,
                                              size_t index) {
  return host == nullptr ? nullptr : host->reasons.At(index);
}

uint8_t danebound_tlsa_usage(const danebound_tlsa* record) {
  return record == nullptr ? 0 : record->fields.usage;
}

uint8_t danebound_tlsa_selector(const danebound_tlsa* record) {
  return record == nullptr ? 0 : record->fields.selector;
}

uint8_t danebound_tlsa_matching(const danebound_tlsa* record) {
  return record == nullptr ? 0 : record->fields.matching;
}

const uint8_t* danebound_tlsa_data(const danebound_tlsa* record,
                                   size_t* length) {
  if (record == nullptr) return Octets(absl::string_view(), length);
  return Octets(record->fields.data, length);
}

const uint8_t* danebound_tlsa_rdata(const danebound_tlsa* record,
                                    size_t* length) {
  if (record == nullptr) return Octets(absl::string_view(), length);
  return Octets(record->rdata, length);
}

int danebound_tlsa_usable(const danebound_tlsa* record) {
  return record != nullptr && record->usable() ? 1 : 0;
}

danebound_why_not danebound_tlsa_why_not(const danebound_tlsa* record) {
  if (record == nullptr) return DANEBOUND_WHY_NOT_TOO_SHORT;
  return static_cast<danebound_why_not>(record->why_not);
}

int danebound_tlsa_superseded(const danebound_tlsa* record) {
  return record != nullptr && record->superseded ? 1 : 0;
}

int danebound_tlsa_counts(const danebound_tlsa* record) {
  return record != nullptr && record->counts() ? 1 : 0;
}

const char* danebound_tlsa_text(const danebound_tlsa* record) {
  if (record == nullptr) return "";
  return record->text.Get([record](char* room) {
    return danebound::WriteTlsaText(record->rdata, room);
  });
}

danebound_reason_id danebound_reason_identifier(
    const danebound_reason* reason) {
  if (reason == nullptr) return DANEBOUND_REASON_NONE;
  return static_cast<danebound_reason_id>(reason->id);
}

const char* danebound_reason_text(const danebound_reason* reason) {
  if (reason == nullptr) return "";
  if (reason->added != nullptr) return reason->added;
  return reason->text.Get([reason](char* room) {
    return danebound::WritePrintable(reason->raw, room);
  });
}

int danebound_reason_ede(const danebound_reason* reason) {
  return reason == nullptr ? -1 : reason->ede;
}

const char* danebound_reason_tlsrpt(const danebound_reason* reason) {
  if (reason == nullptr) return "";
  return danebound::TlsrptResultOf(reason->id).data();
}
