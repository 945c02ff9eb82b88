#include "module/safe_version.h"

#include <array>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace danebound {
namespace {

// Major, minor, patch.
using Number = std::array<int, 3>;

struct Fix {
  Number release;
  absl::string_view what;
};

// The releases that fixed what lets a stranger forge verdicts or end the
// resolver, the newest first:
// https://nlnetlabs.nl/projects/unbound/security-advisories/
constexpr std::array<Fix, 4> kFixes = {{
    {{1, 26, 2},
     "forged answers pass for insecure below a trust anchor other than the "
     "root's: CVE-2026-35501, CVE-2026-50106"},
    {{1, 25, 2},
     "cache poisoning: CVE-2026-50252, CVE-2026-44690; memory overwritten in "
     "the validator: CVE-2026-56416"},
    {{1, 25, 1},
     "cache poisoning: CVE-2026-42960; memory overwritten and a crash in the "
     "validator: CVE-2026-33278, CVE-2026-42959"},
    {{1, 19, 1},
     "one answer keeps the validator busy for very long: CVE-2023-50387, "
     "CVE-2023-50868"},
}};

// What cannot be read counts as older than everything.
Number ParseRelease(absl::string_view release) {
  Number number = {-1, -1, -1};
  size_t part = 0;
  for (const absl::string_view text : absl::StrSplit(release, '.')) {
    if (part == number.size() || !absl::SimpleAtoi(text, &number[part])) {
      return {-1, -1, -1};
    }
    ++part;
  }
  return number;
}

std::string ToText(const Number& number) { return absl::StrJoin(number, "."); }

std::vector<std::string> LackingFixes(const Number& release) {
  std::vector<std::string> lacking;
  for (const Fix& fix : kFixes) {
    if (release < fix.release) {
      lacking.push_back(absl::StrCat(ToText(fix.release), " (", fix.what, ")"));
    }
  }
  return lacking;
}

}  // namespace

std::string NameUnbound(const UnboundBuild& build) {
  std::string name = absl::StrCat("unbound ", build.release);
  if (!build.package.empty()) {
    absl::StrAppend(&name, " (package ", build.package, ")");
  }
  return name;
}

SelfTestCheck CheckRelease(const UnboundBuild& build) {
  SelfTestCheck check;
  check.name = "resolver";
  check.result = SelfTestCheck::Result::kPassed;
  check.text = NameUnbound(build);
  const std::vector<std::string> lacking =
      LackingFixes(ParseRelease(build.release));
  if (lacking.empty()) return check;
  if (!build.package.empty()) {
    absl::StrAppend(&check.text, ", older than ", ToText(kFixes[0].release),
                    ": which of its fixes the package carries is in the "
                    "package's changelog");
    return check;
  }
  check.result = SelfTestCheck::Result::kWarning;
  absl::StrAppend(&check.text,
                  " is older than the releases that fixed grave faults: ",
                  absl::StrJoin(lacking, ", "), ". Build the module for ",
                  ToText(kFixes[0].release),
                  " or newer, or for a distribution's package that carries "
                  "the fixes");
  return check;
}

}  // namespace danebound
