#include "stub/dane/tlsa.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "stub/dane/der.h"

namespace danebound {
namespace {

constexpr size_t kParameterCount = 3;

// Octets of a digest; 0 for a matching type that is no digest known here.
size_t DigestSize(uint8_t matching) {
  switch (matching) {
    case kSha256:
      return 32;
    case kSha512:
      return 64;
    default:
      return 0;
  }
}

// RFC 6698 4.1; RFC 7672 3.1.3.
WhyNot JudgeUsage(uint8_t usage) {
  if (usage == kPkixTa || usage == kPkixEe) return WhyNot::kPkixUsage;
  if (usage == kDaneTa || usage == kDaneEe) return WhyNot::kNone;
  return WhyNot::kUnknownUsage;
}

WhyNot JudgeFull(const Tlsa& record) {
  if (record.selector == kCert) {
    return IsCertificate(record.data) ? WhyNot::kNone
                                      : WhyNot::kNotACertificate;
  }
  return IsPublicKey(record.data) ? WhyNot::kNone : WhyNot::kNotAPublicKey;
}

WhyNot JudgeRecord(const Tlsa& record, const DigestOrder& order) {
  if (record.data.empty()) return WhyNot::kTooShort;
  const WhyNot usage = JudgeUsage(record.usage);
  if (usage != WhyNot::kNone) return usage;
  if (record.selector != kCert && record.selector != kSpki) {
    return WhyNot::kUnknownSelector;
  }
  if (record.matching == kFull) return JudgeFull(record);
  const size_t digest_size = DigestSize(record.matching);
  if (digest_size == 0 ||
      std::find(order.begin(), order.end(), record.matching) == order.end()) {
    return WhyNot::kUnknownMatching;
  }
  return record.data.size() == digest_size ? WhyNot::kNone
                                           : WhyNot::kWrongDigestLength;
}

Tlsa Parse(const std::string& rdata, const DigestOrder& order) {
  Tlsa record;
  record.rdata = rdata;
  if (!rdata.empty()) record.usage = static_cast<uint8_t>(rdata[0]);
  if (rdata.size() > 1) record.selector = static_cast<uint8_t>(rdata[1]);
  if (rdata.size() > 2) record.matching = static_cast<uint8_t>(rdata[2]);
  if (rdata.size() > kParameterCount) {
    record.data = rdata.substr(kParameterCount);
  }
  record.why_not = JudgeRecord(record, order);
  return record;
}

bool IsUsableDigest(const Tlsa& record) {
  return record.usable() && record.matching != kFull;
}

// RFC 7671 9: per usage and selector the strongest digest counts; Full(0) is no
// digest and always counts. An answer has room for a thousand records.
void MarkSuperseded(std::vector<Tlsa>& records, const DigestOrder& order) {
  const auto rank = [&order](const Tlsa& record) {
    return std::find(order.begin(), order.end(), record.matching) -
           order.begin();
  };
  std::map<std::pair<uint8_t, uint8_t>, std::ptrdiff_t> strongest;
  for (const Tlsa& record : records) {
    if (!IsUsableDigest(record)) continue;
    const auto [found, is_first] =
        strongest.try_emplace({record.usage, record.selector}, rank(record));
    if (!is_first) found->second = std::min(found->second, rank(record));
  }
  for (Tlsa& record : records) {
    if (!IsUsableDigest(record)) continue;
    record.superseded =
        rank(record) > strongest.at({record.usage, record.selector});
  }
}

}  // namespace

absl::string_view ToText(WhyNot why_not) {
  switch (why_not) {
    case WhyNot::kNone:
      return "";
    case WhyNot::kTooShort:
      return "too-short";
    case WhyNot::kPkixUsage:
      return "pkix-usage";
    case WhyNot::kUnknownUsage:
      return "unknown-usage";
    case WhyNot::kUnknownSelector:
      return "unknown-selector";
    case WhyNot::kUnknownMatching:
      return "unknown-matching-type";
    case WhyNot::kWrongDigestLength:
      return "wrong-digest-length";
    case WhyNot::kNotACertificate:
      return "not-a-certificate";
    case WhyNot::kNotAPublicKey:
      return "not-a-public-key";
  }
  return "";
}

DigestOrder DefaultDigestOrder() { return {kSha512, kSha256}; }

std::vector<Tlsa> JudgeTlsa(const std::vector<std::string>& rdata,
                            const DigestOrder& order) {
  std::vector<Tlsa> records;
  records.reserve(rdata.size());
  for (const std::string& octets : rdata) {
    records.push_back(Parse(octets, order));
  }
  MarkSuperseded(records, order);
  return records;
}

std::string ToText(const Tlsa& record) {
  if (record.data.empty()) {
    return absl::StrCat("\\# ", record.rdata.size(),
                        record.rdata.empty() ? "" : " ",
                        absl::BytesToHexString(record.rdata));
  }
  return absl::StrCat(record.usage, " ", record.selector, " ", record.matching,
                      " ", absl::BytesToHexString(record.data));
}

}  // namespace danebound
