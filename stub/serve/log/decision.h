// An answer that was given, and all that it went by. A line of the log is made
// from it (decision_log.h), and the metrics are counted from it.
#ifndef DANEBOUND_STUB_SERVE_LOG_DECISION_H_
#define DANEBOUND_STUB_SERVE_LOG_DECISION_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/verdict.h"
#include "stub/serve/operator/enforcement.h"

namespace danebound {

// Keys and values of a line of the log, in order.
using LogFields = std::vector<std::pair<std::string, std::string>>;

enum class AskedAs : uint8_t {
  kNextHop = 0,
  kKey,   // of a map, that names no next hop
  kLine,  // of JSON that has no verdict
};

struct Decision {
  std::string protocol;  // "socketmap", "json"
  AskedAs asked_as = AskedAs::kNextHop;
  std::string asked;
  absl::optional<Enforcement> policy;     // where one is in force
  absl::optional<std::string> exception;  // its reason, likewise
  std::string answer;                     // the word that was said
  std::string would_answer;               // under audit: what enforcing says
  LogFields facts;                        // of the verdict
  std::vector<std::string> reasons;       // identifiers
  std::string error;                      // why there is no verdict, or no word

  // Adds the verdict to `facts` and `reasons`: kind, security, disposition,
  // hosts (the first eight, "mx.example:authenticate"); each reason once.
  void Add(const Verdict& verdict);
};

// As the log has them: what is empty is left out.
LogFields FieldsOf(const Decision& decision);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_LOG_DECISION_H_
