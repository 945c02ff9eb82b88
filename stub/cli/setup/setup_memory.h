// What `danebound setup postfix` has changed, so that --undo finds it:
//
//   {"version": 1, "folder": "/etc/postfix",
//    "main_cf": [{"name": "smtp_tls_policy_maps", "old": null,
//                 "new": "socketmap:unix:danebound/socketmap.sock:QUERY"}],
//    "files": [{"path": "/etc/resolv.conf", "old": "nameserver 192.0.2.1\n",
//               "new": "nameserver 127.0.0.1\noptions trust-ad\n"}],
//    "socket": true}
#ifndef DANEBOUND_STUB_CLI_SETUP_SETUP_MEMORY_H_
#define DANEBOUND_STUB_CLI_SETUP_SETUP_MEMORY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "stub/mta/postfix_setup.h"
#include "stub/system/descriptor.h"

namespace danebound {

extern const char* const kSetupMemory;  // where it is

// A file before and after; nullopt: it was not there.
struct FileChange {
  std::string path;
  absl::optional<std::string> old_text;
  std::string new_text;

  friend bool operator==(const FileChange&, const FileChange&) = default;
};

struct SetupMemory {
  std::string folder;  // of main.cf
  std::vector<PostfixChange> main_cf;
  std::vector<FileChange> files;
  bool socket = false;  // that of serve was enabled

  friend bool operator==(const SetupMemory&, const SetupMemory&) = default;
};

// Notes a change. What stood there before the first one is what is to be put
// back; where somebody has set it otherwise since then, that.
void Remember(SetupMemory& memory, const PostfixChange& change);
void Remember(SetupMemory& memory, const FileChange& change);

// Keeps other runs out for as long as the descriptor is open; makes the folder
// where there is none.
//
//   path    of the memory; the lock is a file beside it.
//   errors  Unavailable  another run is at work, or it can't be made.
absl::StatusOr<Descriptor> LockSetup(const std::string& path);

// Reads the file.
//
//   errors  NotFound         there is none.
//           InvalidArgument  it is something else; the text names it.
//           Unavailable      it can't be read.
absl::StatusOr<SetupMemory> ReadSetupMemory(const std::string& path);

// Writes it, for root alone.
//
//   errors  Unavailable  it can't be written; the text names it.
absl::Status SaveSetupMemory(const std::string& path,
                             const SetupMemory& memory);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_SETUP_SETUP_MEMORY_H_
