#include "tests/scenarios/zone_records.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "stub/dane/address.h"
#include "stub/dane/hex.h"

namespace danebound::scenario {
namespace {

using Words = absl::Span<const std::string>;

absl::Status Wrong(absl::string_view what, absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" ", what));
}

bool IsHex(absl::string_view text) {
  return text.size() % 2 == 0 &&
         std::all_of(text.begin(), text.end(), absl::ascii_isxdigit);
}

absl::StatusOr<std::string> ParseData(absl::string_view text,
                                      const Blobs& blobs) {
  if (absl::StartsWith(text, "@")) {
    const auto blob = blobs.find(std::string(text.substr(1)));
    if (blob == blobs.end()) return Wrong("is no file NAME.hex in data/", text);
    return blob->second;
  }
  const std::vector<std::string> parts = absl::StrSplit(text, 'x');
  uint32_t repeats = 1;
  if (!IsHex(parts[0]) || parts.size() > 2 ||
      (parts.size() == 2 && !absl::SimpleAtoi(parts[1], &repeats))) {
    return Wrong("is neither hex nor HEXxTIMES nor @NAME", text);
  }
  std::string octets;
  for (uint32_t i = 0; i < repeats; ++i) {
    octets += ParseHex(parts[0]);
  }
  return octets;
}

absl::StatusOr<std::string> ParseUnknownFormat(Words words,
                                               const Blobs& blobs) {
  size_t length = 0;
  if (words.size() < 2 || words.size() > 3 ||
      !absl::SimpleAtoi(words[1], &length)) {
    return absl::InvalidArgumentError("\\# takes a length and hex data");
  }
  absl::StatusOr<std::string> octets =
      ParseData(words.size() == 3 ? words[2] : "", blobs);
  if (octets.ok() && octets->size() != length) {
    return Wrong("is not the length of the data", words[1]);
  }
  return octets;
}

absl::StatusOr<std::string> ParseNumber(const std::string& text, int octets) {
  uint32_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || number >> (8 * octets) != 0) {
    return Wrong(absl::StrCat("is no number of ", octets, " octets"), text);
  }
  std::string wire;
  for (int i = octets - 1; i >= 0; --i) {
    wire += static_cast<char>(number >> (8 * i));
  }
  return wire;
}

absl::StatusOr<std::string> ParseNameRdata(const std::string& text,
                                           const Name& origin) {
  absl::StatusOr<Name> name = ParseRelativeName(text, origin);
  if (!name.ok()) return name.status();
  return std::string(name->wire());
}

absl::StatusOr<std::string> ParseMxWords(Words words, const Name& origin) {
  if (words.size() != 2) {
    return absl::InvalidArgumentError("MX takes a preference and a name");
  }
  absl::StatusOr<std::string> preference = ParseNumber(words[0], 2);
  absl::StatusOr<std::string> exchange = ParseNameRdata(words[1], origin);
  if (!preference.ok()) return preference;
  if (!exchange.ok()) return exchange;
  return *preference + *exchange;
}

absl::StatusOr<std::string> ParseAddressRdata(const std::string& text,
                                              bool ipv6) {
  absl::StatusOr<Address> address = Address::ParseText(text);
  if (!address.ok()) return address.status();
  if (address->IsIpv6() != ipv6) return Wrong("is of the other family", text);
  return std::string(address->octets());
}

absl::StatusOr<std::string> ParseRdata(uint16_t type, Words words,
                                       const Name& origin, const Blobs& blobs) {
  if (type == static_cast<uint16_t>(RrType::kTlsa)) {
    return ParseTlsaWords(words, blobs);
  }
  if (type == static_cast<uint16_t>(RrType::kMx)) {
    return ParseMxWords(words, origin);
  }
  if (words.size() != 1) {
    return absl::InvalidArgumentError("this type takes one word of RDATA");
  }
  if (type == kTxtType) return words[0];
  if (type == static_cast<uint16_t>(RrType::kA)) {
    return ParseAddressRdata(words[0], false);
  }
  if (type == static_cast<uint16_t>(RrType::kAaaa)) {
    return ParseAddressRdata(words[0], true);
  }
  return ParseNameRdata(words[0], origin);
}

}  // namespace

absl::StatusOr<Name> ParseRelativeName(absl::string_view text,
                                       const Name& origin) {
  if (text == "@") return origin;
  if (absl::EndsWith(text, ".") || origin.IsRoot()) {
    return Name::ParseText(text);
  }
  return Name::ParseText(absl::StrCat(text, ".", origin.ToText()));
}

uint16_t ParseType(absl::string_view text) {
  static constexpr auto kTypes =
      std::to_array<std::pair<const char*, uint16_t>>({
          {"A", 1},
          {"CNAME", 5},
          {"MX", 15},
          {"TXT", kTxtType},
          {"AAAA", 28},
          {"TLSA", 52},
          {"DNAME", kDnameType},
          {"DS", kDsType},
      });
  for (const auto& [name, type] : kTypes) {
    if (text == name) return type;
  }
  return 0;
}

absl::StatusOr<std::string> ParseTlsaWords(Words words, const Blobs& blobs) {
  if (!words.empty() && words[0] == "\\#") {
    return ParseUnknownFormat(words, blobs);
  }
  if (words.size() != 4) {
    return absl::InvalidArgumentError(
        "TLSA takes usage, selector, matching type and data");
  }
  std::string rdata;
  for (size_t i = 0; i < 3; ++i) {
    absl::StatusOr<std::string> parameter = ParseNumber(words[i], 1);
    if (!parameter.ok()) return parameter;
    rdata += *parameter;
  }
  absl::StatusOr<std::string> data = ParseData(words[3], blobs);
  if (!data.ok()) return data;
  return rdata + *data;
}

absl::StatusOr<Record> ParseRecord(const Line& line, const Name& origin,
                                   const Blobs& blobs) {
  Record record;
  absl::StatusOr<Name> owner = ParseRelativeName(line.words[0], origin);
  if (!owner.ok()) return line.Wrong(owner.status().message());
  record.owner = *owner;
  size_t next = 1;
  record.ttl = kDefaultTtl;
  if (line.words.size() > 1 && absl::SimpleAtoi(line.words[1], &record.ttl)) {
    ++next;
  } else {
    record.ttl = kDefaultTtl;
  }
  record.type = next < line.words.size() ? ParseType(line.words[next]) : 0;
  if (record.type == 0 || record.type == kDsType) {
    return line.Wrong(
        "a record is OWNER [TTL] TYPE RDATA, with a type of A, AAAA, CNAME, "
        "DNAME, MX, TLSA, TXT");
  }
  absl::StatusOr<std::string> rdata = ParseRdata(
      record.type, Words(line.words).subspan(next + 1), origin, blobs);
  if (!rdata.ok()) return line.Wrong(rdata.status().message());
  record.rdata = *std::move(rdata);
  return record;
}

}  // namespace danebound::scenario
