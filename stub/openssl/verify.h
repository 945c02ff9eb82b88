// A certificate chain judged without a connection, by the same code as one with
// (tls_setup.h, tls_result.h).
#ifndef DANEBOUND_STUB_OPENSSL_VERIFY_H_
#define DANEBOUND_STUB_OPENSSL_VERIFY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "stub/dane/tlsa.h"
#include "stub/dane/verdict.h"
#include "stub/openssl/pointers.h"
#include "stub/openssl/tls_result.h"

namespace danebound {

// Judges the chain that a server of this host shows.
//
//   chain    the server's own certificate first.
//   host     duty, base domain, names, TLSA records.
//   time     seconds since the epoch at which certificates must be valid.
//   returns  kAuthenticated or kFailed for duty authenticate; kEncrypted for
//            encrypt and opportunistic, and where OpenSSL refuses every record
//            that counts.
//   errors   InvalidArgument     the chain is empty.
//            FailedPrecondition  duty skip.
//            Internal            OpenSSL fails, mostly for want of memory.
absl::StatusOr<TlsResult> Verify(const CertificateChain& chain,
                                 const HostVerdict& host, int64_t time);

// Makes the verdict of a host that promises these records, for Verify.
//
//   records  as JudgeTlsa returns them.
//   names    reference names in order, the base domain first.
//   returns  duty authenticate where a record counts, else encrypt.
//   errors   InvalidArgument  no name, or one that is no domain name.
absl::StatusOr<HostVerdict> PromiseOf(const std::vector<Tlsa>& records,
                                      const std::vector<std::string>& names);

}  // namespace danebound

#endif  // DANEBOUND_STUB_OPENSSL_VERIFY_H_
