#include "stub/cli/read_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

struct Close {
  void operator()(std::FILE* file) const {
    if (file != stdin) static_cast<void>(std::fclose(file));
  }
};

absl::Status Failure(const std::string& path) {
  return absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(errno)));
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t most) {
  const std::unique_ptr<std::FILE, Close> file(
      path == "-" ? stdin : std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) return Failure(path);
  std::string octets;
  std::array<char, 16384> buffer;
  while (octets.size() <= most) {
    const size_t wanted = std::min(buffer.size(), most + 1 - octets.size());
    const size_t got = std::fread(buffer.data(), 1, wanted, file.get());
    octets.append(buffer.data(), got);
    if (std::ferror(file.get()) != 0) return Failure(path);
    if (got < wanted) break;
  }
  return octets;
}

}  // namespace danebound
