#include "stub/embedded/self_test.h"

#include <unbound.h>

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace danebound {
namespace {

SelfTestCheck Check(absl::string_view name, SelfTestCheck::Result result,
                    std::string text) {
  SelfTestCheck check;
  check.name = std::string(name);
  check.result = result;
  check.text = std::move(text);
  return check;
}

SelfTestCheck KnownNameCheck(const Answer& answer) {
  constexpr absl::string_view kName = "known-name-secure";
  if (answer.security == Security::kSecure) {
    return Check(kName, SelfTestCheck::Result::kPassed,
                 "the root's keys vouch for its answers");
  }
  std::string seen =
      absl::StrCat("the root's answer is ", ToText(answer.security));
  if (!answer.why.empty()) absl::StrAppend(&seen, ": ", answer.why);
  const absl::string_view advice =
      answer.security == Security::kInsecure
          ? "; is there a trust anchor for the root?"
          : "; check the network, the clock and the trust anchor";
  return Check(kName, SelfTestCheck::Result::kFailed,
               absl::StrCat(seen, advice));
}

}  // namespace

const Question& KnownDenial() {
  static const Question question{Name(), RrType::kA};
  return question;
}

std::vector<SelfTestCheck> ChecksOf(const Asker& asker, const Answer& denial) {
  std::string anchors = asker.trust_anchors();
  absl::StripTrailingAsciiWhitespace(&anchors);
  const std::string fault = asker.AnchorFault();
  return {
      Check("libunbound", SelfTestCheck::Result::kPassed, ub_version()),
      Check("validator", SelfTestCheck::Result::kPassed,
            "module-config is \"validator iterator\", not permissive"),
      Check("trust-anchor",
            fault.empty() ? SelfTestCheck::Result::kPassed
                          : SelfTestCheck::Result::kFailed,
            absl::StrCat(absl::StrReplaceAll(anchors, {{"\n", ", "}}),
                         fault.empty() ? "" : ": ", fault)),
      KnownNameCheck(denial),
  };
}

}  // namespace danebound
