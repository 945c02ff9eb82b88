#include "stub/check/smtp_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "stub/dane/next_hop.h"

namespace danebound {
namespace {

constexpr size_t kReadOctets = 16384;
// The record types (RFC 8446, section 5.1) that a server may send first.
constexpr char kAlert = 21;
constexpr char kHandshake = 22;

std::string SystemText(int error) {
  std::array<char, 128> text = {};
  return strerror_r(error, text.data(), text.size());
}

bool BeginsWith(const Address& address, absl::string_view octets) {
  return absl::StartsWith(address.octets(), octets);
}

// Why no other machine has a mail server at the address, or this one would be
// taken for it; "" where one may be.
absl::string_view WhyNoServer(const Address& address) {
  const bool six = address.IsIpv6();
  const auto first = static_cast<uint8_t>(address.octets()[0]);
  const auto second = static_cast<uint8_t>(address.octets()[1]);
  if (six ? first == 0xfe && (second & 0xc0) == 0x80
          : first == 169 && second == 254) {
    return "a link-local address, which no other network reaches";
  }
  if (six ? first == 0xff : first >= 224) {
    return "an address of groups, not of a host";
  }
  if (six ? BeginsWith(address, std::string(16, '\0')) : first == 0) {
    return "an address of no host";
  }
  return "";
}

absl::Status Closed() {
  return absl::UnavailableError("the server closed the connection");
}

absl::Status Broken(int error) {
  return absl::UnavailableError(
      absl::StrCat("the connection broke: ", SystemText(error)));
}

struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;
};

SocketAddress ToSocketAddress(const Address& address, uint16_t port) {
  SocketAddress result;
  const absl::string_view octets = address.octets();
  if (address.IsIpv6()) {
    sockaddr_in6 six = {};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    std::copy(octets.begin(), octets.end(),
              reinterpret_cast<char*>(&six.sin6_addr));
    std::memcpy(&result.storage, &six, sizeof(six));
    result.size = sizeof(six);
  } else {
    sockaddr_in four = {};
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    std::copy(octets.begin(), octets.end(),
              reinterpret_cast<char*>(&four.sin_addr));
    std::memcpy(&result.storage, &four, sizeof(four));
    result.size = sizeof(four);
  }
  return result;
}

Address FromSocketAddress(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 six = {};
    std::memcpy(&six, &storage, sizeof(six));
    return Address::ParseOctets({reinterpret_cast<const char*>(&six.sin6_addr),
                                 sizeof(six.sin6_addr)})
        .value_or(Address());
  }
  sockaddr_in four = {};
  std::memcpy(&four, &storage, sizeof(four));
  return Address::ParseOctets({reinterpret_cast<const char*>(&four.sin_addr),
                               sizeof(four.sin_addr)})
      .value_or(Address());
}

// Says whether this machine has a way to an address: connecting UDP looks that
// up and sends nothing.
bool HasRoute(const SocketAddress& to) {
  const int fd = socket(to.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const int result =
      connect(fd, reinterpret_cast<const sockaddr*>(&to.storage), to.size);
  close(fd);
  return result == 0;
}

// The first three are also what Linux makes of ICMP: another machine's word
// that the server is down, or that it lets nobody through.
bool IsLocal(int error, const SocketAddress& to) {
  switch (error) {
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EACCES:
      return !HasRoute(to);
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
    case EPERM:
    case EMFILE:
    case ENFILE:
      return true;
    default:
      return false;
  }
}

absl::Status CannotConnect(int error, const SocketAddress& to) {
  const std::string text = absl::StrCat("cannot connect: ", SystemText(error));
  if (error == ETIMEDOUT) return absl::DeadlineExceededError(text);
  return IsLocal(error, to) ? absl::FailedPreconditionError(text)
                            : absl::UnavailableError(text);
}

int PendingError(int fd) {
  int error = 0;
  socklen_t size = sizeof(error);
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

std::string TlsErrorText() {
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  return reason == nullptr ? "no reason given" : reason;
}

}  // namespace

SmtpConnection::~SmtpConnection() {
  if (fd_ >= 0) close(fd_);
}

absl::Status SmtpConnection::Connect(const Address& address, uint16_t port) {
  const absl::string_view why_not = WhyNoServer(address);
  if (!why_not.empty()) {
    return absl::UnavailableError(absl::StrCat("not tried: ", why_not));
  }
  const SocketAddress to = ToSocketAddress(address, port);
  fd_ = socket(to.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
               0);
  if (fd_ < 0) return CannotConnect(errno, to);
  const int on = 1;  // each command waits for its reply anyway
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&to.storage), to.size) ==
      0) {
    return absl::OkStatus();
  }
  if (errno != EINPROGRESS) return CannotConnect(errno, to);
  absl::Status ready = WaitFor(POLLOUT);
  if (!ready.ok()) return ready;
  const int error = PendingError(fd_);
  return error == 0 ? absl::OkStatus() : CannotConnect(error, to);
}

