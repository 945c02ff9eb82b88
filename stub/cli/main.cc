// The `danebound` command: asks the module, or libunbound, and prints.
#include <cstdio>
#include <exception>

#include "stub/cli/command_line.h"
#include "stub/cli/words.h"

int main(int argc, char** argv) {
  try {
    return danebound::RunCommandLine(argc, argv);
  } catch (const std::exception& error) {  // memory: no verdict, so defer
    std::fprintf(stderr, "danebound: %s\n", error.what());
    return static_cast<int>(danebound::ExitCode::kNoVerdict);
  }
}
