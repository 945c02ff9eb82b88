// Whom a certificate speaks of, for people.
#ifndef DANEBOUND_STUB_OPENSSL_SUBJECT_H_
#define DANEBOUND_STUB_OPENSSL_SUBJECT_H_

#include <string>

#include "stub/openssl/pointers.h"

namespace danebound {

// The subject, "CN=mx.example.org,O=Example", in printable ASCII; "no subject"
// where it is empty.
std::string SubjectOf(const X509& certificate);

}  // namespace danebound

#endif  // DANEBOUND_STUB_OPENSSL_SUBJECT_H_
