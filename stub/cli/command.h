// A subcommand of `danebound`: its options and what it does. Each has files of
// its own, named after it; command_line.cc has the list.
#ifndef DANEBOUND_STUB_CLI_COMMAND_H_
#define DANEBOUND_STUB_CLI_COMMAND_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace danebound {

struct Command {
  CLI::App* app = nullptr;  // belongs to its parent; parsed() says it was named
  // Does what was asked and returns the exit code. May throw a CLI::ParseError
  // for arguments that are wrong only together.
  std::function<int()> run;
  int usage_code = 1;  // exit code for wrong arguments
};

// Adds an empty subcommand with its --version.
//
//   parent      `danebound`, or a subcommand that has some of its own.
//   exit_codes  the foot of its help; ExamplesOf follows it.
CLI::App* AddSubcommand(CLI::App& parent, const std::string& name,
                        const std::string& description,
                        const std::string& exit_codes);

// The subcommand of that name; null: there is none.
CLI::App* FindSubcommand(const CLI::App& parent, const std::string& name);

// The error of a name that is no subcommand of `parent`; it says which is near.
CLI::ValidationError NoSuchCommand(const CLI::App& parent,
                                   const std::string& name);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_COMMAND_H_
