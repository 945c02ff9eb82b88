#include "stub/cli/helo_name.h"

#include <unistd.h>

#include <array>

namespace danebound {

std::string HeloName(const std::string& given) {
  if (!given.empty()) return given;
  std::array<char, 256> name = {};
  gethostname(name.data(), name.size() - 1);
  const std::string own = name.data();
  return own.find('.') == std::string::npos ? "" : own;
}

}  // namespace danebound
