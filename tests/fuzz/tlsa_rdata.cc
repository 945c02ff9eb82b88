// Any TLSA RRset: the first octet chooses an order of digests, the rest are
// records (octets.h). RFC 6698 2.1, 4.1, RFC 7671 9, RFC 7672 3.1.
//
//   usable    only with usage 2 or 3, selector 0 or 1, and either data as long
//             as a digest of the order or Full(0) data that is DER.
//   agility   of one usage and selector, a digest counts exactly where no
//             usable one is stronger; Full(0) always; where one is usable, one
//             counts.
//   text      what ToText says is read back as the same octets.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "stub/dane/der.h"
#include "stub/dane/tlsa.h"
#include "stub/dane/tlsa_advice.h"
#include "stub/dane/tlsa_text.h"
#include "tests/fuzz/octets.h"
#include "tests/fuzz/require.h"

namespace danebound {
namespace {

DigestOrder OrderOf(uint8_t octet) {
  const std::vector<DigestOrder> orders = {{2, 1}, {1, 2}, {1},
                                           {2},    {},     {2, 1, 9, 0}};
  return orders[octet % orders.size()];
}

size_t RankOf(uint8_t matching, const DigestOrder& order) {
  return static_cast<size_t>(std::find(order.begin(), order.end(), matching) -
                             order.begin());
}

void CheckUsable(const Tlsa& record, const DigestOrder& order) {
  Require((record.usage == 2 || record.usage == 3) && record.selector <= 1,
          "usable with such parameters");
  if (record.matching == 0) {
    Require(record.selector == 0 ? IsCertificate(record.data)
                                 : IsPublicKey(record.data),
            "usable Full(0) data that is no DER");
    return;
  }
  Require(record.data.size() == (record.matching == 1   ? 32U
                                 : record.matching == 2 ? 64U
                                                        : 0U),
          "usable with such a length");
  Require(RankOf(record.matching, order) < order.size(),
          "usable by a digest that was ruled out");
}

void CheckAgility(const Tlsa& record, const std::vector<Tlsa>& records,
                  const DigestOrder& order) {
  if (record.matching == 0) {
    Require(!record.superseded, "Full(0) is superseded");
    return;
  }
  const bool has_stronger =
      std::any_of(records.begin(), records.end(), [&](const Tlsa& other) {
        return other.usable() && other.matching != 0 &&
               other.usage == record.usage &&
               other.selector == record.selector &&
               RankOf(other.matching, order) < RankOf(record.matching, order);
      });
  Require(record.superseded == has_stronger, "the wrong digest counts");
}

void CheckText(const Tlsa& record) {
  const std::string text = ToText(record);
  const auto read = ReadTlsaRecords(text);
  Require(read.ok() && read->size() == 1, "its own text cannot be read");
  Require(read->front().rdata == record.rdata, "its text says something else");
}

bool HasUsable(const std::vector<Tlsa>& records) {
  return std::any_of(records.begin(), records.end(),
                     [](const Tlsa& record) { return record.usable(); });
}

void Try(absl::string_view octets) {
  if (octets.empty()) return;
  const DigestOrder order = OrderOf(static_cast<uint8_t>(octets[0]));
  const std::vector<std::string> rdata = StringsOf(octets.substr(1));
  const std::vector<Tlsa> records = JudgeTlsa(rdata, order);
  Require(records.size() == rdata.size(), "records come or go");
  for (size_t i = 0; i < records.size(); ++i) {
    const Tlsa& record = records[i];
    Require(record.rdata == rdata[i], "the RDATA changes");
    Require(rdata[i].size() > 3 || record.why_not == WhyNot::kTooShort,
            "a record without data");
    Require(record.usable() || !record.superseded, "unusable and superseded");
    if (record.usable()) {
      CheckUsable(record, order);
      CheckAgility(record, records, order);
    }
    AdviseOnTlsa({record.usage, record.selector, record.matching});
    CheckText(record);
  }
  Require(!HasUsable(records) ||
              std::any_of(records.begin(), records.end(),
                          [](const Tlsa& record) { return record.counts(); }),
          "usable records, and none counts");
}

}  // namespace
}  // namespace danebound

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  danebound::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
