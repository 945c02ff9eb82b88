// A command line that ends as none should: main.cc has the last word.
#include <stdexcept>

#include "stub/cli/command_line.h"

namespace danebound {

int RunCommandLine(int /*argc*/, char** /*argv*/) {
  throw std::runtime_error("a\033[2J");
}

}  // namespace danebound
