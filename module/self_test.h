// The self-test: does the resolver do what verdicts rest on?
#ifndef DANEBOUND_MODULE_SELF_TEST_H_
#define DANEBOUND_MODULE_SELF_TEST_H_

#include <cstddef>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "module/job.h"
#include "stub/wire/message.h"

namespace danebound {

// Appends the checks "resolver", "worker", "validator", "trust-anchor",
// "permissive-mode", "known-name-secure", "val-log-level", in this order.
//
//   resolver  what its release comes to: see CheckRelease.
//   workers   how many are known.
//   probe     what a worker saw; nullopt: none could look, and `trouble` says
//             why. The checks that rest on it then fail.
void AppendResolverChecks(const SelfTestCheck& resolver, size_t workers,
                          const absl::optional<Probe>& probe,
                          absl::string_view trouble,
                          std::vector<SelfTestCheck>* checks);

}  // namespace danebound

#endif  // DANEBOUND_MODULE_SELF_TEST_H_
