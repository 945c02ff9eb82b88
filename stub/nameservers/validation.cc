#include "stub/nameservers/validation.h"

#include <ldns/ldns.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/system/free_with.h"

namespace danebound {
namespace {

using RdfPtr = std::unique_ptr<ldns_rdf, FreeWith<ldns_rdf_deep_free>>;
using RrPtr = std::unique_ptr<ldns_rr, FreeWith<ldns_rr_free>>;
using RrListPtr =
    std::unique_ptr<ldns_rr_list, FreeWith<ldns_rr_list_deep_free>>;
// Of records that others own.
using BorrowedPtr = std::unique_ptr<ldns_rr_list, FreeWith<ldns_rr_list_free>>;

// DNSKEY RDATA, RFC 4034 2.1.
constexpr size_t kKeyHeader = 4;
constexpr uint16_t kZoneKey = 0x0100;
constexpr uint16_t kRevokedKey = 0x0080;
constexpr uint8_t kDnssec = 3;

// RFC 9276 3.2: as Unbound has it.
constexpr size_t kMostIterations = 150;
// What a reply is looked at for: signatures of a set, and NSEC or NSEC3 sets. A
// server chooses how many it sends.
constexpr size_t kMostSignatures = 8;
constexpr size_t kMostGaps = 16;

absl::Status Refused(absl::string_view why) {
  return absl::FailedPreconditionError(why);
}

uint8_t OctetAt(absl::string_view octets, size_t at) {
  return static_cast<uint8_t>(octets[at]);
}

void AppendU16(std::string& octets, size_t number) {
  octets += static_cast<char>(number >> 8);
  octets += static_cast<char>(number);
}

RdfPtr RdfFrom(const Name& name) {
  return RdfPtr(ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, name.wire().size(),
                                      name.wire().data()));
}

Name NameFrom(const ldns_rdf* rdf) {
  return Name::ParseWire({reinterpret_cast<const char*>(ldns_rdf_data(rdf)),
                          ldns_rdf_size(rdf)})
      .value_or(Name());
}

// The record as ldns has it; null where ldns cannot read it.
ldns_rr* NewRr(const DnsRecord& record) {
  std::string wire(record.owner.wire());
  AppendU16(wire, record.type);
  AppendU16(wire, LDNS_RR_CLASS_IN);
  wire.append(4, '\0');  // what counts is the TTL that was signed
  AppendU16(wire, record.rdata.size());
  wire += record.rdata;
  ldns_rr* rr = nullptr;
  size_t position = 0;
  const ldns_status status =
      ldns_wire2rr(&rr, reinterpret_cast<const uint8_t*>(wire.data()),
                   wire.size(), &position, LDNS_SECTION_ANSWER);
  return status == LDNS_STATUS_OK ? rr : nullptr;
}

bool Push(ldns_rr_list* list, const DnsRecord& record) {
  RrPtr rr(NewRr(record));
  if (rr == nullptr || !ldns_rr_list_push_rr(list, rr.get())) return false;
  static_cast<void>(rr.release());
  return true;
}

// Labels without the root's and without a wildcard's. RFC 4034 3.1.3.
size_t SignedLabels(const Name& name) {
  const bool is_wildcard = name.wire().substr(0, 2) == "\1*";
  return name.LabelCount() - (is_wildcard ? 1 : 0);
}

bool MaySign(const std::string& dnskey) {
  return dnskey.size() > kKeyHeader && OctetAt(dnskey, 2) == kDnssec &&
         (U16At(dnskey, 0) & (kZoneKey | kRevokedKey)) == kZoneKey;
}

RrListPtr KeysOf(const ZoneKeys& keys) {
  RrListPtr list(ldns_rr_list_new());
  for (const std::string& dnskey : keys.dnskeys) {
    if (MaySign(dnskey)) {
      Push(list.get(), {keys.zone, kTypeDnskey, 0, dnskey});
    }
  }
  return list;
}

// What one signature comes to.
struct Signed {
  uint32_t ttl = 0;
  size_t labels = 0;  // fewer than the owner's: a wildcard made the records
};

absl::StatusOr<Signed> VerifySignature(const ldns_rr_list* records,
                                       const DnsRecord& record,
                                       const Rrsig& rrsig, const ZoneKeys& keys,
                                       int64_t now) {
  if (rrsig.labels > SignedLabels(record.owner)) {
    return Refused("a signature of a longer name");
  }
  const RrPtr signature(NewRr(record));
  if (signature == nullptr) return Refused("a signature that is no RRSIG");
  if (NameFrom(ldns_rr_rrsig_signame(signature.get())) != keys.zone) {
    return Refused("signed by another zone");
  }
  const RrListPtr dnskeys = KeysOf(keys);
  const BorrowedPtr good(ldns_rr_list_new());
  const ldns_status status =
      ldns_verify_rrsig_keylist_time(records, signature.get(), dnskeys.get(),
                                     static_cast<time_t>(now), good.get());
  if (status != LDNS_STATUS_OK) return Refused(ldns_get_errorstr_by_id(status));
  return Signed{rrsig.original_ttl, rrsig.labels};
}

// One signature of several is enough. RFC 4035 5.3.3.
absl::StatusOr<Signed> VerifySet(const std::vector<DnsRecord>& section,
                                 const Name& owner, uint16_t type,
                                 const ZoneKeys& keys, int64_t now) {
  const RrListPtr records(ldns_rr_list_new());
  for (const DnsRecord& record : section) {
    const bool counts = record.owner == owner && record.type == type;
    if (counts && !Push(records.get(), record)) {
      return Refused("a record that can't be read");
    }
  }
  if (ldns_rr_list_rr_count(records.get()) == 0) return Refused("no records");
  absl::StatusOr<Signed> found = Refused("no signature");
  size_t tried = 0;
  for (const DnsRecord& record : section) {
    if (record.owner != owner || record.type != kTypeRrsig) continue;
    const absl::optional<Rrsig> rrsig = ParseRrsig(record.rdata, now);
    if (!rrsig || rrsig->covered != type) continue;
    if (++tried > kMostSignatures) return Refused("too many signatures");
    auto verified = VerifySignature(records.get(), record, *rrsig, keys, now);
    if (verified.ok()) return verified;
    found = std::move(verified);
  }
  return found;
}

// The longest name above both.
Name CommonAncestor(const Name& a, const Name& b) {
  Name common = a;
  while (!b.IsAtOrBelow(common)) common = common.Parent();
  return common;
}

// A record that proves what is not there.
struct Gap {
  Name owner;
  Name next;  // NSEC alone
  RrPtr rr;

