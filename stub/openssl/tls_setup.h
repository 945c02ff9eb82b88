// From a host's verdict to a configured SSL: the first half of what an MTA does
// with OpenSSL.
//
//   host verdict --> ConfigureTls --> SSL_connect --> JudgeTls --> TlsResult
//                        |                               ^
//                        +--------- TlsSetup ------------+
#ifndef DANEBOUND_STUB_OPENSSL_TLS_SETUP_H_
#define DANEBOUND_STUB_OPENSSL_TLS_SETUP_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "stub/dane/verdict.h"
#include "stub/openssl/pointers.h"

namespace danebound {

// What the connection is for.
enum class TlsPurpose : uint8_t {
  kDeliver = 0,  // the handshake itself fails where the peer does not match
  kProbe = 1,    // probes and audits: it goes on, and JudgeTls says the rest
};

// What ConfigureTls made of a host's verdict.
struct TlsSetup {
  // The host's duty, or kEncrypt where it was kAuthenticate and the TLS library
  // refused every record (RFC 7672 2.2, all unusable).
  Duty duty = Duty::kSkip;

  // A record that counts but that the TLS library refused.
  struct Refused {
    size_t record = 0;  // index in HostVerdict::tlsa
    std::string why;
  };
  std::vector<Refused> refused;
};

// Makes a context for connections that ConfigureTls prepares: a TLS client
// with DANE on, and no trust store.
//
//   errors  Internal  OpenSSL gave none; the text is its own.
absl::StatusOr<SslCtxPtr> NewTlsContext();

// Prepares a connection, before its handshake, for what the host is owed.
//
//   authenticate   DANE with base domain (SNI), names in order, records that
//                  count; no name checks for DANE-EE(3); no partial wildcards;
//                  TLS 1.2 or newer, no anonymous and null suites, OpenSSL's
//                  security level 1, whatever the context says (as Postfix:
//                  RSA and DH of 1,024 bits pass); verified in the handshake
//                  when the purpose is kDeliver. Where all records that
//                  count are DANE-EE(3) SPKI(1), and OpenSSL is 3.2 or newer,
//                  a raw public key is taken from a server that has no
//                  certificate: SSL_get0_peer_certificate is null then, also of
//                  an authenticated peer. Who wants none calls
//                  SSL_set1_server_cert_type(ssl, nullptr, 0) after this
//   encrypt        SNI; the same protocol and suites; nothing is verified
//   opportunistic  the settings of the caller stay, nothing is verified
//
//   ssl      a client connection, of a context of NewTlsContext or of the
//            caller's own after SSL_CTX_dane_enable.
//   errors   FailedPrecondition  duty skip: not to be connected to at all; or
//                                the context has no DANE.
//            Internal            OpenSSL fails, mostly for want of memory. The
//                                connection must not be used.
//   source   RFC 7672 2.2, 3.1, 3.2; RFC 7671 5.1, 9; RFC 7250.
absl::StatusOr<TlsSetup> ConfigureTls(SSL* ssl, const HostVerdict& host,
                                      TlsPurpose purpose);

}  // namespace danebound

#endif  // DANEBOUND_STUB_OPENSSL_TLS_SETUP_H_
