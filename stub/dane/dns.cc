#include "stub/dane/dns.h"

#include <array>
#include <cstddef>

#include "absl/strings/str_cat.h"

namespace danebound {

absl::string_view ToText(Security security) {
  switch (security) {
    case Security::kFailed:
      return "failed";
    case Security::kBogus:
      return "bogus";
    case Security::kInsecure:
      return "insecure";
    case Security::kSecure:
      return "secure";
  }
  return "";
}

std::string RcodeText(int rcode) {
  constexpr std::array<absl::string_view, 6> kTexts = {
      "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};
  const auto index = static_cast<size_t>(rcode);
  if (rcode >= 0 && index < kTexts.size()) return std::string(kTexts[index]);
  return absl::StrCat("RCODE ", rcode);
}

absl::string_view ToText(RrType type) {
  switch (type) {
    case RrType::kA:
      return "A";
    case RrType::kCname:
      return "CNAME";
    case RrType::kMx:
      return "MX";
    case RrType::kAaaa:
      return "AAAA";
    case RrType::kTlsa:
      return "TLSA";
  }
  return "";
}

std::string ToText(const Question& question) {
  return absl::StrCat(question.name.ToText(), " ", ToText(question.type));
}

Answer FailedAnswer(absl::string_view why, int64_t now) {
  Answer answer;
  answer.why = std::string(why);
  answer.expires = now + kFailureLife;
  return answer;
}

}  // namespace danebound
