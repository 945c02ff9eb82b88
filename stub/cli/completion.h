// What a shell needs to complete a command line, taken from the parser's own
// tree: no option is in a script that the parser does not know, and none is
// missing.
#ifndef DANEBOUND_STUB_CLI_COMPLETION_H_
#define DANEBOUND_STUB_CLI_COMPLETION_H_

#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace danebound {

// An option, or what stands in the command line without one.
struct ArgumentForm {
  std::vector<std::string> names;  // "--selector", "-s"; or "FILE" alone
  std::string value;               // "FILE", "N"; empty: it takes none
  std::vector<std::string> words;  // the values that there are; empty: any
  std::string description;
};

struct CommandForm {
  std::vector<std::string> path;  // "danebound", "tlsa", "create"
  std::string description;
  std::string footer;  // exit codes and examples
  std::vector<ArgumentForm> options;
  std::vector<ArgumentForm> positionals;
  std::vector<CommandForm> commands;
};

// Reads the tree of a command line.
//
//   path  of the commands above it.
CommandForm FormOf(const CLI::App& command,
                   const std::vector<std::string>& path = {});

// The command and all those below it.
std::vector<const CommandForm*> AllOf(const CommandForm& command);

// Scripts for the shells: bash sources it, zsh loads it as the function
// _danebound or sources it, fish sources it.
std::string BashCompletion(const CommandForm& danebound);
std::string ZshCompletion(const CommandForm& danebound);
std::string FishCompletion(const CommandForm& danebound);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_COMPLETION_H_
