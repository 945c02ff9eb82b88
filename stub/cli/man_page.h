// Manual pages, as input of scdoc(1): prose from docs/man, and what the
// programs themselves know in the place of its marks, so that no page can fall
// behind.
//
//   mark, on a line of its own         what takes its place
//   @SYNOPSIS [COMMAND]@               the command line
//   @OPTIONS [COMMAND]@                options and what they mean
//   @EXIT [COMMAND]@                   exit codes
//   @EXAMPLES [COMMAND]@               examples
//   @COMMANDS@                         all commands, and their pages
//   @SETTINGS@                         of a reference file of settings
//   @WORDS@                            of a page of docs/ with its tables
//   @HEADER@                           of a header of C
//
// COMMAND is a command below the page's own: "create" in danebound-tlsa(1).
#ifndef DANEBOUND_STUB_CLI_MAN_PAGE_H_
#define DANEBOUND_STUB_CLI_MAN_PAGE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "stub/cli/completion.h"

namespace danebound {

// The page of a command, or of danebound itself.
//
//   errors  InvalidArgument  the prose has a mark that there is not.
absl::StatusOr<std::string> CommandPage(const CommandForm& danebound,
                                        const std::string& command,
                                        absl::string_view prose);

// A page with one mark, of a file.
//
//   errors  as CommandPage.
absl::StatusOr<std::string> FilePage(absl::string_view file,
                                     absl::string_view prose);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_MAN_PAGE_H_
