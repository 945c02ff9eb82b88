#include "stub/dane/tlsa.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>

#include "stub/dane/der.h"

namespace danebound {
namespace {

constexpr size_t kParameterCount = 3;
constexpr size_t kMostDigits = 8;

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

WhyNot JudgeFull(const TlsaFields& record) {
  if (record.selector == kCert) {
    return IsCertificate(record.data) ? WhyNot::kNone
                                      : WhyNot::kNotACertificate;
  }
  return IsPublicKey(record.data) ? WhyNot::kNone : WhyNot::kNotAPublicKey;
}

Tlsa Parse(const std::string& rdata, const DigestOrder& order) {
  const TlsaFields fields = TlsaFieldsOf(rdata);
  Tlsa record;
  record.rdata = rdata;
  record.usage = fields.usage;
  record.selector = fields.selector;
  record.matching = fields.matching;
  record.data = std::string(fields.data);
  record.why_not = JudgeRdata(fields, order);
  return record;
}

TlsaFields FieldsOf(const Tlsa& record) {
  return {record.usage, record.selector, record.matching, record.data};
}

// An answer has room for a thousand records.
void MarkSuperseded(std::vector<Tlsa>& records, const DigestOrder& order) {
  DigestAgility agility(order);
  for (const Tlsa& record : records) {
    if (record.usable()) agility.Add(FieldsOf(record));
  }
  for (Tlsa& record : records) {
    record.superseded =
        record.usable() && agility.IsSuperseded(FieldsOf(record));
  }
}

// Among those of DigestAgility.
size_t PlaceOf(const TlsaFields& usable) {
  return (usable.usage == kDaneEe ? 2U : 0U) +
         (usable.selector == kSpki ? 1U : 0U);
}

char* WriteNumber(size_t number, char* text) {
  return std::to_chars(text, text + kMostDigits, number).ptr;
}

char* WriteHex(absl::string_view octets, char* text) {
  constexpr absl::string_view kDigits = "0123456789abcdef";
  for (const char octet : octets) {
    const auto number = static_cast<unsigned char>(octet);
    *text++ = kDigits[number >> 4];
    *text++ = kDigits[number & 0xf];
  }
  return text;
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

TlsaFields TlsaFieldsOf(absl::string_view rdata) {
  TlsaFields fields;
  if (!rdata.empty()) fields.usage = static_cast<uint8_t>(rdata[0]);
  if (rdata.size() > 1) fields.selector = static_cast<uint8_t>(rdata[1]);
  if (rdata.size() > 2) fields.matching = static_cast<uint8_t>(rdata[2]);
  if (rdata.size() > kParameterCount) {
    fields.data = rdata.substr(kParameterCount);
  }
  return fields;
}

WhyNot JudgeRdata(const TlsaFields& record, const DigestOrder& order) {
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

// Full(0) is no digest: it always counts.
size_t DigestAgility::RankOf(const TlsaFields& usable) const {
  if (usable.matching == kFull) return SIZE_MAX;
  return static_cast<size_t>(
      std::find(order_->begin(), order_->end(), usable.matching) -
      order_->begin());
}

void DigestAgility::Add(const TlsaFields& usable) {
  size_t& strongest = strongest_[PlaceOf(usable)];
  strongest = std::min(strongest, RankOf(usable));
}

bool DigestAgility::IsSuperseded(const TlsaFields& usable) const {
  const size_t rank = RankOf(usable);
  return rank != SIZE_MAX && rank > strongest_[PlaceOf(usable)];
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

char* WriteTlsaText(absl::string_view rdata, char* text) {
  const TlsaFields fields = TlsaFieldsOf(rdata);
  if (fields.data.empty()) {
    *text++ = '\\';
    *text++ = '#';
    *text++ = ' ';
    text = WriteNumber(rdata.size(), text);
    if (!rdata.empty()) *text++ = ' ';
    return WriteHex(rdata, text);
  }
  for (const uint8_t parameter :
       {fields.usage, fields.selector, fields.matching}) {
    text = WriteNumber(parameter, text);
    *text++ = ' ';
  }
  return WriteHex(fields.data, text);
}

std::string ToText(const Tlsa& record) {
  std::string text(TlsaTextRoom(record.rdata.size()), '\0');
  char* const end = WriteTlsaText(record.rdata, text.data());
  text.resize(static_cast<size_t>(end - text.data()));
  return text;
}

}  // namespace danebound
