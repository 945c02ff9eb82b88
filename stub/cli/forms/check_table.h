// Checked domains as text for people, one block a domain:
//
//   example.org: authenticated, warning
//     MX records secure, holds 1 h
//      10  mx1.example.org: authenticated
//          TLSA       _25._tcp.mx1.example.org
//          record 0   2 0 1 111111111111111111111111111111111111111111111111…
//          names      mx1.example.org
//          address    192.0.2.1: authenticated, by record 0 at depth 1 under…
//          banner     mx.example ESMTP
//          TLS        TLSv1.3, TLS_AES_256_GCM_SHA384
//          cert 0     CN=mx1.example.org; from CN=CA; EC P-256; ends in 10 d;
//                     matches no record
//      20  mx2.example.org: deferred
//     advice: mx1.example.org: publish 3 1 1 (RFC 7671 5.1)
#ifndef DANEBOUND_STUB_CLI_FORMS_CHECK_TABLE_H_
#define DANEBOUND_STUB_CLI_FORMS_CHECK_TABLE_H_

#include <string>

#include "stub/check/checked_domain.h"
#include "stub/cli/forms/table.h"

namespace danebound {

// The block for one domain, ending in a newline.
std::string ToTable(const CheckedDomain& checked, const TableStyle& style);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_FORMS_CHECK_TABLE_H_
