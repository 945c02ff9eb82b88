// Options that more than one subcommand has.
#ifndef DANEBOUND_STUB_CLI_OPTIONS_H_
#define DANEBOUND_STUB_CLI_OPTIONS_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "stub/cli/resolver.h"
#include "stub/dane/conclude.h"

namespace danebound {

// Exit codes of what asks for verdicts (ExitCode, words.h), for the foot of its
// help.
extern const char* const kVerdictExitCodes;

// Each of these adds options to a subcommand. What they write to must live
// until the command line is parsed.

// --socket; the environment's DANEBOUND_SOCKET sets the default.
CLI::Option* AddSocket(CLI::App& command, Resolver& resolver);

// --socket, --embedded and --unbound-conf. Returns --embedded.
CLI::Option* AddResolver(CLI::App& command, Resolver& resolver);

// --timeout; `seconds` is the default.
void AddTimeout(CLI::App& command, absl::Duration& timeout, double seconds);

// --json.
void AddJson(CLI::App& command, bool& json);

// --port.
void AddPort(CLI::App& command, uint16_t& port);

// --require, --insecure-mx and --own-name.
void AddChoices(CLI::App& command, Choices& choices);

// DOMAIN…, see ReadDomains.
void AddDomains(CLI::App& command, std::vector<std::string>& domains);

// Puts the lines of standard input that are not blank in the place of each "-",
// and of an empty list.
//
//   returns  none, when standard input has none.
//   throws   CLI::RequiredError  nothing is named, and standard input is a
//                                terminal.
std::vector<std::string> ReadDomains(const std::vector<std::string>& arguments);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_OPTIONS_H_
