// Prints a manual page as input of scdoc, at build time:
//
//   man_page command PROSE [COMMAND…]   of a command; without one, danebound
//   man_page file PROSE FILE            of settings, words or a header
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_join.h"
#include "stub/cli/command_line.h"
#include "stub/cli/completion.h"
#include "stub/cli/man_page.h"
#include "stub/cli/read_file.h"

namespace danebound {
namespace {

constexpr size_t kMostOctets = 1 << 20;

absl::StatusOr<std::string> Page(const std::vector<std::string>& arguments) {
  const auto prose = ReadFile(arguments[1], kMostOctets);
  if (!prose.ok()) return prose.status();
  if (arguments[0] == "file") {
    const auto file = ReadFile(arguments[2], kMostOctets);
    return file.ok() ? FilePage(*file, *prose) : file.status();
  }
  CLI::App danebound("", "danebound");
  const auto commands = AddCommands(danebound);
  return CommandPage(FormOf(danebound),
                     absl::StrJoin(arguments.begin() + 2, arguments.end(), " "),
                     *prose);
}

int Main(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2 ||
      (arguments[0] == "file" && arguments.size() < 3)) {
    std::fputs("man_page: wrong arguments\n", stderr);
    return 1;
  }
  const auto page = Page(arguments);
  if (!page.ok()) {
    std::fprintf(stderr, "man_page: %s: %s\n", arguments[1].c_str(),
                 std::string(page.status().message()).c_str());
    return 1;
  }
  std::fputs(page->c_str(), stdout);
  return std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace
}  // namespace danebound

int main(int argc, char** argv) {
  try {
    return danebound::Main(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "man_page: %s\n", error.what());
    return 1;
  }
}
