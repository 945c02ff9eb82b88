// Short words for tests of the OpenSSL glue: a small CA, records, hosts.
#ifndef DANEBOUND_TESTS_OPENSSL_TLS_WORDS_H_
#define DANEBOUND_TESTS_OPENSSL_TLS_WORDS_H_

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "stub/dane/verdict.h"
#include "stub/openssl/pointers.h"
#include "stub/openssl/tls_result.h"
#include "tests/openssl/made_certificates.h"

namespace danebound {

// root > intermediate > mx.example.org, all good; valid until 2040.
struct SmallCa {
  SmallCa();

  // A leaf below the intermediate, with the key leaf_key.
  X509Ptr Leaf(const Recipe& recipe) const;

  PkeyPtr root_key = NewKey();
  PkeyPtr intermediate_key = NewKey();
  PkeyPtr leaf_key = NewKey();
  X509Ptr root;
  X509Ptr intermediate;
  X509Ptr leaf;
};

// A usable record for the certificate.
Tlsa RecordFor(uint8_t usage, uint8_t selector, uint8_t matching,
               const X509& certificate);

// A host with duty authenticate where a record counts, named mx.example.org,
// for example.org.
HostVerdict HostWith(std::vector<Tlsa> records);

void PrintTo(TlsOutcome outcome, std::ostream* os);

}  // namespace danebound

#endif  // DANEBOUND_TESTS_OPENSSL_TLS_WORDS_H_
