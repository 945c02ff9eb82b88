// The lines of a scenario file that ask, and those that say what must come of
// it. README.md in this folder has the grammar.
#ifndef DANEBOUND_TESTS_SCENARIOS_ASK_LINES_H_
#define DANEBOUND_TESTS_SCENARIOS_ASK_LINES_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/scenarios/lines.h"
#include "tests/scenarios/scenario.h"
#include "tests/scenarios/zone_records.h"

namespace danebound::scenario {

// Errors of all three: InvalidArgument, with file and line.

// Parses "ask NEXT-HOP [OPTION]...".
absl::StatusOr<Ask> ParseAsk(const Line& line);

// Takes "expect KIND SECURITY DISPOSITION ..." into ask.expectation.
absl::Status TakeExpect(const Line& line, Ask& ask);

// Takes a line below "expect" into ask.expectation, or ask.unasked.
absl::Status TakeDetail(const Line& line, const Blobs& blobs, Ask& ask);

}  // namespace danebound::scenario

#endif  // DANEBOUND_TESTS_SCENARIOS_ASK_LINES_H_
