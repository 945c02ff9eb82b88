// Any MX RRset (octets.h): refused as a whole, or in order with each exchange
// once, the same for any order of its records. RFC 1035 3.3.9, RFC 5321 5.1.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "stub/dane/mx.h"
#include "tests/fuzz/octets.h"
#include "tests/fuzz/require.h"

namespace danebound {
namespace {

std::string RdataOf(const MxRecord& record) {
  return absl::StrCat(std::string{static_cast<char>(record.preference >> 8),
                                  static_cast<char>(record.preference)},
                      record.exchange.wire());
}

void CheckOrder(const std::vector<MxRecord>& records) {
  for (size_t i = 0; i < records.size(); ++i) {
    Require(
        i == 0 || std::tie(records[i - 1].preference, records[i - 1].exchange) <
                      std::tie(records[i].preference, records[i].exchange),
        "records out of order");
    const auto same = std::count_if(
        records.begin(), records.end(), [&](const MxRecord& other) {
          return other.exchange == records[i].exchange;
        });
    Require(same == 1, "an exchange twice");
  }
}

void CheckRoundTrip(const std::vector<MxRecord>& records) {
  std::vector<std::string> written;
  for (const MxRecord& record : records) {
    written.push_back(RdataOf(record));
    const auto alone = ParseMx({written.back()});
    Require(alone.ok() && alone->size() == 1 && alone->front() == record,
            "written and read it is another record");
    IsAddress(record.exchange);
  }
  const auto again = ParseMx(written);
  Require(again.ok() && *again == records,
          "written and read it is another set");
}

void Try(absl::string_view octets) {
  std::vector<std::string> rdata = StringsOf(octets);
  const auto records = ParseMx(rdata);
  std::reverse(rdata.begin(), rdata.end());
  const auto reversed = ParseMx(rdata);
  Require(records.ok() == reversed.ok(), "the order decides");
  const bool whole = std::all_of(
      rdata.begin(), rdata.end(),
      [](const std::string& record) { return ParseMx({record}).ok(); });
  Require(records.ok() == whole, "a broken record passes, or a good one fails");
  if (!records.ok()) return;
  Require(*records == *reversed, "the order shows");
  Require(records->size() <= rdata.size(), "records come up");
  Require(rdata.empty() == records->empty(), "all records go");
  CheckOrder(*records);
  CheckRoundTrip(*records);
}

}  // namespace
}  // namespace danebound

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  danebound::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
