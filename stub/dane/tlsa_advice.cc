#include "stub/dane/tlsa_advice.h"

#include <cstdint>

#include "stub/dane/tlsa.h"

namespace danebound {
namespace {

using Advices = std::vector<TlsaAdvice>;

void AdviseOnUsage(const TlsaParameters& parameters, Advices& advices) {
  if (parameters.usage > kDaneEe) {
    advices.push_back({"RFC 7672 3.1",
                       "no mail server knows this certificate usage; the "
                       "record authenticates nothing"});
  } else if (parameters.usage == kPkixTa || parameters.usage == kPkixEe) {
    advices.push_back(
        {"RFC 7672 3.1.3",
         "mail servers treat PKIX-TA(0) and PKIX-EE(1) as unusable: the record "
         "authenticates nothing; publish DANE-EE(3) or DANE-TA(2)"});
  }
}

// RFC 7671 5.1, 5.2.1, 5.2.3.
void AdviseOnSelector(const TlsaParameters& parameters, Advices& advices) {
  const bool names_end_entity =
      parameters.usage == kDaneEe || parameters.usage == kPkixEe;
  if (names_end_entity && parameters.selector == kCert) {
    advices.push_back(
        {"RFC 7671 5.1",
         "with Cert(0) the record changes at every renewal and does not fit "
         "raw "
         "public keys; with SPKI(1) it holds as long as the key"});
  }
  if (parameters.usage != kDaneTa || parameters.selector != kSpki) return;
  if (parameters.matching == kFull) {
    advices.push_back(
        {"RFC 7671 5.2.3",
         "many clients cannot build a chain on a bare key: the server has to "
         "send the certificate of the trust anchor all the same"});
  }
  advices.push_back(
      {"RFC 7671 5.2.1",
       "with SPKI(1) the path length and name constraints of the trust anchor "
       "bind nobody; publish Cert(0)"});
}

// RFC 7671 5.1, 10.1.2.
void AdviseOnMatching(const TlsaParameters& parameters, Advices& advices) {
  if (parameters.matching == kFull) {
    advices.push_back(
        {"RFC 7671 10.1.2",
         "Full(0) makes an answer that often does not fit a UDP packet, two of "
         "them in a rollover; publish SHA2-256(1)"});
  } else if (parameters.matching == kSha512) {
    advices.push_back({"RFC 7671 5.1",
                       "every client knows SHA2-256(1), some do not know "
                       "SHA2-512(2); publish "
                       "SHA2-256(1), alone or beside it"});
  }
}

}  // namespace

std::vector<TlsaAdvice> AdviseOnTlsa(const TlsaParameters& parameters) {
  Advices advices;
  AdviseOnUsage(parameters, advices);
  AdviseOnSelector(parameters, advices);
  AdviseOnMatching(parameters, advices);
  return advices;
}

}  // namespace danebound
