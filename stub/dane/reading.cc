#include "stub/dane/reading.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "stub/dane/rdata.h"
#include "stub/dane/rr_type.h"

namespace danebound {
namespace {

// More than any TTL, RFC 2181 8.
constexpr int64_t kMostLife = std::numeric_limits<int32_t>::max();

const Rrset* Find(const std::vector<Rrset>& rrsets, const Name& owner,
                  uint16_t type) {
  for (const Rrset& rrset : rrsets) {
    if (rrset.owner == owner && rrset.type == type && !rrset.rdata.empty()) {
      return &rrset;
    }
  }
  return nullptr;
}

bool Has(const std::vector<Rrset>& rrsets, uint16_t type) {
  return std::any_of(rrsets.begin(), rrsets.end(),
                     [type](const Rrset& rrset) { return rrset.type == type; });
}

absl::optional<Name> TargetOf(const Rrset& cname) {
  absl::StatusOr<Name> target = Name::ParseWire(cname.rdata.front());
  if (!target.ok()) return absl::nullopt;
  return *std::move(target);
}

// The DNAME that a CNAME is made from, else the CNAME.
const Rrset* VoucherOf(const Rrset& cname, const std::vector<Rrset>& answer) {
  const absl::optional<Name> target = TargetOf(cname);
  for (const Rrset& rrset : answer) {
    if (target && rrset.type == kTypeDname && !rrset.rdata.empty() &&
        SubstituteDname(cname.owner, rrset.owner, rrset.rdata.front()) ==
            target) {
      return &rrset;
    }
  }
  return &cname;
}

// Fills all but the life.
absl::Status Follow(const Question& question, const std::vector<Rrset>& answer,
                    Reading& reading) {
  Name owner = question.name;
  for (size_t step = 0; step <= answer.size(); ++step) {
    reading.records = Find(answer, owner, static_cast<uint16_t>(question.type));
    if (reading.records != nullptr) {
      reading.records_voucher = question.type == RrType::kCname
                                    ? VoucherOf(*reading.records, answer)
                                    : reading.records;
      return absl::OkStatus();
    }
    const Rrset* cname = Find(answer, owner, kTypeCname);
    if (cname == nullptr) return absl::OkStatus();
    absl::optional<Name> target = TargetOf(*cname);
    if (!target) {
      return absl::FailedPreconditionError("a CNAME of it cannot be read");
    }
    reading.alias_vouchers.push_back(VoucherOf(*cname, answer));
    reading.aliases.push_back(*target);
    owner = *std::move(target);
  }
  return absl::FailedPreconditionError("its CNAME records form a loop");
}

// Of an SOA record in a denial.
int64_t NegativeTtl(const Rrset& soa) {
  int64_t ttl = soa.ttl;
  for (const std::string& rdata : soa.rdata) {
    ttl = std::min<int64_t>(ttl, SoaMinimum(rdata).value_or(0));
  }
  return ttl;
}

int64_t LifeOf(const DnsMessage& message, const Reading& reading) {
  int64_t life = kMostLife;
  const auto rest_on = [&life](int64_t ttl) { life = std::min(life, ttl); };
  for (const Rrset* voucher : reading.alias_vouchers) rest_on(voucher->ttl);
  const bool is_denial = reading.records == nullptr;
  if (!is_denial) rest_on(reading.records_voucher->ttl);
  for (const Rrset& rrset : message.authority) {
    if (rrset.type == kTypeNsec || rrset.type == kTypeNsec3) rest_on(rrset.ttl);
    if (rrset.type == kTypeSoa && is_denial) rest_on(NegativeTtl(rrset));
  }
  if (is_denial && !Has(message.authority, kTypeSoa)) rest_on(message.ttl);
  return std::max<int64_t>(life, 0);
}

// RFC 2308 2.2: NS records without an SOA record are a referral, no denial.
bool IsReferral(const DnsMessage& message) {
  return message.rcode == kRcodeNoError && Has(message.authority, kTypeNs) &&
         !Has(message.authority, kTypeSoa);
}

}  // namespace

absl::StatusOr<Reading> Read(const Question& question,
                             const DnsMessage& message) {
  Reading reading;
  absl::Status status = Follow(question, message.answer, reading);
  if (!status.ok()) return status;
  if (reading.records == nullptr && IsReferral(message)) {
    return absl::FailedPreconditionError("a referral instead of an answer");
  }
  if (reading.records != nullptr && message.rcode == kRcodeNxDomain) {
    return absl::FailedPreconditionError("NXDOMAIN, yet there are records");
  }
  reading.life = LifeOf(message, reading);
  return reading;
}

}  // namespace danebound
