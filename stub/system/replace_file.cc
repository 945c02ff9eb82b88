#include "stub/system/replace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "stub/system/descriptor.h"

namespace danebound {
namespace {

absl::Status Error(const std::string& path) {
  return absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(errno)));
}

bool WriteAll(int fd, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(fd, text.data(), text.size());
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) text.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

// Whose file it is, and who may read it.
bool TakeAfter(int fd, const std::string& path, mode_t mode) {
  struct stat old {};
  if (stat(path.c_str(), &old) != 0) return fchmod(fd, mode) == 0;
  return fchown(fd, old.st_uid, old.st_gid) == 0 &&
         fchmod(fd, old.st_mode & 07777) == 0;
}

}  // namespace

absl::Status ReplaceFile(const std::string& named, absl::string_view text,
                         mode_t mode) {
  std::error_code none;
  const std::filesystem::path target = std::filesystem::canonical(named, none);
  const std::string path = target.empty() ? named : target.string();
  const std::string fresh = absl::StrCat(path, ".danebound-new");
  unlink(fresh.c_str());  // left by a run that was killed
  const Descriptor fd(
      open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.is_open()) return Error(fresh);
  if (TakeAfter(fd.get(), path, mode) && WriteAll(fd.get(), text) &&
      fsync(fd.get()) == 0 && std::rename(fresh.c_str(), path.c_str()) == 0) {
    return absl::OkStatus();
  }
  const absl::Status error = Error(path);
  unlink(fresh.c_str());
  return error;
}

}  // namespace danebound
