// The key of a change to come: made once, kept, and never overwritten.
#ifndef DANEBOUND_STUB_ROLLOVER_NEXT_KEY_H_
#define DANEBOUND_STUB_ROLLOVER_NEXT_KEY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "stub/openssl/pointers.h"

namespace danebound {

enum class NextKeyType : uint8_t {
  kEcdsa = 0,  // P-256
  kRsa = 1,    // 3072 bits
};

struct NextKey {
  PkeyPtr key;
  bool is_new = false;  // made now, not found
};

// Reads the private key of a file, or makes the file, mode 0600, with a new
// one, at one stroke: PEM, PKCS #8.
//
//   errors  InvalidArgument  the file is there and holds no private key, or an
//                            encrypted one. It is left as it is.
//           Unavailable      it can't be read or made; the text names it.
//           Internal         OpenSSL makes none.
absl::StatusOr<NextKey> TakeOrMakeKey(const std::string& path,
                                      NextKeyType type);

// Makes the file of a certificate request for hosts, signed by the key: PEM,
// mode 0644.
//
//   hosts   DNS names, at least one; A-labels.
//   errors  AlreadyExists  there is such a file. It is left as it is.
//           Unavailable    it can't be made; the text names it.
//           Internal       OpenSSL makes none.
//   source  RFC 2986, RFC 5280 4.2.1.6.
absl::Status MakeRequest(const std::string& path, EVP_PKEY& key,
                         const std::vector<std::string>& hosts);

}  // namespace danebound

#endif  // DANEBOUND_STUB_ROLLOVER_NEXT_KEY_H_
