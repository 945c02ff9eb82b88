// `danebound setup postfix`: its steps stand in an order in which mail is as
// before until all that it will rest on was seen to hold.
#ifndef DANEBOUND_STUB_CLI_SETUP_SETUP_POSTFIX_H_
#define DANEBOUND_STUB_CLI_SETUP_SETUP_POSTFIX_H_

#include <string>

#include "absl/time/time.h"
#include "stub/cli/forms/words.h"
#include "stub/cli/resolver.h"
#include "stub/cli/setup/setup_step.h"

namespace danebound {

struct PostfixSetup {
  Resolver resolver;
  absl::Duration timeout;
  std::string folder;  // of main.cf; empty: postconf's own
  std::string known = "posteo.de";
  bool audit = false;
};

// Puts the Postfix of this machine on danebound, prints each step, and notes in
// the memory what it changes.
ExitCode SetUpPostfix(const PostfixSetup& setup, Consent consent);

// Reloads a Postfix that runs; one that does not reads main.cf when it starts.
//
//   folder  of main.cf.
//   errors  Unavailable  it does not reload.
absl::Status ReloadPostfix(const std::string& folder);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_SETUP_SETUP_POSTFIX_H_
