// Runs a program of this machine and takes what it prints.
#ifndef DANEBOUND_STUB_MTA_RUN_PROGRAM_H_
#define DANEBOUND_STUB_MTA_RUN_PROGRAM_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace danebound {

// Runs a program to its end, without a shell and without input.
//
//   words    the program, sought in PATH, and its arguments.
//   timeout  after which it is killed.
//   returns  its standard output.
//   errors   NotFound          there is no such program.
//            DeadlineExceeded  it did not end in time.
//            Unavailable       it did not end with 0, and the text has what it
//                              printed on standard error; or it printed more
//                              than a MiB.
absl::StatusOr<std::string> RunProgram(const std::vector<std::string>& words,
                                       absl::Duration timeout);

}  // namespace danebound

#endif  // DANEBOUND_STUB_MTA_RUN_PROGRAM_H_
