#include "stub/system/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "stub/system/descriptor.h"

namespace danebound {
namespace {

absl::StatusOr<Descriptor> OpenRegular(const std::string& path) {
  Descriptor file(
      open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat found {};
  if (!file.is_open() || fstat(file.get(), &found) != 0) {
    return absl::ErrnoToStatus(errno, path);
  }
  if (S_ISREG(found.st_mode)) return file;
  return absl::FailedPreconditionError(
      absl::StrCat(path, ": is no regular file"));
}

}  // namespace

absl::StatusOr<std::string> ReadRegularFile(const std::string& path,
                                            size_t most) {
  const absl::StatusOr<Descriptor> file = OpenRegular(path);
  if (!file.ok()) return file.status();
  std::string text;
  std::array<char, 4096> octets{};
  ssize_t count = 0;
  while ((count = read(file->get(), octets.data(), octets.size())) > 0) {
    text.append(octets.data(), static_cast<size_t>(count));
    if (text.size() > most) {
      return absl::FailedPreconditionError(
          absl::StrCat(path, ": is longer than ", most, " octets"));
    }
  }
  if (count < 0) return absl::ErrnoToStatus(errno, path);
  return text;
}

}  // namespace danebound
