#include "stub/cli/source_file.h"

#include <openssl/crypto.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "stub/cli/read_file.h"
#include "stub/openssl/certificates.h"

namespace danebound {

absl::StatusOr<TlsaSource> ReadSourceFile(const std::string& path) {
  auto octets = ReadFile(path, kMostCertificateOctets);
  if (!octets.ok()) return octets.status();
  auto source = ReadTlsaSource(*octets);
  OPENSSL_cleanse(octets->data(), octets->size());
  if (source.ok()) return source;
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": ", source.status().message()));
}

}  // namespace danebound
