// The wall between C++ and C: every function of danebound.h that may fail runs
// inside Guard, so that no exception leaves it.
#ifndef DANEBOUND_STUB_C_GUARD_H_
#define DANEBOUND_STUB_C_GUARD_H_

#include <new>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "stub/include/danebound.h"

namespace danebound::c {

// The danebound_error of a status.
int CodeOf(const absl::Status& status);

// Reports a status as danebound.h says: the text goes to `why`, which may be
// NULL, as one line of UTF-8. Never throws.
int Report(const absl::Status& status, char** why) noexcept;

// The status for an argument that is NULL.
absl::Status NullArgument();

// Runs a body that returns absl::Status, and reports how it ended.
template <typename Body>
int Guard(char** why, Body body) noexcept {
  if (why != nullptr) *why = nullptr;
  try {
    return Report(body(), why);
  } catch (const std::bad_alloc&) {
    return DANEBOUND_ERROR_MEMORY;
  } catch (...) {
    return DANEBOUND_ERROR_INTERNAL;
  }
}

// Runs a body that returns absl::StatusOr<Value>, and reports how it ended. The
// value goes through `out`, where NULL or 0 stands after a failure.
template <typename Value, typename Body>
int Give(Value* out, char** why, Body body) noexcept {
  if (out != nullptr) *out = Value();
  return Guard(why, [&]() -> absl::Status {
    if (out == nullptr) return NullArgument();
    const absl::StatusOr<Value> made = body();
    if (!made.ok()) return made.status();
    *out = *made;
    return absl::OkStatus();
  });
}

}  // namespace danebound::c

#endif  // DANEBOUND_STUB_C_GUARD_H_