std::string SmtpConnection::OwnLiteral() const {
  sockaddr_storage storage = {};
  socklen_t size = sizeof(storage);
  getsockname(fd_, reinterpret_cast<sockaddr*>(&storage), &size);
  NextHop own;
  own.form = NextHopForm::kAddress;
  own.address = FromSocketAddress(storage);
  return ToText(own);
}

absl::Status SmtpConnection::Send(absl::string_view octets) {
  if (ssl_ == nullptr) return SendPlain(octets);
  while (!octets.empty()) {
    ERR_clear_error();
    const int written =
        SSL_write(ssl_, octets.data(), static_cast<int>(octets.size()));
    if (written > 0) {
      octets.remove_prefix(static_cast<size_t>(written));
      absl::Status sent = SendWritten();
      if (!sent.ok()) return sent;
      continue;
    }
    absl::Status status = Continue(written);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> SmtpConnection::Receive() {
  if (ssl_ == nullptr) return ReceivePlain();
  std::string octets(kReadOctets, '\0');
  for (;;) {
    ERR_clear_error();
    const int read =
        SSL_read(ssl_, octets.data(), static_cast<int>(octets.size()));
    if (read > 0) {
      octets.resize(static_cast<size_t>(read));
      return octets;
    }
    absl::Status status = Continue(read);
    if (!status.ok()) return status;
  }
}

absl::Status SmtpConnection::StartTls(SSL* ssl) {
  ssl_ = ssl;
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl_, in, out);
  if (in == nullptr || out == nullptr) {
    return absl::ResourceExhaustedError("no memory for TLS");
  }
  for (;;) {
    ERR_clear_error();
    const int result = SSL_connect(ssl_);
    if (result == 1) return SendWritten();
    absl::Status status = Continue(result);
    if (!status.ok()) return status;
  }
}

absl::Status SmtpConnection::WaitFor(int16_t events) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        deadline_ - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      return absl::DeadlineExceededError("no answer within the timeout");
    }
    pollfd waiting = {fd_, events, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) return Broken(errno);
  }
}

absl::Status SmtpConnection::SendPlain(absl::string_view octets) {
  while (!octets.empty()) {
    absl::Status ready = WaitFor(POLLOUT);
    if (!ready.ok()) return ready;
    const ssize_t sent =
        send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) octets.remove_prefix(static_cast<size_t>(sent));
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return Broken(errno);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> SmtpConnection::ReceivePlain() {
  for (;;) {
    absl::Status ready = WaitFor(POLLIN);
    if (!ready.ok()) return ready;
    std::string octets(kReadOctets, '\0');
    const ssize_t size = recv(fd_, octets.data(), octets.size(), MSG_DONTWAIT);
    if (size == 0) return Closed();
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (size < 0) return Broken(errno);
    octets.resize(static_cast<size_t>(size));
    received_ += octets.size();
    if (received_ <= kMostConnectionOctets) return octets;
    return absl::OutOfRangeError(absl::StrCat(
        "the server sends more than ", kMostConnectionOctets, " octets"));
  }
}

absl::Status SmtpConnection::Continue(int result) {
  const int error = SSL_get_error(ssl_, result);
  absl::Status failed =
      absl::InvalidArgumentError(absl::StrCat("TLS failed: ", TlsErrorText()));
  absl::Status sent = SendWritten();
  if (error == SSL_ERROR_ZERO_RETURN) return Closed();
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
    return failed;  // an alert that could not be sent is not why
  }
  if (!sent.ok()) return sent;
  const absl::StatusOr<std::string> octets = ReceivePlain();
  return octets.ok() ? HandIn(*octets) : octets.status();
}

absl::Status SmtpConnection::SendWritten() {
  char* data = nullptr;
  BIO* out = SSL_get_wbio(ssl_);
  const long size = BIO_get_mem_data(out, &data);
  if (size <= 0) return absl::OkStatus();
  const std::string written(data, static_cast<size_t>(size));
  BIO_reset(out);
  return SendPlain(written);
}

absl::Status SmtpConnection::HandIn(absl::string_view octets) {
  if (!tls_octets_came_ && octets[0] != kHandshake && octets[0] != kAlert) {
    return absl::DataLossError("clear text where TLS must begin");
  }
  tls_octets_came_ = true;
  const int size = static_cast<int>(octets.size());
  if (BIO_write(SSL_get_rbio(ssl_), octets.data(), size) == size) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError("no memory for TLS");
}

}  // namespace danebound
