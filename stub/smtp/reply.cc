#include "stub/smtp/reply.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace danebound {
namespace {

constexpr size_t kCodeDigits = 3;
constexpr size_t kMostShown = 200;

struct ReplyLine {
  int code = 0;
  bool is_last = false;
  absl::string_view text;
};

std::string Shown(absl::string_view text) {
  return absl::CHexEscape(text.substr(0, kMostShown));
}

bool IsCode(absl::string_view digits) {
  return digits.size() == kCodeDigits && digits[0] >= '2' && digits[0] <= '5' &&
         digits[1] >= '0' && digits[1] <= '5' &&
         absl::ascii_isdigit(static_cast<unsigned char>(digits[2]));
}

int CodeOf(absl::string_view digits) {
  return (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + digits[2] - '0';
}

absl::optional<ReplyLine> ParseLine(absl::string_view line) {
  const absl::string_view digits = line.substr(0, kCodeDigits);
  if (!IsCode(digits)) return absl::nullopt;
  line.remove_prefix(kCodeDigits);
  if (line.empty()) return ReplyLine{CodeOf(digits), true, ""};
  if (line[0] != ' ' && line[0] != '-') return absl::nullopt;
  return ReplyLine{CodeOf(digits), line[0] == ' ', line.substr(1)};
}

absl::Status NotSmtp(absl::string_view line) {
  return absl::InvalidArgumentError(
      absl::StrCat("the server does not talk SMTP: \"", Shown(line), "\""));
}

absl::StatusOr<absl::optional<SmtpReply>> NoEndYet(absl::string_view octets) {
  if (octets.size() <= kMostReplyOctets) return absl::nullopt;
  return absl::OutOfRangeError(
      absl::StrCat("a reply of more than ", kMostReplyOctets, " octets"));
}

}  // namespace

absl::StatusOr<absl::optional<SmtpReply>> TakeReply(absl::string_view* octets) {
  absl::string_view rest = *octets;
  SmtpReply reply;
  for (;;) {
    const size_t end = rest.substr(0, kMostReplyOctets).find('\n');
    if (end == absl::string_view::npos) return NoEndYet(*octets);
    const absl::string_view line = absl::StripSuffix(rest.substr(0, end), "\r");
    const absl::optional<ReplyLine> parsed = ParseLine(line);
    const bool first = reply.lines.empty();
    if (!parsed.has_value() || (!first && parsed->code != reply.code)) {
      return NotSmtp(line);
    }
    rest.remove_prefix(end + 1);
    if (octets->size() - rest.size() > kMostReplyOctets) {
      return NoEndYet(*octets);
    }
    reply.code = parsed->code;
    reply.lines.emplace_back(parsed->text);
    if (!parsed->is_last) continue;
    *octets = rest;
    return absl::optional<SmtpReply>(reply);
  }
}

std::string ToText(const SmtpReply& reply) {
  return Shown(absl::StrCat(reply.code, " ",
                            reply.lines.empty() ? "" : reply.lines.front()));
}

}  // namespace danebound
