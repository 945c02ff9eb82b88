// Checked domains as text for people, one block a domain:
//
//   example.org: authenticated, good
//     MX records secure, holds 59 min
//      10  mx1.example.org: authenticated
//          TLSA       _25._tcp.mx1.example.org
//          record 0   3 1 1 0b9fa5a59eed715c26c1020c711b4f6ec42d58b0015e1433...
//          address    192.0.2.1: authenticated, by record 0 at depth 0
//          banner     mx1.example.org ESMTP
//          TLS        TLSv1.3, TLS_AES_256_GCM_SHA384
//          cert 0     CN=mx1.example.org; self-issued; EC P-256; ends in 89 d;
//                     matches record 0
#ifndef DANEBOUND_STUB_CLI_CHECK_TABLE_H_
#define DANEBOUND_STUB_CLI_CHECK_TABLE_H_

#include <string>

#include "stub/check/checked_domain.h"
#include "stub/cli/table.h"

namespace danebound {

// The block for one domain, ending in a newline.
std::string ToTable(const CheckedDomain& checked, const TableStyle& style);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_CHECK_TABLE_H_
