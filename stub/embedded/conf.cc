#include "stub/embedded/conf.h"

#include <glob.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace danebound {
namespace {

constexpr int kMaxDepth = 20;
constexpr absl::string_view kWhiteSpace = " \t\r\n";

// Takes `text` up to the first octet of `stops`, or all of it.
absl::string_view TakeUntil(absl::string_view stops, absl::string_view* text) {
  const absl::string_view taken = text->substr(0, text->find_first_of(stops));
  text->remove_prefix(taken.size());
  return taken;
}

// Takes white space and comments.
absl::string_view TakeBlank(absl::string_view* text) {
  const absl::string_view all = *text;
  while (!text->empty()) {
    if (text->front() == '#') {
      TakeUntil("\n", text);
    } else if (absl::StrContains(kWhiteSpace, text->substr(0, 1))) {
      text->remove_prefix(1);
    } else {
      break;
    }
  }
  return all.substr(0, all.size() - text->size());
}

// Takes a quoted string with its quotes.
absl::string_view TakeQuoted(absl::string_view* text) {
  const absl::string_view all = *text;
  const absl::string_view quote = all.substr(0, 1);
  text->remove_prefix(1);
  TakeUntil(absl::StrCat(quote, "\n"), text);
  absl::ConsumePrefix(text, quote);
  return all.substr(0, all.size() - text->size());
}

bool IsQuoted(absl::string_view text) {
  return absl::StartsWith(text, "\"") || absl::StartsWith(text, "'");
}

// Takes a word or a quoted string; `text` is neither empty nor blank.
absl::string_view TakeWord(absl::string_view* text) {
  return IsQuoted(*text) ? TakeQuoted(text) : TakeUntil(" \t\r\n\"'", text);
}

// Takes no more of a word than a keyword with its ":": another may follow
// without a blank, as in "server:do-ip6:".
absl::string_view TakePiece(absl::string_view* text) {
  const absl::string_view all = *text;
  absl::string_view rest = all;
  const absl::string_view word = TakeWord(&rest);
  const size_t colon = IsQuoted(all) ? absl::string_view::npos : word.find(':');
  const size_t size =
      colon == absl::string_view::npos ? word.size() : colon + 1;
  text->remove_prefix(size);
  return all.substr(0, size);
}

// Takes the value that follows a keyword, without quotes.
std::string TakeValue(absl::string_view* text) {
  TakeBlank(text);
  if (text->empty()) return "";
  absl::string_view value = TakeWord(text);
  if (IsQuoted(value)) {
    const absl::string_view quote = value.substr(0, 1);
    absl::ConsumePrefix(&value, quote);
    absl::ConsumeSuffix(&value, quote);
  }
  return std::string(value);
}

std::string Joined(absl::string_view directory, absl::string_view path) {
  if (directory.empty() || absl::StartsWith(path, "/")) {
    return std::string(path);
  }
  return absl::StrCat(directory, "/", path);
}

// Copies files into one text, and changes what conf.h says.
class Copy {
 public:
  absl::Status AddFile(const std::string& path, int depth);
  EmbeddedConf TakeConf() { return std::move(conf_); }

 private:
  absl::Status AddText(absl::string_view text, int depth);
  absl::Status AddWord(absl::string_view* text, int depth);
  absl::Status AddIncluded(absl::string_view pattern, int depth);

  EmbeddedConf conf_;
  std::string directory_;
};

absl::Status Copy::AddFile(const std::string& path, int depth) {
  if (depth > kMaxDepth) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": more than ", kMaxDepth, " files include each other"));
  }
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  absl::Status status = AddText(*text, depth);
  conf_.text.push_back('\n');
  return status;
}

absl::Status Copy::AddText(absl::string_view text, int depth) {
  while (true) {
    absl::StrAppend(&conf_.text, TakeBlank(&text));
    if (text.empty()) return absl::OkStatus();
    absl::Status status = AddWord(&text, depth);
    if (!status.ok()) return status;
  }
}

absl::Status Copy::AddIncluded(absl::string_view pattern, int depth) {
  for (const std::string& file : FilesOf(Joined(directory_, pattern))) {
    absl::Status status = AddFile(file, depth + 1);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Copy::AddWord(absl::string_view* text, int depth) {
  if (absl::ConsumePrefix(text, "include:") ||
      absl::ConsumePrefix(text, "include-toplevel:")) {
    return AddIncluded(TakeValue(text), depth);
  }
  if (absl::ConsumePrefix(text, "auto-trust-anchor-file:")) {
    conf_.auto_trust_anchor_files.push_back(TakeValue(text));
  } else if (absl::ConsumePrefix(text, "directory:")) {
    directory_ = Joined(directory_, TakeValue(text));
    absl::StrAppend(&conf_.text, "directory: \"", directory_, "\"");
  } else if (absl::ConsumePrefix(text, "auth-zone:")) {
    absl::StrAppend(&conf_.text, "auth-zone: for-downstream: no ");
  } else if (absl::ConsumePrefix(text, "for-downstream:")) {
    TakeValue(text);
    absl::StrAppend(&conf_.text, "for-downstream: no");
  } else {
    absl::StrAppend(&conf_.text, TakePiece(text));
  }
  return absl::OkStatus();
}

// Says whether Unbound trusts the key on this line of its file. A line that
// tells no state is one that an administrator put there.
bool IsTrusted(absl::string_view line) {
  return !absl::StrContains(line, ";;state=") ||
         absl::StrContains(line, ";;state=2 ") ||  // VALID
         absl::StrContains(line, ";;state=3 ");    // MISSING: still trusted
}

}  // namespace

std::vector<std::string> FilesOf(const std::string& pattern) {
  if (pattern.find_first_of("*?[{~") == std::string::npos) return {pattern};
  glob_t found;
  const int flags = GLOB_ERR | GLOB_BRACE | GLOB_TILDE;
  const int error = glob(pattern.c_str(), flags, nullptr, &found);
  std::vector<std::string> files;
  if (error == 0) {
    files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  } else if (error != GLOB_NOMATCH) {
    files.push_back(pattern);
  }
  globfree(&found);
  return files;
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(
      std::fopen(path.c_str(), "re"), [](FILE* f) { return std::fclose(f); });
  std::string text;
  std::array<char, 4096> octets = {};
  while (file) {
    const size_t size = std::fread(octets.data(), 1, octets.size(), file.get());
    text.append(octets.data(), size);
    if (size < octets.size()) break;
  }
  if (file && !std::ferror(file.get())) return text;
  return absl::NotFoundError(
      absl::StrCat(path, ": ", std::strerror(errno),
                   "; check the name and the permissions"));
}

absl::StatusOr<EmbeddedConf> ReadConf(const std::string& path) {
  Copy copy;
  absl::Status status = copy.AddFile(path, 0);
  if (!status.ok()) return status;
  return copy.TakeConf();
}

absl::StatusOr<std::string> ReadAutoTrustAnchors(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  if (absl::StrContains(*text, ";;REVOKED")) return std::string();
  std::string trusted;
  for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
    if (IsTrusted(line)) absl::StrAppend(&trusted, line, "\n");
  }
  return trusted;
}

}  // namespace danebound
