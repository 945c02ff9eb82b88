#include "smtp_server.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

namespace danebound {

ServerPeer::~ServerPeer() {
  ssl_.reset();
  close(fd_);
}

bool ServerPeer::Send(absl::string_view octets) {
  const int size = static_cast<int>(octets.size());
  if (ssl_ != nullptr) return SSL_write(ssl_.get(), octets.data(), size) > 0;
  return send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL) == size;
}

bool ServerPeer::ReadOctet(char* octet) {
  return ssl_ != nullptr ? SSL_read(ssl_.get(), octet, 1) == 1
                         : recv(fd_, octet, 1, 0) == 1;
}

std::string ServerPeer::ReadLine() {
  std::string line;
  for (char octet = 0; ReadOctet(&octet) && octet != '\n';) {
    if (octet != '\r') line += octet;
  }
  return line;
}

std::string ServerPeer::ReadRaw() {
  std::array<char, 4096> octets = {};
  const ssize_t size = recv(fd_, octets.data(), octets.size(), 0);
  return {octets.data(), size > 0 ? static_cast<size_t>(size) : 0};
}

bool ServerPeer::StartTls(SSL_CTX* context) {
  ssl_.reset(SSL_new(context));
  SSL_set_fd(ssl_.get(), fd_);
  return SSL_accept(ssl_.get()) == 1;
}

std::string ServerPeer::Sni() const {
  const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? "" : name;
}

void ServerPeer::WaitForClose() {
  while (!ReadRaw().empty()) {
  }
}

SslCtxPtr ServerContext(const std::vector<const Identity*>& identities,
                        const std::vector<const X509*>& chain) {
  SslCtxPtr context(SSL_CTX_new(TLS_server_method()));
  for (const Identity* each : identities) {
    SSL_CTX_use_certificate(context.get(), each->certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), each->key.get());
  }
  for (const X509* each : chain) {
    SSL_CTX_add1_chain_cert(context.get(), const_cast<X509*>(each));
  }
  return context;
}

SmtpServer::SmtpServer(Script script)
    : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
  listen(listener_, 100);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this, script = std::move(script)] { Serve(script); });
}

SmtpServer::~SmtpServer() {
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

void SmtpServer::Serve(const Script& script) {
  // OpenSSL writes without MSG_NOSIGNAL. This thread alone, so that a client
  // that raises it still fails its test.
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  for (int fd = 0; (fd = accept(listener_, nullptr, nullptr)) >= 0;) {
    ++connections_;
    ServerPeer peer(fd);
    script(peer);
  }
}

}  // namespace danebound
