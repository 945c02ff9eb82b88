// The state file of `danebound rollover`: what has to be known of earlier runs.
//
//   {"version": 1,
//    "owners": {"_25._tcp.mx.example.org":
//               {"next": ["3 1 1 0b9f…"], "since": 1700000000,
//                "hold": 3600, "hold_seen": 1700000000,
//                "current": ["3 1 1 77aa…"], "replaced": [],
//                "shown": [{"records": ["3 1 1 77aa…"], "gone": null}],
//                "begun": 1690000000}}}
//
// Files without the last four are read too.
#ifndef DANEBOUND_STUB_ROLLOVER_MEMORY_FILE_H_
#define DANEBOUND_STUB_ROLLOVER_MEMORY_FILE_H_

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "stub/rollover/rollover.h"

namespace danebound {

// Where it is unless another is named.
inline constexpr const char* kRolloverState =
    "/var/lib/danebound/rollover.json";

// By owner, "_25._tcp.mx.example.org".
using RolloverMemories = std::map<std::string, RolloverMemory>;

// Reads the file, which nobody need keep from being written meanwhile.
//
//   errors  InvalidArgument  it is no state file, or of a later version.
//           else as ReadRegularFile; NotFound: there is none.
absl::StatusOr<RolloverMemories> ReadMemories(const std::string& path);

// One run's hold on the file. Others wait in Open until this one is gone.
class MemoryFile {
 public:
  // Makes the folder where there is none, locks the file, by another one beside
  // it, and reads it. No file is an empty one.
  //
  //   errors  Unavailable      it can't be locked or read.
  //           InvalidArgument  it is no state file, or of a later version. It
  //                            is left as it is; moved away, the waiting begins
  //                            anew.
  static absl::StatusOr<MemoryFile> Open(const std::string& path);

  RolloverMemories& owners() { return owners_; }

  // Writes a new file, and puts it in the place of the old one.
  //
  //   errors  Unavailable  it can't be written. The old one is still there.
  absl::Status Save() const;

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using Lock = std::unique_ptr<std::FILE, Close>;

  explicit MemoryFile(std::string path) : path_(std::move(path)) {}

  std::string path_;
  Lock lock_;
  RolloverMemories owners_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_ROLLOVER_MEMORY_FILE_H_