  bool IsNsec3() const { return ldns_rr_get_type(rr.get()) == kTypeNsec3; }

  bool Has(uint16_t type) const {
    const ldns_rdf* bitmap = IsNsec3() ? ldns_nsec3_bitmap(rr.get())
                                       : ldns_nsec_get_bitmap(rr.get());
    return bitmap != nullptr && ldns_nsec_bitmap_covers_type(
                                    bitmap, static_cast<ldns_rr_type>(type));
  }

  // Of the zone above, which does not know what is below. RFC 6840 4.1.
  bool IsDelegation() const { return Has(kTypeNs) && !Has(kTypeSoa); }

  bool Lacks(uint16_t type) const {
    return !Has(type) && !Has(kTypeCname) && !IsDelegation();
  }

  bool MayHaveBelow() const { return !IsDelegation() && !Has(kTypeDname); }

  // Whether the name, hashed for NSEC3, lies between the owner and the next
  // one.
  bool Covers(const Name& name) const {
    const RdfPtr rdf = RdfFrom(name);
    return owner != name && ldns_nsec_covers_name(rr.get(), rdf.get());
  }
};

// What the valid NSEC or NSEC3 records of a reply prove.
class Denial {
 public:
  Denial(const std::vector<DnsRecord>& section, const ZoneKeys& keys,
         int64_t now);

  // The name has neither the type nor a CNAME, by itself or by a wildcard.
  bool HasNone(const Name& name, uint16_t type) const;

