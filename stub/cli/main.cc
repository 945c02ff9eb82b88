// The `danebound` command: runs the command line, and ends what it throws.
#include <cstdio>
#include <exception>
#include <new>

#include "stub/cli/command_line.h"
#include "stub/cli/forms/words.h"
#include "stub/system/printable.h"

int main(int argc, char** argv) {
  try {
    return danebound::RunCommandLine(argc, argv);
  } catch (const std::bad_alloc&) {  // no verdict, so defer
    std::fputs("danebound: out of memory\n", stderr);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "danebound: %s\n",
                 danebound::Printable(error.what()).c_str());
  }
  return static_cast<int>(danebound::ExitCode::kNoVerdict);
}
