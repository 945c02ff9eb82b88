#include "stub/dane/next_hop.h"

#include <idn2.h>

#include <algorithm>
#include <array>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace danebound {
namespace {

using IdnText = std::unique_ptr<char, void (*)(void*)>;

absl::Status Error(absl::string_view text, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", absl::CHexEscape(text.substr(0, 300)),
                   "\" is not a next hop: ", what));
}

bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char octet) {
    return absl::ascii_isascii(static_cast<unsigned char>(octet));
  });
}

// Letters, digits and hyphens, and the underscore that some names have.
bool IsMailNameOctet(char octet) {
  return absl::ascii_isalnum(static_cast<unsigned char>(octet)) ||
         octet == '-' || octet == '_' || octet == '.';
}

// U-labels to A-labels. RFC 5891 4.4.
absl::StatusOr<std::string> ToAscii(absl::string_view name) {
  if (IsAscii(name)) return std::string(name);
  char* ascii = nullptr;
  const int result = idn2_to_ascii_8z(std::string(name).c_str(), &ascii,
                                      IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const IdnText owner(ascii, idn2_free);
  if (result != IDN2_OK) {
    return absl::InvalidArgumentError(absl::StrCat(
        "it has no form in A-labels (", idn2_strerror(result), ")"));
  }
  return std::string(ascii);
}

absl::StatusOr<Name> ParseMailLabels(absl::string_view ascii) {
  absl::StatusOr<Name> name = Name::ParseText(ascii);
  if (name.ok() && name->IsRoot()) {
    return absl::InvalidArgumentError("the root is no mail domain");
  }
  return name;
}

absl::StatusOr<Name> ParseMailName(absl::string_view text) {
  if (absl::StrContains(text, '\0')) {
    return absl::InvalidArgumentError("it holds a zero octet");
  }
  if (absl::StrContains(text, '@')) {
    return absl::InvalidArgumentError("give the part after the \"@\" alone");
  }
  if (std::all_of(text.begin(), text.end(), IsMailNameOctet)) {
    return ParseMailLabels(text);
  }
  const absl::StatusOr<std::string> ascii = ToAscii(text);
  if (!ascii.ok()) return ascii.status();
  if (!std::all_of(ascii->begin(), ascii->end(), IsMailNameOctet)) {
    return absl::InvalidArgumentError(
        "only letters, digits, \"-\", \"_\" and \".\" may stand in it");
  }
  return ParseMailLabels(*ascii);
}

absl::StatusOr<uint16_t> ParsePort(absl::string_view text) {
  uint32_t port = 0;
  if (!absl::SimpleAtoi(text, &port) || port < 1 || port > 65535 ||
      !absl::ascii_isdigit(static_cast<unsigned char>(text.front()))) {
    return absl::InvalidArgumentError(
        absl::StrCat("the port \"", absl::CHexEscape(text.substr(0, 20)),
                     "\" is not a number from 1 to 65535"));
  }
  return static_cast<uint16_t>(port);
}

// Says whether a text is an address. Only digits and dots are one of IPv4, and
// IPv6 has a colon.
bool IsAddress(absl::string_view text) {
  const bool may_be =
      absl::StrContains(text, ':') ||
      text.find_first_not_of("0123456789.") == absl::string_view::npos;
  return may_be && Address::ParseText(text).ok();
}

// Reads a name. One that reads like an address ("192.0.2.1.", or with other
// letters for the dots) would be another next hop when it is written.
absl::StatusOr<Name> ParseNoAddress(absl::string_view text) {
  absl::StatusOr<Name> name = ParseMailName(text);
  if (!name.ok()) return name.status();
  std::array<char, Name::kMostText * Name::kMostWire> room;
  const char* const end = Name::WriteText(name->wire(), room.data());
  const absl::string_view written(room.data(),
                                  static_cast<size_t>(end - room.data()));
  if (IsAddress(written)) {
    return absl::InvalidArgumentError(
        absl::StrCat("write an address as [", written, "]"));
  }
  return name;
}

absl::StatusOr<NextHop> ParseBracketed(absl::string_view text) {
  NextHop next_hop;
  absl::string_view bare = text;
  const bool tagged = absl::StartsWithIgnoreCase(text, "ipv6:");
  if (tagged) bare.remove_prefix(5);
  const absl::StatusOr<Address> address = Address::ParseText(bare);
  if (address.ok() && (!tagged || address->IsIpv6())) {
    next_hop.form = NextHopForm::kAddress;
    next_hop.address = *address;
    return next_hop;
  }
  if (tagged || absl::StrContains(text, ':')) {
    return absl::InvalidArgumentError("no IPv6 address between the brackets");
  }
  absl::StatusOr<Name> name = ParseNoAddress(text);
  if (!name.ok()) return name.status();
  next_hop.form = NextHopForm::kHost;
  next_hop.name = *std::move(name);
  return next_hop;
}

absl::StatusOr<NextHop> ParseDomain(absl::string_view text) {
  if (IsAddress(text)) {
    return absl::InvalidArgumentError(
        absl::StrCat("write an address as [", text, "]"));
  }
  absl::StatusOr<Name> name = ParseNoAddress(text);
  if (!name.ok()) return name.status();
  NextHop next_hop;
  next_hop.name = *std::move(name);
  return next_hop;
}

// Where the target ends and ":port", or nothing, begins; npos for "[" alone.
size_t TargetSize(absl::string_view text) {
  if (!absl::StartsWith(text, "["))
    return std::min(text.find(':'), text.size());
  const size_t end = text.find(']');
  return end == absl::string_view::npos ? end : end + 1;
}

absl::StatusOr<NextHop> Parse(absl::string_view text, uint16_t default_port) {
  if (text.empty()) return absl::InvalidArgumentError("it is empty");
  if (IsAddress(text)) return ParseDomain(text);
  const size_t size = TargetSize(text);
  if (size == absl::string_view::npos) {
    return absl::InvalidArgumentError("\"[\" without \"]\"");
  }
  const absl::string_view target = text.substr(0, size);
  absl::string_view rest = text.substr(size);
  uint16_t port = default_port;
  if (!rest.empty()) {
    if (!absl::ConsumePrefix(&rest, ":")) {
      return absl::InvalidArgumentError("only \":port\" may follow \"]\"");
    }
    const absl::StatusOr<uint16_t> given = ParsePort(rest);
    if (!given.ok()) return given.status();
    port = *given;
  }
  absl::StatusOr<NextHop> next_hop =
      absl::StartsWith(target, "[")
          ? ParseBracketed(target.substr(1, target.size() - 2))
          : ParseDomain(target);
  if (next_hop.ok()) next_hop->port = port;
  return next_hop;
}

}  // namespace

absl::StatusOr<NextHop> ParseNextHop(absl::string_view text,
                                     uint16_t default_port) {
  absl::StatusOr<NextHop> next_hop = Parse(text, default_port);
  if (!next_hop.ok()) return Error(text, next_hop.status().message());
  return next_hop;
}

std::string ToText(const NextHop& next_hop) {
  switch (next_hop.form) {
    case NextHopForm::kDomain:
      return next_hop.name.ToText();
    case NextHopForm::kHost:
      return absl::StrCat("[", next_hop.name.ToText(), "]");
    case NextHopForm::kAddress:
      return absl::StrCat("[", next_hop.address.IsIpv6() ? "IPv6:" : "",
                          next_hop.address.ToText(), "]");
  }
  return "";
}

std::string ToUnicode(const Name& name) {
  std::string text = name.ToText();
  if (!absl::StrContains(text, "xn--")) return text;
  char* unicode = nullptr;
  const int result = idn2_to_unicode_8z8z(text.c_str(), &unicode, 0);
  const IdnText owner(unicode, idn2_free);
  if (result != IDN2_OK) return text;
  const absl::StatusOr<std::string> back = ToAscii(unicode);
  return back.ok() && *back == text ? std::string(unicode) : text;
}

}  // namespace danebound
