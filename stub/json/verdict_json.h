// Verdicts as JSON. docs/json.md is the schema.
#ifndef DANEBOUND_STUB_JSON_VERDICT_JSON_H_
#define DANEBOUND_STUB_JSON_VERDICT_JSON_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "stub/dane/verdict.h"

namespace danebound {

// The object for one domain.
//
//   now  seconds since the epoch, for the seconds that are left.
nlohmann::ordered_json ToJson(const Verdict& verdict, int64_t now);

// The object for a domain without a verdict: its disposition is "defer".
//
//   next_hop  as it was given.
//   error     why, for people.
nlohmann::ordered_json ToJson(absl::string_view next_hop,
                              absl::string_view error);

// null for an empty text, and for the root, which says that there is no name.
nlohmann::ordered_json TextOrNull(absl::string_view text);
nlohmann::ordered_json TextOrNull(const Name& name);

// A TLSA record.
nlohmann::ordered_json ToJson(const Tlsa& record);

// The document of a command that has nothing else to say: {"error": text}.
std::string ErrorLine(absl::string_view error);

// One line, without the newline; octets that are no UTF-8 are replaced.
std::string ToLine(const nlohmann::ordered_json& json);

}  // namespace danebound

#endif  // DANEBOUND_STUB_JSON_VERDICT_JSON_H_
