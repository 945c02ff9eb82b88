// A TLS handshake between a client of ours and OpenSSL's server, in memory.
#ifndef DANEBOUND_TESTS_OPENSSL_HANDSHAKE_H_
#define DANEBOUND_TESTS_OPENSSL_HANDSHAKE_H_

#include <string>
#include <vector>

#include "stub/openssl/pointers.h"

namespace danebound {

struct ServerSettings {
  std::vector<X509*> chain;  // its own certificate first; none: anonymous
  EVP_PKEY* key = nullptr;
  int greatest_version = 0;  // 0: as new as there is
  std::string suites;        // below TLS 1.3; empty: OpenSSL's own
  // Server certificate types that it has, RFC 7250; empty: X.509 alone.
  std::vector<unsigned char> types = {};
};

// A server that keeps its context, and with it its session tickets' keys.
class Server {
 public:
  explicit Server(const ServerSettings& settings);

  // Plays the handshake with the client to its end, and on until the client
  // has read the session tickets that follow. The server's side stays for as
  // long as this object.
  void Meet(SSL* client);

  // What the last client sent; empty: none.
  std::string sni() const { return sni_; }

 private:
  SslCtxPtr context_;
  SslPtr server_;
  std::string sni_;
};

}  // namespace danebound

#endif  // DANEBOUND_TESTS_OPENSSL_HANDSHAKE_H_
