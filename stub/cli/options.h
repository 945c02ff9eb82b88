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

// One of these words, which help's and completion's readers are told.
CLI::Validator OneOf(const std::vector<std::string>& words);

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

// What is to be looked up: by name, and by files that have one a line.
struct DomainList {
  std::vector<std::string> named;
  std::vector<std::string> files;
};

// DOMAIN… and --file, see ReadDomains.
void AddDomains(CLI::App& command, DomainList& domains);

// --wide, see StyleOfOutput.
void AddWide(CLI::App& command, bool& wide);

// Reads lists, one domain a line: each "-" among what is named is standard
// input, and so is nothing at all; files follow. Blank lines are passed over,
// and what follows a "#" at the begin of a line or behind a blank.
//
//   returns  none, when the lists have none.
//   throws   CLI::RequiredError    nothing is named, and standard input is a
//                                  terminal.
//            CLI::ValidationError  a file cannot be read; the text names it.
std::vector<std::string> ReadDomains(const DomainList& list);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_OPTIONS_H_
