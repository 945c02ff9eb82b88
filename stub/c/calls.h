// The calls that lookups through the module and lookups with libunbound have in
// common; danebound.h says what each does.
//
//   lookups  of the object that was called; NULL: the object is NULL.
#ifndef DANEBOUND_STUB_C_CALLS_H_
#define DANEBOUND_STUB_C_CALLS_H_

#include <cstddef>
#include <cstdint>

#include "stub/c/lookups.h"
#include "stub/include/danebound.h"

namespace danebound::c {

// The most lookups of one LookUpAll that are open at a time. Domains with dead
// name servers keep theirs until the time is over.
inline constexpr size_t kMostParallel = 256;

int LookUp(Lookups* lookups, const char* next_hop,
           const danebound_options* options, danebound_verdict** verdict,
           char** why) noexcept;

int LookUpAll(Lookups* lookups, const char* const* next_hops, size_t count,
              const danebound_options* options, danebound_verdict** verdicts,
              int* errors, char** whys) noexcept;

int StartLookup(Lookups* lookups, const char* next_hop,
                const danebound_options* options, uint64_t* ticket,
                char** why) noexcept;

uint64_t TakeEnded(Lookups* lookups, int* error, danebound_verdict** verdict,
                   char** why) noexcept;

int DescriptorOf(const Lookups* lookups) noexcept;
short EventsOf(const Lookups* lookups) noexcept;
int PollTimeoutOf(const Lookups* lookups) noexcept;
size_t OpenCountOf(const Lookups* lookups) noexcept;

}  // namespace danebound::c

#endif  // DANEBOUND_STUB_C_CALLS_H_
