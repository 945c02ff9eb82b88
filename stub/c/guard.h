// The wall between C++ and C: every function of danebound.h that may fail runs
// inside Guard, so that no exception leaves it.
#ifndef DANEBOUND_STUB_C_GUARD_H_
#define DANEBOUND_STUB_C_GUARD_H_

#include <new>

#include "absl/status/status.h"
#include "stub/include/danebound.h"

namespace danebound::c {

// The danebound_error of a status.
int CodeOf(const absl::Status& status);

// Reports a status as danebound.h says: the text goes to `why`, which may be
// NULL. Never throws.
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

}  // namespace danebound::c

#endif  // DANEBOUND_STUB_C_GUARD_H_
