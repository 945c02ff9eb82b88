#include "stub/dane/tlsa_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "stub/dane/hex.h"

namespace danebound {
namespace {

using Words = std::vector<std::string>;

struct Named {
  uint8_t number;
  absl::string_view name;
};

// RFC 7218 2.1, 2.2, 2.3.
constexpr std::array<Named, 5> kUsages = {{{0, "PKIX-TA"},
                                           {1, "PKIX-EE"},
                                           {2, "DANE-TA"},
                                           {3, "DANE-EE"},
                                           {255, "PrivCert"}}};
constexpr std::array<Named, 3> kSelectors = {
    {{0, "Cert"}, {1, "SPKI"}, {255, "PrivSel"}}};
constexpr std::array<Named, 4> kMatchings = {
    {{0, "Full"}, {1, "SHA2-256"}, {2, "SHA2-512"}, {255, "PrivMatch"}}};

absl::Status Fault(absl::string_view text) {
  return absl::InvalidArgumentError(text);
}

// For messages: the word, or the beginning of a long one.
std::string Quoted(absl::string_view word) {
  constexpr size_t kMost = 40;
  return absl::StrCat("\"", word.substr(0, kMost),
                      word.size() > kMost ? "…" : "", "\"");
}

bool IsNumber(absl::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isdigit(c); });
}

template <size_t n>
absl::StatusOr<uint8_t> ParseNamed(absl::string_view what,
                                   const std::array<Named, n>& registry,
                                   absl::string_view text) {
  for (const Named& named : registry) {
    if (absl::EqualsIgnoreCase(named.name, text)) return named.number;
  }
  uint32_t number = 0;
  if (IsNumber(text) && absl::SimpleAtoi(text, &number) &&
      number <= std::numeric_limits<uint8_t>::max()) {
    return static_cast<uint8_t>(number);
  }
  return Fault(absl::StrCat(
      Quoted(text), " is no ", what, ": 0 to 255, or ",
      absl::StrJoin(registry, ", ", [](std::string* out, const Named& named) {
        out->append(named.name.data(), named.name.size());
      })));
}

template <size_t n>
std::string NameOf(const std::array<Named, n>& registry, uint8_t number) {
  for (const Named& named : registry) {
    if (named.number == number) return std::string(named.name);
  }
  return absl::StrCat(number);
}

// Octets from hex digits that may stand in several words.
absl::StatusOr<std::string> OctetsOf(const Words& words, size_t first) {
  std::string digits;
  for (size_t i = first; i < words.size(); ++i) digits += words[i];
  const auto bad =
      std::find_if_not(digits.begin(), digits.end(),
                       [](unsigned char c) { return absl::ascii_isxdigit(c); });
  if (bad != digits.end()) {
    return Fault(absl::StrCat("\"", std::string(1, *bad),
                              "\" among the data is no hex digit"));
  }
  if (digits.size() % 2 != 0) {
    return Fault(absl::StrCat(digits.size(),
                              " hex digits: an odd number, half an octet is "
                              "missing"));
  }
  if (digits.size() / 2 > std::numeric_limits<uint16_t>::max()) {
    return Fault("more than 65535 octets of data");
  }
  return ParseHex(digits);
}

// RFC 3597 5.
absl::StatusOr<std::string> ParseGenericRdata(const Words& words) {
  uint32_t length = 0;
  if (words.size() < 2 || !IsNumber(words[1]) ||
      !absl::SimpleAtoi(words[1], &length)) {
    return Fault("\"\\#\" is not followed by a length");
  }
  auto rdata = OctetsOf(words, 2);
  if (rdata.ok() && rdata->size() != length) {
    return Fault(absl::StrCat("\"\\# ", length, "\" is followed by ",
                              rdata->size(), " octets"));
  }
  return rdata;
}

// RFC 6698 2.2.
absl::StatusOr<std::string> ParseRdata(const Words& words) {
  if (!words.empty() && words[0] == "\\#") return ParseGenericRdata(words);
  if (words.size() < 4) {
    return Fault(
        "no record: usage, selector, matching type and data are "
        "wanted, \"3 1 1 0b9f…\"");
  }
  const auto parameters =
      ParseTlsaParameters(absl::StrJoin(words.begin(), words.begin() + 3, " "));
  if (!parameters.ok()) return parameters.status();
  const auto data = OctetsOf(words, 3);
  if (!data.ok()) return data.status();
  std::string rdata = {static_cast<char>(parameters->usage),
                       static_cast<char>(parameters->selector),
                       static_cast<char>(parameters->matching)};
  rdata += *data;
  if (rdata.size() > std::numeric_limits<uint16_t>::max()) {
    return Fault("more than 65532 octets of data");
  }
  return rdata;
}

bool IsTlsaType(absl::string_view word) {
  return absl::EqualsIgnoreCase(word, "TLSA") ||
         absl::EqualsIgnoreCase(word, "TYPE52");
}

// How many words stand before the RDATA: with a type, up to it. The owner may
// be named like a type, so that the last one of them is the type.
ptrdiff_t WordsBeforeRdata(const Words& words) {
  const size_t most = std::min<size_t>(words.size(), 4);
  for (size_t i = most; i > 0; --i) {
    if (IsTlsaType(words[i - 1])) return static_cast<ptrdiff_t>(i);
  }
  return 0;
}

// One record, as words, and where it began.
struct Line {
  size_t number = 0;
  Words words;
};

