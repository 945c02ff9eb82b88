#include "stub/serve/socketmap/sendmail_policy.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

// Says whether TLS without authentication is all that any host is owed.
bool OnlyEncrypts(const Verdict& verdict) {
  return !verdict.truncated &&
         std::all_of(verdict.hosts.begin(), verdict.hosts.end(),
                     [](const HostVerdict& host) {
                       return !IsTouched(host) || host.duty == Duty::kEncrypt;
                     });
}

SocketmapReply Word(absl::string_view word) {
  return {SocketmapStatus::kOk, std::string(word)};
}

}  // namespace

SocketmapReply SendmailDefer(absl::string_view id) {
  return Word(absl::StrCat("defer:", id));
}

SocketmapReply SendmailReplyFor(TlsPolicy policy, const Verdict& verdict) {
  switch (policy) {
    case TlsPolicy::kUnknown:
      return SendmailDefer(WhyDeferred(verdict).id);
    case TlsPolicy::kDaneOnly:
      return Word("authenticate");
    case TlsPolicy::kDane:
      return Word(OnlyEncrypts(verdict) ? "TEMP+ENCR:128" : "authenticate");
    case TlsPolicy::kEncrypt:
      return Word("TEMP+ENCR:128");
    case TlsPolicy::kNone:
      return {SocketmapStatus::kNotFound, ""};
  }
  return SendmailDefer(ToText(ReasonId::kMxFailed));
}

}  // namespace danebound
