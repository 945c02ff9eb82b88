#include "stub/dane/name.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace danebound {
namespace {

constexpr size_t kMaxNameSize = Name::kMostWire;
constexpr size_t kMaxLabelSize = 63;

absl::Status Error(absl::string_view text, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", absl::CHexEscape(text.substr(0, 300)),
                   "\" is not a domain name: ", what));
}

// Takes one octet, escaped or not, from the front of `text`, which is not
// empty. RFC 1035 5.1.
absl::StatusOr<char> TakeOctet(absl::string_view* text) {
  const char first = text->front();
  text->remove_prefix(1);
  if (first != '\\') return first;
  if (text->empty()) return absl::InvalidArgumentError("\"\\\" at the end");
  if (!absl::ascii_isdigit(static_cast<unsigned char>(text->front()))) {
    const char escaped = text->front();
    text->remove_prefix(1);
    return escaped;
  }
  int value = 0;
  for (int i = 0; i < 3; ++i) {
    if (text->empty() ||
        !absl::ascii_isdigit(static_cast<unsigned char>(text->front()))) {
      return absl::InvalidArgumentError("\"\\\" wants three digits");
    }
    value = value * 10 + (text->front() - '0');
    text->remove_prefix(1);
  }
  if (value > 255) return absl::InvalidArgumentError("\"\\DDD\" above 255");
  return static_cast<char>(value);
}

// Says what is wrong with a label, or nothing.
absl::string_view LabelFault(absl::string_view label) {
  if (label.empty()) return "an empty label";
  if (label.size() > kMaxLabelSize) return "a label longer than 63 octets";
  return "";
}

void AppendLabel(absl::string_view label, std::string* wire) {
  wire->push_back(static_cast<char>(label.size()));
  for (const char octet : label) {
    wire->push_back(absl::ascii_tolower(static_cast<unsigned char>(octet)));
  }
}

bool IsPlain(char octet) {
  return absl::ascii_isalnum(static_cast<unsigned char>(octet)) ||
         octet == '-' || octet == '_' || octet == '*';
}

// How many octets the text of one that is not plain has more.
size_t SizeOfEscape(char octet) {
  return absl::ascii_isgraph(static_cast<unsigned char>(octet)) ? 1 : 3;
}

char* WriteEscaped(char octet, char* text) {
  const auto number = static_cast<unsigned char>(octet);
  if (IsPlain(octet)) {
    *text++ = octet;
  } else if (absl::ascii_isgraph(number)) {
    *text++ = '\\';
    *text++ = octet;
  } else {
    *text++ = '\\';
    *text++ = static_cast<char>('0' + number / 100);
    *text++ = static_cast<char>('0' + number / 10 % 10);
    *text++ = static_cast<char>('0' + number % 10);
  }
  return text;
}

// The wire form of what most names are written as: labels without escapes, and
// nothing wrong with them.
absl::optional<std::string> WireOfPlain(absl::string_view text) {
  if (!text.empty() && text.back() == '.') text.remove_suffix(1);
  if (text.size() > kMaxNameSize - 2) return absl::nullopt;
  std::string wire(text.size() + 2, '\0');
  size_t length_at = 0;
  for (size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] != '.') {
      if (text[at] == '\\') return absl::nullopt;
      wire[at + 1] = absl::ascii_tolower(static_cast<unsigned char>(text[at]));
      continue;
    }
    const size_t size = at - length_at;
    if (size == 0 || size > kMaxLabelSize) return absl::nullopt;
    wire[length_at] = static_cast<char>(size);
    length_at = at + 1;
  }
  return wire;
}

}  // namespace

absl::StatusOr<Name> Name::ParseText(absl::string_view text) {
  if (text.empty()) return Error(text, "it is empty");
  if (text == ".") return Name();
  if (absl::optional<std::string> plain = WireOfPlain(text)) {
    return Name(*std::move(plain));
  }
  std::string wire;
  std::string label;
  absl::string_view rest = text;
  while (!rest.empty()) {
    const bool at_dot = rest.front() == '.';
    if (!at_dot) {
      const absl::StatusOr<char> octet = TakeOctet(&rest);
      if (!octet.ok()) return Error(text, octet.status().message());
      label.push_back(*octet);
      if (!rest.empty()) continue;
    } else {
      rest.remove_prefix(1);
    }
    const absl::string_view fault = LabelFault(label);
    if (!fault.empty()) return Error(text, fault);
    AppendLabel(label, &wire);
    label.clear();
  }
  wire.push_back('\0');
  if (wire.size() > kMaxNameSize) return Error(text, "longer than 255 octets");
  return Name(std::move(wire));
}

