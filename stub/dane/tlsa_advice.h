// What RFC 7671 and RFC 7672 have against a combination of TLSA parameters.
#ifndef DANEBOUND_STUB_DANE_TLSA_ADVICE_H_
#define DANEBOUND_STUB_DANE_TLSA_ADVICE_H_

#include <string>
#include <vector>

#include "stub/dane/tlsa_text.h"

namespace danebound {

struct TlsaAdvice {
  std::string section;  // "RFC 7671 5.2.1"
  std::string text;     // one sentence for the publisher, without a full stop
};

// Says what speaks against publishing records of these parameters for an SMTP
// server, the gravest first.
//
//   returns  none for the two combinations that RFC 7672 3.1 recommends, 3 1 1
//            and 2 0 1.
//   source   RFC 7671 4.1, 5.1, 5.2.1, 5.2.3, 10.1.2; RFC 7672 3.1, 3.1.3.
std::vector<TlsaAdvice> AdviseOnTlsa(const TlsaParameters& parameters);

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_TLSA_ADVICE_H_
