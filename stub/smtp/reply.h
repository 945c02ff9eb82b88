// Replies of SMTP servers, RFC 5321 4.2:
//
//   reply = *( code "-" text CRLF ) code [ " " text ] CRLF
//   code  = 3 digits, the first 2 to 5, the second 0 to 5
//
// A bare LF also ends a line: some servers send it, and nothing here depends on
// the difference.
#ifndef DANEBOUND_STUB_SMTP_REPLY_H_
#define DANEBOUND_STUB_SMTP_REPLY_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace danebound {

// More than any server sends in earnest.
inline constexpr size_t kMostReplyOctets = 16384;

struct SmtpReply {
  int code = 0;
  std::vector<std::string> lines;  // texts behind the code, at least one
};

// Takes one whole reply from the front of `octets`, which is else unchanged.
//
//   returns  nullopt while its end has not come.
//   errors   InvalidArgument  no SMTP; the text shows the line.
//            OutOfRange       more than kMostReplyOctets and no end.
//   source   RFC 5321 4.2.
absl::StatusOr<absl::optional<SmtpReply>> TakeReply(absl::string_view* octets);

// "550 5.7.1 go away": code and first line, at most 200 octets, escaped where
// it holds anything but printable ASCII.
std::string ToText(const SmtpReply& reply);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SMTP_REPLY_H_
