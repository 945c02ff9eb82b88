#include "stub/nameservers/zone_text.h"

#include <ldns/ldns.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "stub/system/free_with.h"

namespace danebound {
namespace {

using RrPtr = std::unique_ptr<ldns_rr, FreeWith<ldns_rr_free>>;
using RdfPtr = std::unique_ptr<ldns_rdf, FreeWith<ldns_rdf_deep_free>>;
using TextPtr = std::unique_ptr<char, FreeWith<std::free>>;
using Words = std::vector<absl::string_view>;

struct Close {
  void operator()(std::FILE* file) const {
    static_cast<void>(std::fclose(file));
  }
};
using FilePtr = std::unique_ptr<std::FILE, Close>;

// What a line can be besides a record.
bool IsPassedOver(ldns_status status) {
  return status == LDNS_STATUS_SYNTAX_TTL ||
         status == LDNS_STATUS_SYNTAX_ORIGIN ||
         status == LDNS_STATUS_SYNTAX_EMPTY;
}

// The words of one record's text, without comments and parentheses.
Words WordsOf(absl::string_view text) {
  Words words;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const absl::string_view code = line.substr(0, line.find(';'));
    for (const absl::string_view word :
         absl::StrSplit(code, absl::ByAnyChar(" \t\r()"), absl::SkipEmpty())) {
      words.push_back(word);
    }
  }
  return words;
}

// Lines before the first word.
size_t LinesBefore(absl::string_view text) {
  size_t lines = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!WordsOf(line).empty()) break;
    ++lines;
  }
  return lines;
}

bool IsAll(absl::string_view text, bool (*is)(unsigned char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [is](char c) {
    return is(static_cast<unsigned char>(c));
  });
}

bool IsTime(absl::string_view word) {
  return word.size() == 14 && IsAll(word, absl::ascii_isdigit);
}

// What dig +short prints besides the RDATA of the records: the target of a
// CNAME, and of an RRSIG "TLSA 13 5 3600 20261224000000 20261126000000 …".
bool IsShortForm(const Words& words) {
  const bool is_name = words.size() == 1 && absl::EndsWith(words[0], ".");
  const bool is_signature =
      words.size() > 8 && IsTime(words[4]) && IsTime(words[5]);
  return is_name || is_signature;
}

bool IsAtLineStart(absl::string_view word, absl::string_view text) {
  return word.data() == text.data() || word.data()[-1] == '\n';
}

// Says whether this is a record of a type that ldns does not know. Where no
// TTL or class stands before the type, it is one in capitals.
bool IsOfUnknownType(const Words& words, absl::string_view text) {
  size_t type = IsAtLineStart(words[0], text) ? 1 : 0;
  bool has_ttl = false;
  bool has_class = false;
  for (; type + 1 < words.size(); ++type) {
    const auto first = static_cast<unsigned char>(words[type][0]);
    if (!has_ttl && absl::ascii_isdigit(first)) {
      has_ttl = true;
    } else if (!has_class && absl::EqualsIgnoreCase(words[type], "IN")) {
      has_class = true;
    } else {
      break;
    }
  }
  if (type + 1 >= words.size()) return false;
  const std::string word(words[type]);
  const bool may_be_one =
      absl::ascii_isalpha(static_cast<unsigned char>(word[0])) &&
      (has_ttl || has_class || absl::AsciiStrToUpper(word) == word);
  return may_be_one && ldns_get_rr_type_by_name(word.c_str()) == 0;
}

// Says whether somebody meant a TLSA record, or the RDATA of one.
bool IsMeantForTlsa(const Words& words) {
  const bool has_type = std::any_of(
      words.begin(),
      words.begin() + static_cast<ptrdiff_t>(std::min<size_t>(words.size(), 4)),
      [](absl::string_view word) {
        return absl::EqualsIgnoreCase(word, "TLSA") ||
               absl::EqualsIgnoreCase(word, "TYPE52");
      });
  if (has_type || words.size() < 3) return has_type;
  const auto is_number = [&](size_t i) {
    return IsAll(words[i], absl::ascii_isdigit);
  };
  return (is_number(0) || ParseUsage(words[0]).ok()) &&
         (is_number(1) || ParseSelector(words[1]).ok()) &&
         (is_number(2) || ParseMatching(words[2]).ok());
}

std::string OwnerOf(const ldns_rr* rr) {
  const TextPtr owner(ldns_rdf2str(ldns_rr_owner(rr)));
  return owner == nullptr ? "" : owner.get();
}

void AddAlias(const ldns_rr* rr, std::map<Name, Name>& aliases) {
  const auto name_of = [](const ldns_rdf* rdf) {
    return Name::ParseWire({reinterpret_cast<const char*>(ldns_rdf_data(rdf)),
                            ldns_rdf_size(rdf)});
  };
  const auto owner = name_of(ldns_rr_owner(rr));
  const auto target = name_of(ldns_rr_rdf(rr, 0));
  if (owner.ok() && target.ok()) aliases.emplace(*owner, *target);
}

