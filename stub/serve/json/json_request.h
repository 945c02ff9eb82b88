// A line of the JSON socket: a next hop, or an object that names one.
//
//   example.org
//   {"domain": "example.org", "port": 25, "require": true,
//    "insecure_mx": "encrypt"}
//
// Every key but `domain` may be left out; the operator's settings for the
// destination then count. `require` can be asked for, not asked away.
//
//   {"watch": ["example.org", "example.net:2525"]}
//
// subscribes to changes of verdicts, see watches.h.
#ifndef DANEBOUND_STUB_SERVE_JSON_JSON_REQUEST_H_
#define DANEBOUND_STUB_SERVE_JSON_JSON_REQUEST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/conclude.h"
#include "stub/dane/next_hop.h"

namespace danebound {

// The longest line, octets.
inline constexpr size_t kLongestJsonLine = 4096;

struct JsonRequest {
  NextHop next_hop;
  bool require = false;
  absl::optional<InsecureMx> insecure_mx;
};

// The next hops of a line that asks to watch, as they were written.
//
//   returns  nullopt: it asks for something else.
//   errors   InvalidArgument  `watch` is no array of strings, or there are
//                             other keys.
absl::StatusOr<absl::optional<std::vector<std::string>>> ParseWatchRequest(
    absl::string_view line);

// Takes one line, less its end ("\n" or "\r\n") and blanks around it, from the
// front of `octets`. Blank lines are passed over.
//
//   at_end   what is left is the last line.
//   returns  nullopt: it goes on, or nothing is left.
//   errors   OutOfRange  longer than kLongestJsonLine.
absl::StatusOr<absl::optional<std::string>> TakeLine(absl::string_view* octets,
                                                     bool at_end);

// Parses a line.
//
//   errors   InvalidArgument  no next hop, no JSON object, an unknown key, a
//                             value of the wrong type; the text says which.
absl::StatusOr<JsonRequest> ParseJsonRequest(absl::string_view line);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_JSON_JSON_REQUEST_H_
