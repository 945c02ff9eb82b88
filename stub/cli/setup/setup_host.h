// What a mail server rests on, whichever it is, and the steps of `danebound
// setup` that look at it: the resolver with the module, resolv.conf, the
// settings of danebound serve.
#ifndef DANEBOUND_STUB_CLI_SETUP_SETUP_HOST_H_
#define DANEBOUND_STUB_CLI_SETUP_SETUP_HOST_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "stub/cli/resolver.h"
#include "stub/cli/setup/setup_step.h"
#include "stub/serve/settings.h"
#include "stub/wire/message.h"

namespace danebound {

extern const char* const kResolvConf;
extern const char* const kSocketUnit;
extern const char* const kServiceUnit;

// The first check that is as bad as `least` or worse, in words, or "".
std::string FirstTrouble(const std::vector<SelfTestCheck>& checks,
                         SelfTestCheck::Result least);
std::string FirstFailure(const std::vector<SelfTestCheck>& checks);

// The text of a file; nullopt where it is not there.
absl::optional<std::string> TextIfAny(const std::string& path);

// systemctl with these words. Errors are those of RunProgram.
absl::Status Systemctl(std::vector<std::string> words);
bool HasUnit(const char* unit);

// The settings of danebound serve; without a file the defaults.
absl::StatusOr<ServeSettings> ReadServe();

// Whether nothing is enforced where a next hop has no destination of its own.
bool IsAudit(const ServeSettings& settings);

// serve.conf with the policy "audit" for what has no destination of its own.
//
//   returns  nullopt where that would be no settings: [default] names another
//            policy, which is the operator's, or is not a line of its own.
absl::optional<std::string> WithAudit(absl::string_view serve_conf);

// Whether the module's resolver answers and validates.
Look LookAtModule(const Resolver& resolver, absl::Duration timeout);

// Whether /etc/resolv.conf names a validating resolver of this machine. Name
// servers elsewhere count as bad, unless the settings of danebound serve trust
// them. To do where nobody is seen to write the file.
Look LookAtResolvConf(absl::Duration timeout);

// Whether serve.conf can be read. To do where it is to say policy = "audit" by
// default, and does not.
//
//   audit  it is to.
Look LookAtServeConf(bool audit);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_SETUP_SETUP_HOST_H_
