// Starts programs of this machine.
#ifndef DANEBOUND_STUB_SYSTEM_SPAWN_H_
#define DANEBOUND_STUB_SYSTEM_SPAWN_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "stub/system/descriptor.h"

namespace danebound {

// Starts a program without a shell. It has no input, none of our descriptors
// but its two streams, and takes signals as by default.
//
//   words    the program, sought in PATH where it is no path, and its
//   arguments. output   its standard output; errors: its standard error.
//   returns  its process, for which the caller waits.
//   errors   NotFound     there is no such program.
//            Unavailable  it cannot be started.
//            The text begins with words[0].
absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& words, int output,
                            int errors);

// A pipe that no program inherits; both ends closed where there are no
// descriptors left.
struct Pipe {
  Pipe();

  Descriptor out;  // to read from
  Descriptor in;   // to write to
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SYSTEM_SPAWN_H_
