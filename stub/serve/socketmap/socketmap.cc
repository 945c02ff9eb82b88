#include "stub/serve/socketmap/socketmap.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "stub/serve/socketmap/netstring.h"

namespace danebound {

absl::StatusOr<SocketmapRequest> ParseSocketmapRequest(absl::string_view text) {
  const size_t space = text.find(' ');
  if (space == absl::string_view::npos || space == 0) {
    return absl::InvalidArgumentError(
        "a socketmap request is the name of a map, a space and a key");
  }
  if (space + 1 == text.size()) {
    return absl::InvalidArgumentError("the key is empty");
  }
  return SocketmapRequest{std::string(text.substr(0, space)),
                          std::string(text.substr(space + 1))};
}

absl::string_view ToText(SocketmapStatus status) {
  switch (status) {
    case SocketmapStatus::kTemp:
      return "TEMP";
    case SocketmapStatus::kTimeout:
      return "TIMEOUT";
    case SocketmapStatus::kPerm:
      return "PERM";
    case SocketmapStatus::kNotFound:
      return "NOTFOUND";
    case SocketmapStatus::kOk:
      return "OK";
  }
  return "TEMP";
}

SocketmapReply Refusal(SocketmapStatus status, absl::string_view id,
                       absl::string_view text) {
  SocketmapReply reply{status, absl::StrCat(id, ": ", text)};
  if (reply.text.size() > kLongestReplyText) {
    reply.text.resize(kLongestReplyText);
  }
  for (char& octet : reply.text) {
    if (!absl::ascii_isprint(static_cast<unsigned char>(octet))) octet = '?';
  }
  return reply;
}

absl::StatusOr<SocketmapReply> ParseSocketmapReply(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits(' ', 1));
  for (const SocketmapStatus status :
       {SocketmapStatus::kTemp, SocketmapStatus::kTimeout,
        SocketmapStatus::kPerm, SocketmapStatus::kNotFound,
        SocketmapStatus::kOk}) {
    if (parts.first == ToText(status)) {
      return SocketmapReply{status, std::string(parts.second)};
    }
  }
  return absl::InvalidArgumentError("not a reply of socketmap");
}

std::string EncodeSocketmapReply(const SocketmapReply& reply) {
  return EncodeNetstring(absl::StrCat(ToText(reply.status), " ", reply.text));
}

}  // namespace danebound
