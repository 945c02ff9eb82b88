// The options of danebound.h.
#ifndef DANEBOUND_STUB_C_OPTIONS_H_
#define DANEBOUND_STUB_C_OPTIONS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "stub/client/options.h"
#include "stub/dane/next_hop.h"
#include "stub/include/danebound.h"

struct danebound_options {
  danebound::LookupOptions lookup;
  uint16_t port = danebound::kSmtpPort;
};

namespace danebound::c {

// A lookup as a caller of C asks for it.
struct AskedLookup {
  NextHop next_hop;
  const LookupOptions* options = nullptr;  // of the caller, or the defaults
};

// Parses a host name as administrators write it: U-labels too, no brackets.
//
//   errors   InvalidArgument  it is none; the text quotes it.
absl::StatusOr<Name> ParseHostName(const char* text);

// Reads the arguments that every lookup has.
//
//   options   NULL: the defaults. The lookup points to one of both.
//   errors    InvalidArgument  next_hop is NULL or no next hop.
absl::StatusOr<AskedLookup> ReadLookup(const char* next_hop,
                                       const danebound_options* options,
                                       const danebound_options& defaults);

}  // namespace danebound::c

#endif  // DANEBOUND_STUB_C_OPTIONS_H_
