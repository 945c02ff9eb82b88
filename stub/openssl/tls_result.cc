#include "stub/openssl/tls_result.h"

#include <openssl/err.h>

#include "absl/strings/str_cat.h"
#include "stub/openssl/chain_judgement.h"
#include "stub/openssl/errors.h"

namespace danebound {
namespace {

TlsResult Failed(absl::string_view why, absl::string_view tlsrpt) {
  TlsResult result;
  result.why = std::string(why);
  result.tlsrpt = std::string(tlsrpt);
  return result;
}

// A handshake that ended for the peer's certificate left its reason with the
// connection, any other left it in OpenSSL's queue.
TlsResult JudgeUnfinished(SSL* ssl, const HostVerdict& host,
                          const TlsSetup& setup) {
  if (setup.duty == Duty::kAuthenticate &&
      SSL_get_verify_result(ssl) != X509_V_OK) {
    ERR_clear_error();
    return JudgeChain(ssl, host);
  }
  const bool has_reason = ERR_peek_error() != 0;
  return Failed(
      absl::StrCat("the TLS handshake did not finish: ",
                   has_reason ? TakeOpensslErrors() : "the connection ended"),
      "validation-failure");
}

// A certificate or, of OpenSSL 3.2 and newer, a raw public key. RFC 7250.
bool ShowedAKey(const SSL* ssl) {
#if OPENSSL_VERSION_NUMBER >= 0x30200000L
  if (SSL_get0_peer_rpk(ssl) != nullptr) return true;
#endif
  return SSL_get0_peer_certificate(ssl) != nullptr;
}

}  // namespace

absl::string_view ToText(TlsOutcome outcome) {
  switch (outcome) {
    case TlsOutcome::kFailed:
      return "failed";
    case TlsOutcome::kEncrypted:
      return "encrypted";
    case TlsOutcome::kAuthenticated:
      return "authenticated";
  }
  return "failed";
}

TlsResult JudgeTls(SSL* ssl, const HostVerdict& host, const TlsSetup& setup) {
  if (setup.duty == Duty::kSkip) {
    return Failed("the host is to be skipped", "");
  }
  if (SSL_is_init_finished(ssl) != 1) return JudgeUnfinished(ssl, host, setup);
  if (setup.duty != Duty::kAuthenticate) {
    TlsResult result;
    result.outcome = TlsOutcome::kEncrypted;
    return result;
  }
  if (SSL_session_reused(ssl) == 1) {
    return Failed(
        "the TLS session was resumed, and what its first handshake proved is "
        "not known: store it with StoreTls, resume it with ResumeTls",
        "");
  }
  if (!ShowedAKey(ssl)) {
    return Failed("the server showed no certificate",
                  "certificate-not-trusted");
  }
  return JudgeChain(ssl, host);
}

absl::optional<StoredSession> StoreTls(SSL* ssl, const HostVerdict& host,
                                       const TlsResult& result) {
  if (result.outcome == TlsOutcome::kFailed || host.tls_key.empty()) {
    return absl::nullopt;
  }
  SslSessionPtr session(SSL_get1_session(ssl));
  if (session == nullptr || SSL_SESSION_is_resumable(session.get()) != 1) {
    return absl::nullopt;
  }
  return StoredSession{std::move(session), host.tls_key, result};
}

absl::Status ResumeTls(SSL* ssl, const HostVerdict& host,
                       const StoredSession& stored) {
  if (stored.tls_key.empty() || stored.tls_key != host.tls_key) {
    return absl::FailedPreconditionError(
        absl::StrCat("the stored TLS session has another tls key than host ",
                     host.name.ToText(), " has now: connect without it"));
  }
  ERR_clear_error();
  if (SSL_set_session(ssl, stored.session.get()) != 1) {
    return OpensslFailure("offering a stored TLS session");
  }
  return absl::OkStatus();
}

TlsResult JudgeTls(SSL* ssl, const HostVerdict& host, const TlsSetup& setup,
                   const StoredSession& stored) {
  const bool is_stored_result =
      SSL_is_init_finished(ssl) == 1 && SSL_session_reused(ssl) == 1 &&
      !stored.tls_key.empty() && stored.tls_key == host.tls_key;
  return is_stored_result ? stored.result : JudgeTls(ssl, host, setup);
}

}  // namespace danebound
