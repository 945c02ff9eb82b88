// Says whether the Unbound at hand has the fixes that verdicts rest on. The one
// table of releases is in safe_version.cc.
#ifndef DANEBOUND_MODULE_SAFE_VERSION_H_
#define DANEBOUND_MODULE_SAFE_VERSION_H_

#include <string>

#include "absl/strings/string_view.h"
#include "stub/wire/message.h"

namespace danebound {

// An Unbound as it was built.
struct UnboundBuild {
  absl::string_view release;  // Unbound's own number, "1.17.1"
  // The version of the distribution's source package, "1.17.1-2+deb12u4";
  // empty where it was built from upstream's source.
  absl::string_view package;
};

// Names it: "unbound 1.17.1 (package 1.17.1-2+deb12u4)".
std::string NameUnbound(const UnboundBuild& build);

// Makes the self-test's check "resolver". It warns where the release is older
// than the newest that fixed a grave fault of validator or cache, and names the
// fixes. A distribution carries fixes back without changing Unbound's number,
// so a package that is known passes, and the text names it.
SelfTestCheck CheckRelease(const UnboundBuild& build);

}  // namespace danebound

#endif  // DANEBOUND_MODULE_SAFE_VERSION_H_
