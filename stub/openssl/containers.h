// Files that hold certificates in a form that is not read: what to do with
// them.
#ifndef DANEBOUND_STUB_OPENSSL_CONTAINERS_H_
#define DANEBOUND_STUB_OPENSSL_CONTAINERS_H_

#include "absl/strings/string_view.h"

namespace danebound {

// "PKCS #12, which is not read: openssl …"; empty: it is neither PKCS #7 nor
// PKCS #12. RFC 2315, RFC 7292.
//
//   der  the whole of the file.
absl::string_view ContainerIn(absl::string_view der);

// The same of a PEM block by its label, "PKCS7" or "CMS".
absl::string_view ContainerNamed(absl::string_view label);

}  // namespace danebound

#endif  // DANEBOUND_STUB_OPENSSL_CONTAINERS_H_
