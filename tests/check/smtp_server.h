// An SMTP server on 127.0.0.1 that does what a test says: a script for each
// connection, one connection after the other.
#ifndef DANEBOUND_TESTS_CHECK_SMTP_SERVER_H_
#define DANEBOUND_TESTS_CHECK_SMTP_SERVER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/string_view.h"
#include "stub/openssl/pointers.h"
#include "tests/openssl/made_certificates.h"

namespace danebound {

// The server's end of one connection. Whatever the client does, no call hangs
// once the client has gone; all that fails returns false or nothing.
class ServerPeer {
 public:
  explicit ServerPeer(int fd) : fd_(fd) {}
  ServerPeer(const ServerPeer&) = delete;
  ServerPeer& operator=(const ServerPeer&) = delete;
  ~ServerPeer();

  bool Send(absl::string_view octets);
  // A line without its end.
  std::string ReadLine();
  // As many octets as come at once, from under TLS.
  std::string ReadRaw();
  bool StartTls(SSL_CTX* context);
  // The name that the client asked for with SNI.
  std::string Sni() const;
  void WaitForClose();

 private:
  bool ReadOctet(char* octet);

  int fd_;
  SslPtr ssl_;
};

// A server's TLS with these identities and the certificates to be sent behind
// the first one.
SslCtxPtr ServerContext(const std::vector<const Identity*>& identities,
                        const std::vector<const X509*>& chain = {});

class SmtpServer {
 public:
  using Script = std::function<void(ServerPeer&)>;

  explicit SmtpServer(Script script);
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;
  ~SmtpServer();

  uint16_t port() const { return port_; }
  int connections() const { return connections_; }

 private:
  void Serve(const Script& script);

  int listener_;
  uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

}  // namespace danebound

#endif  // DANEBOUND_TESTS_CHECK_SMTP_SERVER_H_
