// Runs the `danebound` command that was built.
#ifndef DANEBOUND_TESTS_CLI_RUN_COMMAND_H_
#define DANEBOUND_TESTS_CLI_RUN_COMMAND_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace danebound {

struct CommandResult {
  int exit_code = -1;  // -1: ended by a signal
  int signal_number = 0;
  std::string output;  // standard output
  std::string errors;  // standard error
};

struct CommandInput {
  std::string text;                      // standard input
  std::vector<std::string> environment;  // besides the test's own: "NAME=VALUE"
  bool as_nobody = false;  // where the test is run by root: as another user
};

// Runs `danebound ARGUMENTS…` to its end, with pipes for its standard streams.
CommandResult RunCommand(const std::vector<std::string>& arguments,
                         const CommandInput& input = {});

// Runs it with a terminal of 80 columns for all three streams, which so end up
// in `output`. When `interrupt_at` comes up in the output, Ctrl-C is typed.
CommandResult RunOnTerminal(const std::vector<std::string>& arguments,
                            const std::vector<std::string>& environment = {},
                            const std::string& interrupt_at = "");

// The objects of an output that has one a line.
std::vector<nlohmann::ordered_json> JsonLines(const std::string& output);

}  // namespace danebound

#endif  // DANEBOUND_TESTS_CLI_RUN_COMMAND_H_