  // No name is nearer than the wildcard whose parent has so many labels.
  bool IsByWildcard(const Name& name, size_t labels) const;

 private:
  void Add(const DnsRecord& record);
  absl::optional<Name> HashOf(const Gap& gap, const Name& name) const;
  const Gap* MatchOf(const Name& name) const;
  const Gap* CoverOf(const Name& name) const;
  absl::optional<Name> EncloserOf(const Name& name) const;
  absl::optional<Name> EncloserByHashes(const Name& name) const;

  const Name zone_;
  std::vector<Gap> gaps_;
  bool is_hashed_ = false;
};

Denial::Denial(const std::vector<DnsRecord>& section, const ZoneKeys& keys,
               int64_t now)
    : zone_(keys.zone) {
  std::set<std::pair<Name, uint16_t>> seen;
  for (const DnsRecord& record : section) {
    if (record.type != kTypeNsec && record.type != kTypeNsec3) continue;
    // An owner has one of them. What comes beyond proves nothing.
    if (!seen.insert({record.owner, record.type}).second) continue;
    if (seen.size() > kMostGaps) return;
    const auto verified =
        VerifySet(section, record.owner, record.type, keys, now);
    // A wildcard's own NSEC, given another name, proves nothing.
    if (verified.ok() && verified->labels == SignedLabels(record.owner)) {
      Add(record);
    }
  }
}

void Denial::Add(const DnsRecord& record) {
  Gap gap{record.owner, {}, RrPtr(NewRr(record))};
  if (gap.rr == nullptr) return;
  if (gap.IsNsec3()) {
    if (ldns_nsec3_iterations(gap.rr.get()) > kMostIterations) return;
    is_hashed_ = true;
  } else {
    gap.next = NameFrom(ldns_rr_rdf(gap.rr.get(), 0));
  }
  gaps_.push_back(std::move(gap));
}

// The owner that the name has among NSEC3 records, or itself for NSEC.
absl::optional<Name> Denial::HashOf(const Gap& gap, const Name& name) const {
  if (!gap.IsNsec3()) return name;
  const RdfPtr rdf = RdfFrom(name);
  const RdfPtr hash(ldns_nsec3_hash_name_frm_nsec3(gap.rr.get(), rdf.get()));
  if (hash == nullptr) return absl::nullopt;
  const Name label = NameFrom(hash.get());
  if (label.IsRoot()) return absl::nullopt;
  const size_t size = OctetAt(label.wire(), 0);
  const auto owner = zone_.WithLabel(label.wire().substr(1, size));
  return owner.ok() ? absl::make_optional(*owner) : absl::nullopt;
}

const Gap* Denial::MatchOf(const Name& name) const {
  for (const Gap& gap : gaps_) {
    if (HashOf(gap, name) == absl::make_optional(gap.owner)) return &gap;
  }
  return nullptr;
}

const Gap* Denial::CoverOf(const Name& name) const {
  for (const Gap& gap : gaps_) {
    const absl::optional<Name> hash = HashOf(gap, name);
    if (!hash || !gap.Covers(*hash)) continue;
    const bool is_below = !gap.IsNsec3() && name.IsAtOrBelow(gap.owner);
    if (!is_below || gap.MayHaveBelow()) return &gap;
  }
  return nullptr;
}

// The longest name above one that does not exist; none: that is not proven.
absl::optional<Name> Denial::EncloserOf(const Name& name) const {
  if (is_hashed_) return EncloserByHashes(name);
  const Gap* gap = CoverOf(name);
  if (gap == nullptr) return absl::nullopt;
  const Name before = CommonAncestor(name, gap->owner);
  const Name after = CommonAncestor(name, gap->next);
  return before.LabelCount() > after.LabelCount() ? before : after;
}

// RFC 5155 8.3.
absl::optional<Name> Denial::EncloserByHashes(const Name& name) const {
  for (Name closer = name; closer != zone_ && closer.IsAtOrBelow(zone_);
       closer = closer.Parent()) {
    const Gap* gap = MatchOf(closer.Parent());
    if (gap == nullptr) continue;
    const bool is_proven = gap->MayHaveBelow() && CoverOf(closer) != nullptr;
    return is_proven ? absl::make_optional(closer.Parent()) : absl::nullopt;
  }
  return absl::nullopt;
}

bool Denial::HasNone(const Name& name, uint16_t type) const {
  if (const Gap* gap = MatchOf(name)) return gap->Lacks(type);
  const absl::optional<Name> encloser = EncloserOf(name);
  if (!encloser) return false;
  if (*encloser == name) return true;  // it only has names below
  const auto wildcard = encloser->WithLabel("*");
  if (!wildcard.ok()) return false;
  if (const Gap* gap = MatchOf(*wildcard)) return gap->Lacks(type);
  return CoverOf(*wildcard) != nullptr;
}

bool Denial::IsByWildcard(const Name& name, size_t labels) const {
  Name closer = name;
  while (closer.LabelCount() > labels + 1) closer = closer.Parent();
  if (is_hashed_) return CoverOf(closer) != nullptr;
  const absl::optional<Name> encloser = EncloserOf(name);
  return encloser && encloser->LabelCount() == labels;
}

// The TTL that was signed, where the name itself or a wildcard has the set.
absl::StatusOr<uint32_t> VerifyAt(const DnsReply& reply, const Name& owner,
                                  uint16_t type, const ZoneKeys& keys,
                                  int64_t now) {
  const auto verified = VerifySet(reply.answer, owner, type, keys, now);
  if (!verified.ok()) return verified.status();
  if (verified->labels < SignedLabels(owner) &&
      !Denial(reply.authority, keys, now)
           .IsByWildcard(owner, verified->labels)) {
    return Refused("a wildcard's, with no proof that nothing is nearer");
  }
  return verified->ttl;
}

// The DNAME that a CNAME is made from; null: there is none. RFC 6672 2.2.
const DnsRecord* DnameOf(const DnsReply& reply, const DnsRecord& cname) {
  const auto told = Name::ParseWire(cname.rdata);
  for (const DnsRecord& record : reply.answer) {
    if (record.type != kTypeDname) continue;
    const auto target =
        SubstituteDname(cname.owner, record.owner, record.rdata);
    if (target && told.ok() && *target == *told) return &record;
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<uint32_t> VerifyRecords(const DnsReply& reply, const Name& name,
                                       uint16_t type, const ZoneKeys& keys,
                                       int64_t now) {
  // A second one may be anybody's beside one that is made from a DNAME.
  const auto is_cname = [&name](const DnsRecord& record) {
    return record.type == kTypeCname && record.owner == name;
  };
  if (std::count_if(reply.answer.begin(), reply.answer.end(), is_cname) > 1) {
    return Refused("more than one CNAME");
  }
  auto verified = VerifyAt(reply, name, type, keys, now);
  if (verified.ok() || type != kTypeCname) return verified;
  for (const DnsRecord& record : reply.answer) {
    if (record.type != kTypeCname || record.owner != name) continue;
    const DnsRecord* dname = DnameOf(reply, record);
    if (dname != nullptr) {
      return VerifyAt(reply, dname->owner, kTypeDname, keys, now);
    }
  }
  return verified;
}

absl::StatusOr<uint32_t> VerifyDenial(const DnsReply& reply, const Name& name,
                                      uint16_t type, const ZoneKeys& keys,
                                      int64_t now) {
  const auto soa = VerifySet(reply.authority, keys.zone, kTypeSoa, keys, now);
  if (!soa.ok()) {
    return Refused(absl::StrCat("its SOA: ", soa.status().message()));
  }
  if (!Denial(reply.authority, keys, now).HasNone(name, type)) {
    return Refused("no valid NSEC or NSEC3 record proves it");
  }
  for (const DnsRecord& record : reply.authority) {
    if (record.type == kTypeSoa && record.owner == keys.zone) {
      return std::min(soa->ttl, SoaMinimum(record.rdata).value_or(0));
    }
  }
  return soa->ttl;
}

}  // namespace danebound
