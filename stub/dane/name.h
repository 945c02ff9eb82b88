// Domain names as values: canonical (lower-case) wire form, RFC 1035 3.1,
// RFC 4034 6.2. Two names are equal exactly when DNS says so.
#ifndef DANEBOUND_STUB_DANE_NAME_H_
#define DANEBOUND_STUB_DANE_NAME_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace danebound {

// A fully qualified domain name of at most 255 octets. The default is the root.
class Name {
 public:
  Name() = default;

  // Parses presentation form; a trailing dot may be left out, "." is the root.
  //
  //   text     labels of 1 to 63 octets; `\.` and `\DDD` escape an octet.
  //   errors   InvalidArgument  an empty or overlong label, an overlong name,
  //                             a broken escape; the text says which.
  //   source   RFC 1035 5.1.
  static absl::StatusOr<Name> ParseText(absl::string_view text);

  // Parses an uncompressed wire-form name that fills `octets` to the end.
  //
  //   errors   InvalidArgument  not one whole uncompressed name.
  static absl::StatusOr<Name> ParseWire(absl::string_view octets);

  // Takes one uncompressed wire-form name from the front of `octets`, which is
  // left unchanged on error.
  //
  //   errors   InvalidArgument  no whole uncompressed name in front.
  static absl::StatusOr<Name> TakeWire(absl::string_view* octets);

  // The size of the uncompressed wire-form name in front of `octets`, its
  // letters in any case.
  //
  //   errors   InvalidArgument  no whole uncompressed name in front.
  static absl::StatusOr<size_t> WireSize(absl::string_view octets);

  // Wire form, lower-case, with the root's zero octet.
  absl::string_view wire() const { return wire_; }

  // The size of what ToText gives of a name in wire form, at most kMostText
  // times its octets.
  static size_t TextSize(absl::string_view wire);

  // Writes that text.
  //
  //   wire     a whole name, lower-case.
  //   text     has room for it.
  //   returns  the end of the text.
  static constexpr size_t kMostText = 4;
  static constexpr size_t kMostWire = 255;
  static char* WriteText(absl::string_view wire, char* text);

  // Presentation form without the trailing dot; the root is ".". Octets that
  // are no letter, digit, '-' or '_' are escaped.
  std::string ToText() const;

  bool IsRoot() const { return wire_.size() == 1; }

  // The number of labels, the root's not counted.
  size_t LabelCount() const;

  // Says whether this name is `ancestor` or lies below it.
  bool IsAtOrBelow(const Name& ancestor) const;

  // The name without its first label; the root's parent is the root.
  Name Parent() const;

  // The name with `label` (1 to 63 octets, not escaped) put before it.
  //
  //   errors   InvalidArgument  the label is empty or overlong, or the result
  //                             is longer than 255 octets.
  absl::StatusOr<Name> WithLabel(absl::string_view label) const;

  friend bool operator==(const Name& a, const Name& b) {
    return a.wire_ == b.wire_;
  }
  friend bool operator!=(const Name& a, const Name& b) { return !(a == b); }
  // Any total order, for maps and for lists that must not depend on chance.
  friend bool operator<(const Name& a, const Name& b) {
    return a.wire_ < b.wire_;
  }

 private:
  explicit Name(std::string wire) : wire_(std::move(wire)) {}

  std::string wire_ = std::string(1, '\0');
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_NAME_H_
