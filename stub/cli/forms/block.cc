#include "stub/cli/forms/block.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "stub/cli/forms/words.h"
#include "stub/system/printable.h"

namespace danebound {
namespace {

constexpr absl::string_view kCut = "...";
constexpr size_t kLabelWidth = 11;
constexpr size_t kLeastShown = 8;  // octets of a record, however little room

// ECMA-48 8.3.117, SGR.
absl::string_view CodeOf(Colour colour) {
  switch (colour) {
    case Colour::kPlain:
      return "";
    case Colour::kBold:
      return "1";
    case Colour::kFaint:
      return "2";
    case Colour::kRed:
      return "31";
    case Colour::kGreen:
      return "32";
    case Colour::kYellow:
      return "33";
    case Colour::kCyan:
      return "36";
  }
  return "";
}

// Why a record does not count; empty where it does.
std::string NoteOn(const Tlsa& record) {
  if (record.superseded) return "  superseded";
  if (record.usable()) return "";
  return absl::StrCat("  unusable: ", ToText(record.why_not));
}

// A label is never glued to its text.
std::string LabelOf(absl::string_view label) {
  return Padded(label, std::max(kLabelWidth, Width(label) + 1));
}

}  // namespace

std::string Block::Coloured(Colour colour, absl::string_view text) const {
  const absl::string_view code = CodeOf(colour);
  if (!style_.colour || code.empty()) return std::string(text);
  return absl::StrCat("\033[", code, "m", text, "\033[0m");
}

void Block::AddHeading(absl::string_view title, Colour colour,
                       absl::string_view word) {
  const std::string front = absl::StrCat(Printable(title), ":");
  AddLine(absl::StrCat(Coloured(Colour::kBold, front), " ",
                       Coloured(colour, Printable(word))));
}

void Block::AddLine(absl::string_view text) {
  absl::StrAppend(&text_, text, "\n");
}

void Block::AddParagraph(absl::string_view text) { AddParagraph(text, 2); }

void Block::AddParagraph(absl::string_view text, size_t indent) {
  for (const std::string& line : Wrap(Printable(text), style_.width - indent)) {
    AddLine(absl::StrCat(std::string(indent, ' '), line));
  }
}

void Block::AddDetail(absl::string_view label, absl::string_view text,
                      Colour label_colour) {
  std::string front = Coloured(label_colour, LabelOf(label));
  for (const std::string& line : Wrap(Printable(text), Room())) {
    AddLine(absl::StrCat(indent_, front, line));
    front = std::string(kLabelWidth, ' ');
  }
}

void Block::AddRecord(absl::string_view label, const Tlsa& record) {
  const std::string note = NoteOn(record);
  std::string text = ToText(record);
  if (!style_.whole && text.size() + note.size() > Room()) {
    const size_t least = note.size() + kLeastShown + kCut.size();
    text.resize(std::max(Room(), least) - note.size() - kCut.size());
    absl::StrAppend(&text, kCut);
  }
  AddLine(absl::StrCat(
      indent_, Coloured(Colour::kFaint, LabelOf(label)),
      record.counts() ? text : Coloured(Colour::kFaint, text),
      Coloured(record.usable() ? Colour::kFaint : Colour::kYellow, note)));
}

size_t Block::Room() const {
  return style_.width - indent_.size() - kLabelWidth;
}

}  // namespace danebound