absl::StatusOr<Name> Name::ParseWire(absl::string_view octets) {
  absl::StatusOr<Name> name = TakeWire(&octets);
  if (name.ok() && !octets.empty()) {
    return absl::InvalidArgumentError("octets after a wire-form name");
  }
  return name;
}

absl::StatusOr<size_t> Name::WireSize(absl::string_view octets) {
  size_t at = 0;
  while (at < octets.size() && octets[at] != '\0') {
    const auto size = static_cast<unsigned char>(octets[at]);
    if (size > kMaxLabelSize) {
      return absl::InvalidArgumentError(
          "a compressed or overlong label in a wire-form name");
    }
    if (at + 1 + size >= octets.size()) break;
    at += 1 + size;
    if (at >= kMaxNameSize) {
      return absl::InvalidArgumentError("a wire-form name over 255 octets");
    }
  }
  if (at >= octets.size() || octets[at] != '\0') {
    return absl::InvalidArgumentError("a wire-form name is cut short");
  }
  return at + 1;
}

absl::StatusOr<Name> Name::TakeWire(absl::string_view* octets) {
  const absl::StatusOr<size_t> size = WireSize(*octets);
  if (!size.ok()) return size.status();
  // Lengths of labels are below the letters.
  std::string wire = absl::AsciiStrToLower(octets->substr(0, *size));
  octets->remove_prefix(*size);
  return Name(std::move(wire));
}

size_t Name::TextSize(absl::string_view wire) {
  if (wire.size() <= 1) return 1;
  // A dot, or nothing, for each length; nothing for the root's.
  size_t size = wire.size() - 2;
  for (size_t at = 0; wire[at] != '\0';) {
    const auto label = static_cast<unsigned char>(wire[at]);
    for (const char octet : wire.substr(at + 1, label)) {
      if (!IsPlain(octet)) size += SizeOfEscape(octet);
    }
    at += 1 + label;
  }
  return size;
}

char* Name::WriteText(absl::string_view wire, char* text) {
  if (wire.size() <= 1) {
    *text = '.';
    return text + 1;
  }
  for (size_t at = 0; wire[at] != '\0';) {
    const auto size = static_cast<unsigned char>(wire[at]);
    if (at != 0) *text++ = '.';
    for (const char octet : wire.substr(at + 1, size)) {
      text = WriteEscaped(octet, text);
    }
    at += 1 + size;
  }
  return text;
}

std::string Name::ToText() const {
  std::string text(TextSize(wire_), '\0');
  WriteText(wire_, text.data());
  return text;
}

size_t Name::LabelCount() const {
  size_t count = 0;
  for (size_t at = 0; wire_[at] != '\0'; ++count) {
    at += 1 + static_cast<unsigned char>(wire_[at]);
  }
  return count;
}

bool Name::IsAtOrBelow(const Name& ancestor) const {
  const size_t own = LabelCount();
  const size_t other = ancestor.LabelCount();
  Name name = *this;
  for (size_t i = other; i < own; ++i) name = name.Parent();
  return name == ancestor;
}

Name Name::Parent() const {
  if (IsRoot()) return *this;
  return Name(wire_.substr(1 + static_cast<unsigned char>(wire_[0])));
}

absl::StatusOr<Name> Name::WithLabel(absl::string_view label) const {
  const absl::string_view fault = LabelFault(label);
  if (!fault.empty()) return Error(label, fault);
  std::string wire;
  AppendLabel(label, &wire);
  wire.append(wire_);
  if (wire.size() > kMaxNameSize) {
    return Error(absl::StrCat(label, ".", ToText()), "longer than 255 octets");
  }
  return Name(std::move(wire));
}

}  // namespace danebound
