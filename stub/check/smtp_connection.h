// A TCP connection whose every call ends by one deadline, and TLS upon it.
//
//   octets of the server --> Receive --> SMTP session --> Send --> server
//                               |  after StartTls both go through OpenSSL,
//                               |  which never sees the socket
#ifndef DANEBOUND_STUB_CHECK_SMTP_CONNECTION_H_
#define DANEBOUND_STUB_CHECK_SMTP_CONNECTION_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "stub/dane/address.h"
#include "stub/openssl/pointers.h"

namespace danebound {

// More than any server sends in earnest before it is told QUIT.
inline constexpr size_t kMostConnectionOctets = 1 << 20;

// The errors of all calls:
//
//   DeadlineExceeded    the deadline has come
//   Unavailable         the connection is refused, by the server or by ICMP, or
//                       the server has closed it
//   FailedPrecondition  this machine has no way to such an address
//   OutOfRange          more than kMostConnectionOctets came
//   InvalidArgument     TLS: the handshake failed, or what follows it is broken
//   DataLoss            StartTls: what came is clear text, not TLS
class SmtpConnection {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `deadline` holds for all calls together.
  explicit SmtpConnection(Time deadline) : deadline_(deadline) {}
  SmtpConnection(const SmtpConnection&) = delete;
  SmtpConnection& operator=(const SmtpConnection&) = delete;
  ~SmtpConnection();

  // Connects, once. Not to link-local and multicast addresses, nor to 0.0.0.0
  // and ::, which is Unavailable. RFC 4291 2.4, RFC 3927, RFC 6890.
  absl::Status Connect(const Address& address, uint16_t port);

  // This machine's address of the connection as EHLO wants it, "[192.0.2.1]" or
  // "[IPv6:2001:db8::1]". RFC 5321 4.1.3.
  std::string OwnLiteral() const;

  // Sends everything.
  absl::Status Send(absl::string_view octets);

  // Returns what has come, once something has; never nothing.
  absl::StatusOr<std::string> Receive();

  // Makes the handshake. Afterwards Send and Receive go through TLS.
  //
  //   ssl  prepared for a client, without a BIO; outlives this object.
  absl::Status StartTls(SSL* ssl);

 private:
  absl::Status WaitFor(int16_t events);
  absl::Status SendPlain(absl::string_view octets);
  absl::StatusOr<std::string> ReceivePlain();
  // Goes on where OpenSSL stopped with `result`: sends what it has written, and
  // hands it what comes.
  absl::Status Continue(int result);
  absl::Status SendWritten();
  absl::Status HandIn(absl::string_view octets);

  Time deadline_;
  int fd_ = -1;
  size_t received_ = 0;
  SSL* ssl_ = nullptr;
  bool tls_octets_came_ = false;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_CHECK_SMTP_CONNECTION_H_