bool IsTtlOrClass(absl::string_view word) {
  const bool is_ttl =
      absl::ascii_isdigit(word[0]) && !absl::StrContains(word, ".");
  return is_ttl || absl::EqualsIgnoreCase(word, "IN") ||
         absl::EqualsIgnoreCase(word, "CLASS1");
}

// The owner among the words before the type; empty where there is none.
absl::StatusOr<std::string> OwnerOf(const Words& words) {
  std::string owner;
  for (size_t i = 0; i < words.size(); ++i) {
    if (IsTtlOrClass(words[i])) continue;
    if (i > 0) return Fault(Quoted(words[i]) + " is no TTL or class");
    owner = words[i];
  }
  return owner;
}

absl::StatusOr<TlsaText> ParseRecord(const Line& line) {
  const auto rdata_begin = line.words.begin() + WordsBeforeRdata(line.words);
  const bool has_type = rdata_begin != line.words.begin();
  auto owner = OwnerOf({line.words.begin(), rdata_begin - (has_type ? 1 : 0)});
  if (!owner.ok()) return owner.status();
  auto rdata = ParseRdata({rdata_begin, line.words.end()});
  if (!rdata.ok()) return rdata.status();
  return TlsaText{*std::move(owner), *std::move(rdata), line.number};
}

// Splits a text into records: lines, but for what stands in parentheses.
class Splitter {
 public:
  absl::StatusOr<std::vector<Line>> Split(absl::string_view text);

 private:
  absl::Status Add(absl::string_view text);
  void EndRecord();

  std::vector<Line> lines_;
  Line open_;
  size_t number_ = 0;
  bool in_parentheses_ = false;
};

absl::StatusOr<std::vector<Line>> Splitter::Split(absl::string_view text) {
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number_;
    if (!in_parentheses_) open_.number = number_;
    if (!in_parentheses_ && absl::StartsWith(line, "$")) continue;
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits(';', 1));
    const absl::Status status = Add(parts.first);
    if (!status.ok()) return status;
    if (!in_parentheses_) EndRecord();
  }
  if (in_parentheses_) {
    return Fault(
        absl::StrCat("line ", open_.number, ": the parenthesis is not closed"));
  }
  return std::move(lines_);
}

absl::Status Splitter::Add(absl::string_view text) {
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) open_.words.push_back(std::exchange(word, {}));
  };
  for (const char c : text) {
    if (c == '(' || c == ')') {
      end_word();
      if (in_parentheses_ == (c == '(')) {
        return Fault(absl::StrCat("line ", number_, ": a stray \"",
                                  std::string(1, c), "\""));
      }
      in_parentheses_ = c == '(';
    } else if (absl::ascii_isspace(static_cast<unsigned char>(c))) {
      end_word();
    } else {
      word.push_back(c);
    }
  }
  end_word();
  return absl::OkStatus();
}

void Splitter::EndRecord() {
  if (!open_.words.empty()) lines_.push_back(std::move(open_));
  open_ = {};
}

}  // namespace

std::string ToText(const TlsaParameters& parameters) {
  return absl::StrCat(parameters.usage, " ", parameters.selector, " ",
                      parameters.matching);
}

std::string ToNames(const TlsaParameters& parameters) {
  return absl::StrCat(NameOf(kUsages, parameters.usage), " ",
                      NameOf(kSelectors, parameters.selector), " ",
                      NameOf(kMatchings, parameters.matching));
}

absl::StatusOr<uint8_t> ParseUsage(absl::string_view text) {
  return ParseNamed("certificate usage", kUsages, text);
}

absl::StatusOr<uint8_t> ParseSelector(absl::string_view text) {
  return ParseNamed("selector", kSelectors, text);
}

absl::StatusOr<uint8_t> ParseMatching(absl::string_view text) {
  return ParseNamed("matching type", kMatchings, text);
}

absl::StatusOr<TlsaParameters> ParseTlsaParameters(absl::string_view text) {
  const Words words = absl::StrSplit(text, ' ', absl::SkipEmpty());
  if (words.size() != 3) {
    return Fault(absl::StrCat(Quoted(text),
                              ": usage, selector and matching type are "
                              "wanted, \"3 1 1\""));
  }
  const auto usage = ParseUsage(words[0]);
  if (!usage.ok()) return usage.status();
  const auto selector = ParseSelector(words[1]);
  if (!selector.ok()) return selector.status();
  const auto matching = ParseMatching(words[2]);
  if (!matching.ok()) return matching.status();
  return TlsaParameters{*usage, *selector, *matching};
}

std::string ToGenericText(absl::string_view rdata) {
  return absl::StrCat("\\# ", rdata.size(), rdata.empty() ? "" : " ",
                      absl::BytesToHexString(rdata));
}

absl::StatusOr<std::vector<TlsaText>> ReadTlsaRecords(absl::string_view text) {
  if (text.size() > kMostTlsaText) {
    return absl::OutOfRangeError(absl::StrCat(text.size(), " octets; at most ",
                                              kMostTlsaText, " are read"));
  }
  const auto lines = Splitter().Split(text);
  if (!lines.ok()) return lines.status();
  std::vector<TlsaText> records;
  for (const Line& line : *lines) {
    auto record = ParseRecord(line);
    if (!record.ok()) {
      return Fault(
          absl::StrCat("line ", line.number, ": ", record.status().message()));
    }
    records.push_back(*std::move(record));
  }
  return records;
}

}  // namespace danebound
