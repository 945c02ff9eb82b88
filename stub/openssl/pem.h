// PEM text as blocks, RFC 7468: what stands between "-----BEGIN LABEL-----"
// and "-----END LABEL-----"; all other text is passed over.
#ifndef DANEBOUND_STUB_OPENSSL_PEM_H_
#define DANEBOUND_STUB_OPENSSL_PEM_H_

#include <openssl/crypto.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace danebound {

struct WipeOctets {
  size_t size = 0;
  void operator()(unsigned char* data) const { OPENSSL_clear_free(data, size); }
};

// Octets that may hold a private key: they are wiped when they are freed.
class SecretOctets {
 public:
  SecretOctets() = default;
  // Takes over memory that OpenSSL allocated.
  SecretOctets(unsigned char* data, size_t size)
      : data_(data, WipeOctets{size}), size_(size) {}

  absl::string_view view() const {
    return {reinterpret_cast<const char*>(data_.get()), size_};
  }

 private:
  std::unique_ptr<unsigned char, WipeOctets> data_;
  size_t size_ = 0;
};

struct PemBlock {
  std::string label;       // "CERTIFICATE"
  bool encrypted = false;  // a private key of the traditional encrypted form
  SecretOctets der;
};

// Says whether the text has the beginning of a block.
bool IsPem(absl::string_view text);

// Reads all blocks of a text, in order.
//
//   text     less than 2 GiB.
//   returns  none where there is no block.
//   errors   InvalidArgument  a block that is cut off or no base64; the text
//                             counts it from 1 and says what is wrong.
absl::StatusOr<std::vector<PemBlock>> ReadPem(absl::string_view text);

// For messages: "block 2, CERTIFICATE".
//
//   index  counted from 0.
std::string NameOfBlock(size_t index, const PemBlock& block);

}  // namespace danebound

#endif  // DANEBOUND_STUB_OPENSSL_PEM_H_
