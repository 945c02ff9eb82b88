// What a finished handshake proves: the second half of what an MTA does with
// OpenSSL.
#ifndef DANEBOUND_STUB_OPENSSL_TLS_RESULT_H_
#define DANEBOUND_STUB_OPENSSL_TLS_RESULT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/verdict.h"
#include "stub/openssl/pointers.h"
#include "stub/openssl/tls_setup.h"

namespace danebound {

// What was reached. Compare it with the duty: kFailed under kAuthenticate or
// kEncrypt means the next host, never clear text.
enum class TlsOutcome : uint8_t {
  kFailed = 0,         // no TLS, or the peer did not match
  kEncrypted = 1,      // TLS; who the peer is was not to be proven
  kAuthenticated = 2,  // TLS, and a TLSA record vouches for the peer
};

// "failed", "encrypted", "authenticated".
absl::string_view ToText(TlsOutcome outcome);

struct TlsResult {
  TlsOutcome outcome = TlsOutcome::kFailed;

  // kAuthenticated only: which record matched, at which depth of the chain (0
  // is the server's own certificate), under which name.
  absl::optional<size_t> record;  // index in HostVerdict::tlsa
  int depth = -1;
  std::string matched_name;  // empty: DANE-EE(3), names do not count

  // The reference names that were tried, in order; none for DANE-EE(3) alone.
  std::vector<std::string> names;

  // kFailed only: why, for people, and the result type of RFC 8460 4.3 for
  // TLSRPT, or "" where it has none.
  std::string why;
  std::string tlsrpt;
};

// Judges a connection after SSL_connect, successful or not.
//
//   ssl      prepared by ConfigureTls for this host. Where its session was
//            resumed the outcome is kFailed: see ResumeTls.
//   setup    as ConfigureTls returned it.
TlsResult JudgeTls(SSL* ssl, const HostVerdict& host, const TlsSetup& setup);

// A TLS session and what its first handshake proved.
struct StoredSession {
  SslSessionPtr session;
  std::string tls_key;
  TlsResult result;
};

// Keeps the session of a connection for later ones to the same host; call it
// when the connection is about to be closed, as TLS 1.3 sends its tickets late.
// Empty where there is nothing to resume or the result is kFailed.
absl::optional<StoredSession> StoreTls(SSL* ssl, const HostVerdict& host,
                                       const TlsResult& result);

// Offers a stored session in a connection prepared by ConfigureTls.
//
//   errors   FailedPrecondition  the tls keys differ: the host now owes, or
//                                promises, something else. Connect without it.
//            Internal            OpenSSL refuses the session.
absl::Status ResumeTls(SSL* ssl, const HostVerdict& host,
                       const StoredSession& stored);

// Judges a connection in which ResumeTls offered a session: the stored result
// where it was resumed, else what JudgeTls says.
TlsResult JudgeTls(SSL* ssl, const HostVerdict& host, const TlsSetup& setup,
                   const StoredSession& stored);

}  // namespace danebound

#endif  // DANEBOUND_STUB_OPENSSL_TLS_RESULT_H_
