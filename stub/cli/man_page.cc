#include "stub/cli/man_page.h"

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace danebound {
namespace {

// Text that scdoc takes as it is.
std::string Escaped(absl::string_view text) {
  std::string escaped;
  for (const char octet : text) {
    if (absl::StrContains("\\*_`#|[]~<>", octet)) escaped += '\\';
    escaped += octet;
  }
  return escaped;
}

// Text that stays in its lines; a backslash escapes there too.
std::string Literal(absl::string_view text) {
  return absl::StrCat(
      "```\n",
      absl::StrReplaceAll(absl::StripSuffix(text, "\n"), {{"\\", "\\\\"}}),
      "\n```\n");
}

// "*--selector*, *-s* _X_"
std::string Term(const ArgumentForm& form) {
  if (!absl::StartsWith(form.names[0], "-")) {
    return absl::StrCat("_", Escaped(form.names[0]), "_");
  }
  const std::string names = absl::StrJoin(
      form.names, ", ", [](std::string* out, const std::string& name) {
        absl::StrAppend(out, "*", Escaped(name), "*");
      });
  return form.value.empty()
             ? names
             : absl::StrCat(names, " _", Escaped(form.value), "_");
}

std::string Definition(absl::string_view term, absl::string_view text) {
  return absl::StrCat(term, "\n\t", text, "\n\n");
}

std::string Options(const CommandForm& command) {
  std::string text;
  for (const auto* forms : {&command.positionals, &command.options}) {
    for (const ArgumentForm& each : *forms) {
      absl::StrAppend(&text, Definition(Term(each), Escaped(each.description)));
    }
  }
  return text;
}

std::string Synopsis(const CommandForm& command) {
  std::string text = absl::StrCat("*", absl::StrJoin(command.path, " "), "*");
  if (!command.options.empty()) absl::StrAppend(&text, " [_OPTION_...]");
  for (const ArgumentForm& each : command.positionals) {
    absl::StrAppend(&text, " [_", Escaped(each.names[0]), "_...]");
  }
  return absl::StrCat(text, "\n");
}

std::string Commands(const CommandForm& command) {
  std::string text;
  for (const CommandForm& each : command.commands) {
    const std::string name = each.path.back();
    const std::string page = absl::StrCat("danebound-", name);
    const std::string term =
        name == "help"
            ? "*danebound help*"
            : absl::StrCat("*", page, "*(", name == "serve" ? "8" : "1", ")");
    absl::StrAppend(&text, Definition(term, Escaped(each.description)));
  }
  return text;
}

// The part of a command's footer under a heading that begins so, to its end.
std::string Footer(const CommandForm& command, absl::string_view heading) {
  for (const absl::string_view part : absl::StrSplit(command.footer, "\n\n")) {
    if (absl::StartsWith(part, heading)) return std::string(part);
  }
  return "";
}

std::string Examples(const CommandForm& command) {
  const std::string footer = Footer(command, "Examples:\n");
  return Literal(
      absl::string_view(footer).substr(std::min<size_t>(footer.size(), 10)));
}

bool IsKey(absl::string_view line) {
  absl::ConsumePrefix(&line, "#");
  return !line.empty() &&
         absl::ascii_islower(static_cast<unsigned char>(line[0])) &&
         absl::StrContains(line, " = ");
}

bool IsTable(absl::string_view line) {
  absl::ConsumePrefix(&line, "#");
  return absl::StartsWith(line, "[");
}

// A reference file of settings: comments, and after them the settings that they
// are of, commented out where they show the default.
class SettingsText {
 public:
  explicit SettingsText(absl::string_view file) {
    for (const absl::string_view line : absl::StrSplit(file, '\n')) Add(line);
    EndParagraph();
  }
  const std::string& text() const { return text_; }

 private:
  void Add(absl::string_view line) {
    if (absl::StartsWith(line, "# ---")) {
      EndParagraph();
      absl::ConsumePrefix(&line, "# --- ");
      absl::ConsumeSuffix(&line, " ---");
      absl::StrAppend(&text_, "## ", absl::AsciiStrToUpper(line), "\n\n");
    } else if (IsKey(line) || IsTable(line)) {
      absl::ConsumePrefix(&line, "#");
      keys_.push_back(absl::StrCat("*", Escaped(line), "*"));
    } else if (line.empty() || line == "#") {
      EndParagraph();
    } else {
      if (!keys_.empty()) EndParagraph();
      absl::ConsumePrefix(&line, "#");
      absl::ConsumePrefix(&line, " ");
      // What is lined up stays so.
      columns_ = columns_ || absl::StrContains(line, "  ");
      prose_.emplace_back(line);
    }
  }

  void EndParagraph() {
    if (keys_.empty() && !prose_.empty()) {
      absl::StrAppend(&text_, Prose(""), "\n");
    } else if (!keys_.empty()) {
      absl::StrAppend(&text_, absl::StrJoin(keys_, "++\n"), "\n",
                      prose_.empty() ? "" : Prose("\t"), "\n");
    }
    keys_.clear();
    prose_.clear();
    columns_ = false;
  }

  std::string Prose(absl::string_view indent) const {
    if (columns_) {
      return absl::StrCat(indent, "```\n", indent,
                          absl::StrJoin(prose_, absl::StrCat("\n", indent)),
                          "\n", indent, "```\n");
    }
    return absl::StrCat(indent, Escaped(absl::StrJoin(prose_, " ")), "\n");
  }

  std::vector<std::string> keys_;
  std::vector<std::string> prose_;
  bool columns_ = false;
  std::string text_;
};

// The cells of "| a | b |".
std::vector<std::string> Cells(absl::string_view line) {
  absl::ConsumePrefix(&line, "| ");
  absl::ConsumeSuffix(&line, " |");
  std::vector<std::string> cells;
  for (const absl::string_view cell : absl::StrSplit(line, " | ")) {
    cells.emplace_back(absl::StripAsciiWhitespace(cell));
  }
  return cells;
}

// Without the marks for code and stress.
std::string WithoutTicks(absl::string_view text) {
  std::string plain;
  for (const char octet : text) {
    if (octet != '`' && octet != '*') plain += octet;
  }
  return Escaped(plain);
}

// A page of docs/: headings, paragraphs, literal blocks, and tables as lists.
class WordsText {
 public:
  explicit WordsText(absl::string_view file) {
    for (const absl::string_view line : absl::StrSplit(file, '\n')) Add(line);
    EndParagraph();
  }
  const std::string& text() const { return text_; }

 private:
  void Add(absl::string_view line) {
    if (absl::StartsWith(line, "```")) {
      EndParagraph();
      literal_ = !literal_;
      absl::StrAppend(&text_, "```\n", literal_ ? "" : "\n");
    } else if (literal_) {
      absl::StrAppend(&text_, line, "\n");
    } else if (absl::StartsWith(line, "#")) {
      AddHeading(line);
    } else if (absl::StartsWith(line, "|")) {
      AddRow(line);
    } else if (line.empty()) {
      EndParagraph();
      headings_.clear();
    } else {
      prose_.emplace_back(line);
    }
  }

  // The first one is the page's own.
  void AddHeading(absl::string_view line) {
    EndParagraph();
    const size_t level = line.find(' ');
    if (level < 2) return;
    absl::StrAppend(&text_, level == 2 ? "# " : "## ",
                    absl::AsciiStrToUpper(line.substr(level + 1)), "\n\n");
  }

  void AddRow(absl::string_view line) {
    if (absl::StartsWith(line, "|---")) return;
    const std::vector<std::string> cells = Cells(line);
    if (headings_.empty()) {
      EndParagraph();
      headings_ = cells;
      return;
    }
    std::vector<std::string> parts;
    for (size_t i = 1; i < cells.size() && i < headings_.size(); ++i) {
      if (cells[i] == "-" || cells[i].empty()) continue;
      parts.push_back(cells.size() == 2
                          ? WithoutTicks(cells[i])
                          : absl::StrCat("_", WithoutTicks(headings_[i]),
                                         "_: ", WithoutTicks(cells[i])));
    }
    absl::StrAppend(&text_,
                    Definition(absl::StrCat("*", WithoutTicks(cells[0]), "*"),
                               absl::StrJoin(parts, "; ")));
  }

  void EndParagraph() {
    if (!prose_.empty()) {
      absl::StrAppend(&text_, WithoutTicks(absl::StrJoin(prose_, " ")), "\n\n");
    }
    prose_.clear();
  }

  std::vector<std::string> headings_;  // of the table that is read
  std::vector<std::string> prose_;
  bool literal_ = false;
  std::string text_;
};

const CommandForm* Below(const CommandForm& command,
                         const std::vector<std::string>& names) {
  const CommandForm* found = &command;
  for (const std::string& name : names) {
    const auto below = std::find_if(
        found->commands.begin(), found->commands.end(),
        [&](const CommandForm& each) { return each.path.back() == name; });
    if (below == found->commands.end()) return nullptr;
    found = &*below;
  }
  return found;
}

std::string CommandText(const std::string& mark, const CommandForm& command) {
  if (mark == "SYNOPSIS") return Synopsis(command);
  if (mark == "OPTIONS") return Options(command);
  if (mark == "EXIT") return Literal(Footer(command, "Exit codes"));
  if (mark == "EXAMPLES") return Examples(command);
  if (mark == "COMMANDS") return Commands(command);
  return "";
}

std::string FileText(const std::string& mark, absl::string_view file) {
  if (mark == "SETTINGS") return SettingsText(file).text();
  if (mark == "WORDS") return WordsText(file).text();
  if (mark == "HEADER") return Literal(file);
  return "";
}

bool IsMark(absl::string_view line) {
  return line.size() > 2 && line.front() == '@' && line.back() == '@';
}

absl::Status NoSuchMark(absl::string_view line) {
  return absl::InvalidArgumentError(
      absl::StrCat(line, ": there is no such mark"));
}

}  // namespace

absl::StatusOr<std::string> CommandPage(const CommandForm& danebound,
                                        const std::string& command,
                                        absl::string_view prose) {
  const CommandForm* own =
      Below(danebound, absl::StrSplit(command, ' ', absl::SkipEmpty()));
  if (own == nullptr) return NoSuchMark(command);
  std::string page;
  for (const absl::string_view line : absl::StrSplit(prose, '\n')) {
    if (!IsMark(line)) {
      absl::StrAppend(&page, line, "\n");
      continue;
    }
    std::vector<std::string> words =
        absl::StrSplit(line.substr(1, line.size() - 2), ' ');
    const std::string mark = words[0];
    words.erase(words.begin());
    const CommandForm* subject = Below(*own, words);
    const std::string text = subject ? CommandText(mark, *subject) : "";
    if (text.empty()) return NoSuchMark(line);
    absl::StrAppend(&page, text);
  }
  return page;
}

absl::StatusOr<std::string> FilePage(absl::string_view file,
                                     absl::string_view prose) {
  std::string page;
  for (const absl::string_view line : absl::StrSplit(prose, '\n')) {
    if (!IsMark(line)) {
      absl::StrAppend(&page, line, "\n");
      continue;
    }
    const std::string text =
        FileText(std::string(line.substr(1, line.size() - 2)), file);
    if (text.empty()) return NoSuchMark(line);
    absl::StrAppend(&page, text);
  }
  return page;
}

}  // namespace danebound
