#include "stub/dane/trust_anchor.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace danebound {
namespace {

void AddOnce(const Name& zone, std::vector<Name>* zones) {
  if (std::find(zones->begin(), zones->end(), zone) == zones->end()) {
    zones->push_back(zone);
  }
}

// Takes the first `size` octets.
absl::string_view Take(size_t size, absl::string_view* text) {
  const absl::string_view taken = text->substr(0, size);
  text->remove_prefix(taken.size());
  return taken;
}

// Takes a quoted string, and returns what is between the quotes.
absl::string_view TakeQuoted(absl::string_view* text) {
  text->remove_prefix(1);
  const absl::string_view quoted = Take(text->find('"'), text);
  Take(1, text);
  return quoted;
}

// --- records

// One entry of a zone file, which may go on over lines in parentheses.
struct Entry {
  bool has_owner = true;  // else it is the one before
  std::vector<absl::string_view> words;
};

Entry TakeEntry(absl::string_view* text) {
  Entry entry;
  entry.has_owner = !text->empty() && text->front() != ' ' &&
                    text->front() != '\t' && text->front() != '(';
  int depth = 0;
  while (!text->empty()) {
    switch (text->front()) {
      case '\n':
        Take(1, text);
        if (depth <= 0) return entry;
        break;
      case ';':
        Take(text->find('\n'), text);
        break;
      case '"':
        entry.words.push_back(TakeQuoted(text));
        break;
      case '(':
        ++depth;
        Take(1, text);
        break;
      case ')':
        --depth;
        Take(1, text);
        break;
      case ' ':
      case '\t':
      case '\r':
        Take(1, text);
        break;
      default:
        entry.words.push_back(Take(text->find_first_of(" \t\r\n;()\""), text));
    }
  }
  return entry;
}

absl::optional<Name> ReadOwner(absl::string_view word, const Name& origin) {
  if (word == "@") return origin;
  const bool is_absolute =
      absl::EndsWith(word, ".") && !absl::EndsWith(word, "\\.");
  const absl::StatusOr<Name> name =
      is_absolute || origin.IsRoot()
          ? Name::ParseText(word)
          : Name::ParseText(absl::StrCat(word, ".", origin.ToText()));
  if (!name.ok()) return absl::nullopt;
  return *name;
}

bool IsClassOrTtl(absl::string_view word) {
  return word == "IN" || word == "CH" || word == "HS" ||
         absl::StartsWith(word, "CLASS") ||
         absl::ascii_isdigit(static_cast<unsigned char>(word.front()));
}

// Says whether the words from there on make a DS or DNSKEY record; they have no
// owner any more.
bool IsAnchor(const std::vector<absl::string_view>& words, size_t first) {
  for (size_t i = first; i < words.size(); ++i) {
    const std::string word = absl::AsciiStrToUpper(words[i]);
    if (word == "DS" || word == "DNSKEY" || word == "TYPE43" ||
        word == "TYPE48") {
      return true;
    }
    if (word.empty() || !IsClassOrTtl(word)) return false;
  }
  return false;
}

// --- BIND's configuration

// Takes a word, a quoted string, or one of "{", "}", ";"; false at the end.
bool TakeToken(absl::string_view* text, absl::string_view* token) {
  while (!text->empty()) {
    if (absl::ascii_isspace(static_cast<unsigned char>(text->front()))) {
      Take(1, text);
    } else if (text->front() == '#' || absl::StartsWith(*text, "//")) {
      Take(text->find('\n'), text);
    } else if (absl::StartsWith(*text, "/*")) {
      const size_t end = text->find("*/", 2);
      Take(end == absl::string_view::npos ? end : end + 2, text);
    } else if (text->front() == '"') {
      *token = TakeQuoted(text);
      return true;
    } else if (absl::StrContains("{};", text->substr(0, 1))) {
      *token = Take(1, text);
      return true;
    } else {
      *token = Take(text->find_first_of(" \t\r\n\"{};"), text);
      return true;
    }
  }
  return false;
}

bool HoldsKeys(absl::string_view clause) {
  return clause == "trusted-keys" || clause == "managed-keys" ||
         clause == "trust-anchors";
}

}  // namespace

std::vector<Name> ZonesOfAnchorRecords(absl::string_view text) {
  std::vector<Name> zones;
  Name origin;
  absl::optional<Name> owner = origin;
  while (!text.empty()) {
    const Entry entry = TakeEntry(&text);
    if (entry.words.empty()) continue;
    const absl::string_view first = entry.words.front();
    if (absl::EqualsIgnoreCase(first, "$ORIGIN")) {
      if (entry.words.size() < 2) continue;
      origin = ReadOwner(entry.words[1], origin).value_or(origin);
      continue;
    }
    if (absl::StartsWith(first, "$")) continue;
    // An owner after a blank is taken for one, too.
    const bool has_owner = entry.has_owner || (!IsAnchor(entry.words, 0) &&
                                               IsAnchor(entry.words, 1));
    if (has_owner) owner = ReadOwner(first, origin);
    if (owner.has_value() && IsAnchor(entry.words, has_owner ? 1 : 0)) {
      AddOnce(*owner, &zones);
    }
  }
  return zones;
}

std::vector<Name> ZonesOfTrustedKeys(absl::string_view text) {
  std::vector<Name> zones;
  absl::string_view before;
  absl::string_view token;
  while (TakeToken(&text, &token)) {
    if (token != "{" || !HoldsKeys(before)) {
      before = token;
      continue;
    }
    // The first word of each key is its zone.
    bool is_first = true;
    while (TakeToken(&text, &token) && token != "}") {
      const absl::StatusOr<Name> zone = Name::ParseText(token);
      if (is_first && token != ";" && zone.ok()) AddOnce(*zone, &zones);
      is_first = token == ";";
    }
  }
  return zones;
}

}  // namespace danebound
