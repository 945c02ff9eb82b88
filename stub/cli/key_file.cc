#include "stub/cli/key_file.h"

#include <sys/stat.h>

#include "absl/strings/str_cat.h"

namespace danebound {

std::string WarningOfReaders(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0 || (status.st_mode & S_IROTH) == 0) {
    return "";
  }
  return absl::StrCat(path,
                      ": everybody can read this private key: chmod o= ", path);
}

}  // namespace danebound
