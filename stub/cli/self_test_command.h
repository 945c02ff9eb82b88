// `danebound self-test`
#ifndef DANEBOUND_STUB_CLI_SELF_TEST_COMMAND_H_
#define DANEBOUND_STUB_CLI_SELF_TEST_COMMAND_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "stub/cli/command.h"
#include "stub/cli/resolver.h"
#include "stub/mta/postfix_settings.h"
#include "stub/wire/message.h"

namespace danebound {

// The checks, and who was tested.
struct SelfTest {
  std::string who;
  std::vector<SelfTestCheck> checks;
};

// What the module says of itself. Errors are those of Client::SelfTest.
absl::StatusOr<SelfTest> TestModule(const Resolver& resolver,
                                    absl::Duration timeout);

// What Postfix's settings, its way to DNS and the maps it asks are.
SelfTest TestPostfix(const PostfixSettings& settings, absl::Duration timeout);

// Whether no check failed. A test without checks has shown nothing.
bool Passed(const SelfTest& test);

// Prints each check and its outcome; kNoVerdict where one failed.
Command AddSelfTest(CLI::App& danebound);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_SELF_TEST_COMMAND_H_
