// A folder for the files of one test; it goes with the object.
#ifndef DANEBOUND_TESTS_EMBEDDED_FOLDER_H_
#define DANEBOUND_TESTS_EMBEDDED_FOLDER_H_

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/string_view.h"

namespace danebound {

class Folder {
 public:
  Folder() {
    std::string path =
        std::filesystem::temp_directory_path() / "danebound-embedded-XXXXXX";
    path_ = mkdtemp(path.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  std::string Path(absl::string_view name) const {
    return path_ + "/" + std::string(name);
  }

  // Writes a file and returns its path.
  std::string Write(absl::string_view name, absl::string_view text) const {
    std::ofstream(Path(name)) << text;
    return Path(name);
  }

 private:
  std::string path_;
};

}  // namespace danebound

#endif  // DANEBOUND_TESTS_EMBEDDED_FOLDER_H_
