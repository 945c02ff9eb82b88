// Text for people, built line by line: what all commands print their tables
// with.
//
//   example.org: deliver                     a heading
//     MX records secure, holds 59 min        a paragraph
//          names      mx1.example.org        a detail, behind its label
#ifndef DANEBOUND_STUB_CLI_FORMS_BLOCK_H_
#define DANEBOUND_STUB_CLI_FORMS_BLOCK_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "stub/dane/tlsa.h"

namespace danebound {

struct TableStyle {
  size_t width = 80;     // columns a line; a word alone may be longer
  bool whole = false;    // cut no record and leave no host out
  bool colour = false;   // ANSI colours
  bool unicode = false;  // show U-labels beside A-labels
};

// SGR, ECMA-48 8.3.117.
enum class Colour { kPlain, kBold, kFaint, kRed, kGreen, kYellow, kCyan };

// Nothing that is added steers a terminal (Printable), but for AddLine.
class Block {
 public:
  //   indent  blanks before the label of a detail.
  Block(const TableStyle& style, size_t indent)
      : style_(style), indent_(indent, ' ') {}

  // The text, in colour where the style has colours.
  std::string Coloured(Colour colour, absl::string_view text) const;

  // Adds "TITLE: WORD".
  void AddHeading(absl::string_view title, Colour colour,
                  absl::string_view word);
  // Adds a line as it is, however long; may hold what Coloured gave.
  void AddLine(absl::string_view text);
  // Adds text in lines, all behind two blanks, or so many.
  void AddParagraph(absl::string_view text);
  void AddParagraph(absl::string_view text, size_t indent);
  // Adds text in lines, the first behind the label.
  void AddDetail(absl::string_view label, absl::string_view text,
                 Colour label_colour = Colour::kFaint);
  // Adds a record in one line, its data cut to fit unless the style forbids it;
  // one that does not count is faint, with the reason behind it.
  void AddRecord(absl::string_view label, const Tlsa& record);

  const TableStyle& style() const { return style_; }
  const std::string& indent() const { return indent_; }
  const std::string& text() const { return text_; }

 private:
  size_t Room() const;  // columns behind a label

  TableStyle style_;
  std::string indent_;
  std::string text_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_FORMS_BLOCK_H_
