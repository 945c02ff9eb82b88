#include "stub/dane/mx.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "stub/dane/address.h"
#include "stub/dane/rdata.h"

namespace danebound {
namespace {

absl::StatusOr<MxRecord> ParseRecord(absl::string_view rdata) {
  if (rdata.size() < 2) {
    return absl::InvalidArgumentError("an MX record without preference");
  }
  MxRecord record;
  record.preference = U16At(rdata, 0);
  absl::StatusOr<Name> exchange = Name::ParseWire(rdata.substr(2));
  if (!exchange.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the MX record of preference ", record.preference, ": ",
                     exchange.status().message()));
  }
  record.exchange = *std::move(exchange);
  return record;
}

void KeepBestOfEachExchange(std::vector<MxRecord>& sorted) {
  std::set<Name> seen;
  sorted.erase(std::remove_if(sorted.begin(), sorted.end(),
                              [&seen](const MxRecord& record) {
                                return !seen.insert(record.exchange).second;
                              }),
               sorted.end());
}

}  // namespace

absl::StatusOr<std::vector<MxRecord>> ParseMx(
    const std::vector<std::string>& rdata) {
  std::vector<MxRecord> records;
  for (const std::string& octets : rdata) {
    absl::StatusOr<MxRecord> record = ParseRecord(octets);
    if (!record.ok()) return record.status();
    records.push_back(*std::move(record));
  }
  // By preference alone, whatever security the hosts offer. RFC 7672 2.2.1.
  std::sort(records.begin(), records.end(),
            [](const MxRecord& a, const MxRecord& b) {
              return std::tie(a.preference, a.exchange) <
                     std::tie(b.preference, b.exchange);
            });
  KeepBestOfEachExchange(records);
  return records;
}

bool IsAddress(const Name& exchange) {
  const std::string text =
      absl::StrReplaceAll(exchange.ToText(), {{"\\:", ":"}, {"\\.", "."}});
  return Address::ParseText(text).ok();
}

}  // namespace danebound
