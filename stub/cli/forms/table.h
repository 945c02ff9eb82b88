// Verdicts as text for people, one block a domain:
//
//   example.org: deliver
//     MX records secure, holds 5 min
//      10  mx1.example.org  authenticate, holds 5 min
//          addresses  192.0.2.1; secure
//          TLSA       _25._tcp.mx1.example.org, 1 of 1 count
//                     3 1 1 787878787878787878787878787878787878787878787878…
//          names      mx1.example.org, example.org
//      20  mx2.example.org  skip, tlsa-failed, ask again in 5 s
//          addresses  192.0.2.2; secure
//          why        _25._tcp.mx2.example.org TLSA: SERVFAIL from 192.0.2.53…
#ifndef DANEBOUND_STUB_CLI_FORMS_TABLE_H_
#define DANEBOUND_STUB_CLI_FORMS_TABLE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "stub/cli/forms/block.h"
#include "stub/dane/verdict.h"

namespace danebound {

// What is known of the next hop as a whole: "MX records secure, holds 59 min".
//
//   now  seconds since the epoch, for what is left of the life.
std::string Summary(const Verdict& verdict, int64_t now);

// The block for one verdict, ending in a newline.
//
//   now  seconds since the epoch, for what is left of the lives.
std::string ToTable(const Verdict& verdict, int64_t now,
                    const TableStyle& style);

// The block for a domain without a verdict.
//
//   next_hop  as it was given.
//   error     why.
std::string ToTable(absl::string_view next_hop, absl::string_view error,
                    const TableStyle& style);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_FORMS_TABLE_H_
