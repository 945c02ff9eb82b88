#include "stub/serve/operator/enforcement.h"

namespace danebound {

absl::string_view ToText(Enforcement enforcement) {
  switch (enforcement) {
    case Enforcement::kEnforce:
      return "enforce";
    case Enforcement::kRequire:
      return "require";
    case Enforcement::kAudit:
      return "audit";
    case Enforcement::kOff:
      return "off";
  }
  return "enforce";
}

absl::string_view ToText(Unenforced unenforced) {
  switch (unenforced) {
    case Unenforced::kNotFound:
      return "notfound";
    case Unenforced::kMay:
      return "may";
    case Unenforced::kEncrypt:
      return "encrypt";
  }
  return "notfound";
}

absl::optional<Enforcement> EnforcementNamed(absl::string_view text) {
  for (const Enforcement each : {Enforcement::kEnforce, Enforcement::kRequire,
                                 Enforcement::kAudit, Enforcement::kOff}) {
    if (text == ToText(each)) return each;
  }
  return absl::nullopt;
}

absl::optional<Unenforced> UnenforcedNamed(absl::string_view text) {
  for (const Unenforced each :
       {Unenforced::kNotFound, Unenforced::kMay, Unenforced::kEncrypt}) {
    if (text == ToText(each)) return each;
  }
  return absl::nullopt;
}

}  // namespace danebound