// A fault in "line 1" of a text that begins at a line of a file.
absl::Status FaultFrom(size_t line, const absl::Status& fault) {
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(
      absl::string_view(fault.message()), absl::MaxSplits(": ", 1));
  absl::string_view number = parts.first;
  size_t counted = 0;
  if (!absl::ConsumePrefix(&number, "line ") ||
      !absl::SimpleAtoi(number, &counted)) {
    return fault;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("line ", line + counted - 1, ": ", parts.second));
}

// Reads TLSA records of a text that begins at a line of a file.
absl::StatusOr<std::vector<TlsaText>> ReadFrom(size_t line,
                                               absl::string_view text) {
  auto records = ReadTlsaRecords(text);
  if (!records.ok()) return FaultFrom(line, records.status());
  for (TlsaText& each : *records) each.line += line - 1;
  return records;
}

// The state of a zone file from one record to the next. ldns replaces both
// names.
class Reader {
 public:
  // The file has the text.
  Reader(std::FILE* file, absl::string_view text) : file_(file), text_(text) {}
  ~Reader() {
    ldns_rdf_deep_free(origin_);
    ldns_rdf_deep_free(previous_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  absl::StatusOr<ZoneText> ReadAll() {
    while (std::feof(file_) == 0) {
      const auto begin = static_cast<size_t>(std::ftell(file_));
      ldns_rr* rr = nullptr;
      const ldns_status status = ldns_rr_new_frm_fp_l(
          &rr, file_, &ttl_, &origin_, &previous_, nullptr);
      const RrPtr record(rr);
      const auto end = static_cast<size_t>(std::ftell(file_));
      const absl::string_view read = text_.substr(begin, end - begin);
      const absl::Status added = status == LDNS_STATUS_OK
                                     ? Add(*record, read)
                                     : AddUnread(status, read);
      if (!added.ok()) return added;
      line_ += static_cast<size_t>(std::count(read.begin(), read.end(), '\n'));
    }
    return std::move(zone_);
  }

 private:
  // Of a TLSA record ldns finds the owner alone: it makes octets of half ones,
  // and 44 of 300.
  absl::Status Add(const ldns_rr& rr, absl::string_view text) {
    if (ldns_rr_get_type(&rr) == LDNS_RR_TYPE_CNAME) {
      AddAlias(&rr, zone_.aliases);
    }
    if (ldns_rr_get_type(&rr) != LDNS_RR_TYPE_TLSA) return absl::OkStatus();
    auto records = ReadFrom(line_, text);
    if (!records.ok()) return records.status();
    for (TlsaText& each : *records) {
      each.owner = OwnerOf(&rr);
      zone_.records.push_back(std::move(each));
    }
    return absl::OkStatus();
  }

  // What ldns does not read may be RDATA alone, or nothing that matters here.
  absl::Status AddUnread(ldns_status status, absl::string_view text) {
    const Words words = WordsOf(text);
    if (words.empty() || IsPassedOver(status) || IsShortForm(words)) {
      return absl::OkStatus();
    }
    if (IsMeantForTlsa(words)) {
      auto records = ReadFrom(line_, text);
      if (!records.ok()) return records.status();
      if (records->size() == 1 && records->front().owner.empty()) {
        zone_.records.push_back(std::move(records->front()));
        return absl::OkStatus();
      }
    } else if (IsOfUnknownType(words, text)) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(
        absl::StrCat("line ", line_ + LinesBefore(text), ": ",
                     ldns_get_errorstr_by_id(status)));
  }

  std::FILE* file_;
  absl::string_view text_;
  size_t line_ = 1;  // where the next record is looked for
  ZoneText zone_;
  uint32_t ttl_ = 0;
  ldns_rdf* origin_ = nullptr;
  ldns_rdf* previous_ = nullptr;
};

// The line of a "(" or ")" that does not have the other, outside of comments
// and quotes; 0: all pair. ldns takes the end of a file for a ")".
size_t LineOfUnpaired(absl::string_view text) {
  std::vector<size_t> open;  // lines
  size_t line = 1;
  bool in_comment = false;
  bool in_quotes = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char octet = text[i];
    if (octet == '\n') {
      ++line;
      in_comment = in_quotes = false;
    }
    if (in_comment) continue;
    if (octet == '\\') {
      ++i;
    } else if (octet == '"') {
      in_quotes = !in_quotes;
    } else if (!in_quotes) {
      in_comment = octet == ';';
      if (octet == ')' && open.empty()) return line;
      if (octet == ')') open.pop_back();
      if (octet == '(') open.push_back(line);
    }
  }
  return open.empty() ? 0 : open.front();
}

}  // namespace

absl::StatusOr<ZoneText> ReadZoneText(absl::string_view text) {
  if (text.size() > kMostTlsaText) {
    return absl::OutOfRangeError(
        absl::StrCat("more than ", kMostTlsaText, " octets"));
  }
  if (text.empty()) return ZoneText();
  const size_t unpaired = LineOfUnpaired(text);
  if (unpaired > 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("line ", unpaired, ": \"(\" and \")\" do not pair"));
  }
  std::string octets(text);
  const FilePtr file(fmemopen(octets.data(), octets.size(), "re"));
  if (file == nullptr) return absl::ResourceExhaustedError("no memory");
  return Reader(file.get(), text).ReadAll();
}

}  // namespace danebound
