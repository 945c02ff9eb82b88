// What of main.cf makes Postfix ask danebound serve, and do what it says.
#ifndef DANEBOUND_STUB_MTA_POSTFIX_SETUP_H_
#define DANEBOUND_STUB_MTA_POSTFIX_SETUP_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "stub/mta/postfix_settings.h"

namespace danebound {

// A parameter of main.cf, before and after.
struct PostfixChange {
  std::string name;
  // As it stands in main.cf, macros and all; nullopt: it does not stand there.
  absl::optional<std::string> old_value;
  std::string new_value;

  friend bool operator==(const PostfixChange&, const PostfixChange&) = default;
};

// The map of serve-socket.conf, as seen from Postfix's queue.
extern const char* const kSetupMap;

// The changes that are missing; none where all is set. A level of TLS that is
// stronger than what is needed stays, and so do tables of policies.
//
//   values  of main.cf, macros expanded.
//   stated  what stands in main.cf, as it stands there.
std::vector<PostfixChange> ChangesFor(const PostfixValues& values,
                                      const PostfixValues& stated);

// The list with danebound's map: behind the operator's own tables, whose word
// counts before it, and before the socketmaps of other services.
std::string WithDanebound(const std::string& list);

// What is in the way of these changes: a setting of old that they would
// weaken, with what to do; "" where there is none.
std::string ObstacleIn(const PostfixValues& values);

// What stands in main.cf of the parameters that ChangesFor may change. Asks
// postconf.
//
//   folder  of main.cf.
//   errors  those of RunProgram.
absl::StatusOr<PostfixValues> ReadStated(const std::string& folder);

// Writes main.cf, by postconf.
//
//   errors  those of RunProgram; what was written before stays.
absl::Status Apply(const std::string& folder,
                   const std::vector<PostfixChange>& changes);

// What is to be done with a change that is taken back.
enum class Undoing {
  kLeave = 0,  // somebody has set it otherwise since then
  kRestore,    // what we set stands there
  kDone,       // what was there before stands there
};
Undoing UndoingOf(const PostfixChange& change, const PostfixValues& stated);

// Puts back what stood there before, by postconf.
//
//   errors  those of RunProgram.
absl::Status Restore(const std::string& folder, const PostfixChange& change);

// A copy of the settings, in a folder of its own that root alone may enter and
// that goes with it, to try changes in.
class PostfixTrial {
 public:
  // errors  Unavailable  it can't be made.
  static absl::StatusOr<PostfixTrial> New(const std::string& folder);

  PostfixTrial(PostfixTrial&& other) noexcept;
  PostfixTrial& operator=(PostfixTrial&& other) = delete;
  ~PostfixTrial();

  // Of the copy of main.cf.
  std::string folder() const;

 private:
  explicit PostfixTrial(std::string folder) : folder_(std::move(folder)) {}

  std::string folder_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_MTA_POSTFIX_SETUP_H_
