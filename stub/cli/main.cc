// The `danebound` command: asks the module, or libunbound, and prints.
#include <cstdio>
#include <exception>
#include <variant>

#include "stub/cli/arguments.h"
#include "stub/cli/lookup_command.h"
#include "stub/cli/module_commands.h"

namespace danebound {
namespace {

struct Run {
  int operator()(const LookupArguments& arguments) const {
    return static_cast<int>(RunLookup(arguments));
  }
  int operator()(const StatsArguments& arguments) const {
    return static_cast<int>(RunStats(arguments));
  }
  int operator()(const FlushArguments& arguments) const {
    return static_cast<int>(RunFlush(arguments));
  }
  int operator()(const SelfTestArguments& arguments) const {
    return static_cast<int>(RunSelfTest(arguments));
  }
  int operator()(const Exit& end) const { return end.code; }
};

}  // namespace
}  // namespace danebound

int main(int argc, char** argv) {
  try {
    return std::visit(danebound::Run(), danebound::ParseArguments(argc, argv));
  } catch (const std::exception& error) {  // memory: no verdict, so defer
    std::fprintf(stderr, "danebound: %s\n", error.what());
    return static_cast<int>(danebound::ExitCode::kNoVerdict);
  }
}
