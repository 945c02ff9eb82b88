#include "tests/mta/page.h"

#include <fstream>

namespace danebound {

std::vector<std::string> BlocksOf(const std::string& page,
                                  const std::string& kind) {
  std::ifstream file(std::string(DOCS_MTA) + "/" + page);
  std::vector<std::string> blocks;
  bool is_wanted = false;
  bool is_inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("```", 0) == 0) {
      is_wanted = !is_inside && line == "```" + kind;
      is_inside = !is_inside;
      if (is_wanted) blocks.emplace_back();
    } else if (is_wanted) {
      blocks.back() += line + "\n";
    }
  }
  return blocks;
}

}  // namespace danebound
