#include "stub/cli/seen_chain.h"

#include <netdb.h>
#include <netinet/in.h>
#include <openssl/ssl.h>

#include <chrono>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "stub/check/probe.h"
#include "stub/check/smtp_connection.h"
#include "stub/dane/address.h"
#include "stub/openssl/tls_setup.h"
#include "stub/smtp/session.h"

namespace danebound {
namespace {

using AddressListPtr = std::unique_ptr<addrinfo, FreeWith<freeaddrinfo>>;

absl::StatusOr<std::vector<Address>> AddressesOf(const std::string& host) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int code = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  const AddressListPtr owned(list);
  if (code != 0) {
    return absl::UnavailableError(absl::StrCat(host, ": ", gai_strerror(code)));
  }
  std::vector<Address> addresses;
  for (const addrinfo* each = list; each != nullptr; each = each->ai_next) {
    const bool is_4 = each->ai_family == AF_INET;
    const void* octets =
        is_4 ? static_cast<const void*>(
                   &reinterpret_cast<const sockaddr_in*>(each->ai_addr)
                        ->sin_addr)
             : static_cast<const void*>(
                   &reinterpret_cast<const sockaddr_in6*>(each->ai_addr)
                        ->sin6_addr);
    const auto address = Address::ParseOctets(
        absl::string_view(static_cast<const char*>(octets), is_4 ? 4 : 16));
    if (address.ok()) addresses.push_back(*address);
  }
  return addresses;
}

absl::StatusOr<SslPtr> NewSsl(SSL_CTX* context, const std::string& host) {
  SslPtr ssl(SSL_new(context));
  if (ssl == nullptr ||
      SSL_set_tlsext_host_name(ssl.get(), host.c_str()) != 1) {
    return absl::InternalError("OpenSSL gives no connection");
  }
  SSL_set_security_level(ssl.get(), 1);
  SSL_set_verify(ssl.get(), SSL_VERIFY_NONE, nullptr);
  SSL_set_connect_state(ssl.get());
  return ssl;
}

// Goes on with the session until TLS is due.
absl::Status TalkUntilTls(SmtpConnection& connection, SmtpSession& session) {
  while (std::holds_alternative<SmtpSession::Waiting>(session.state())) {
    const absl::Status sent = connection.Send(session.TakeOutput());
    if (!sent.ok()) return sent;
    const auto octets = connection.Receive();
    if (!octets.ok()) return octets.status();
    session.OnOctets(*octets);
  }
  const auto* failed = std::get_if<SmtpSession::Failed>(&session.state());
  return failed == nullptr ? absl::OkStatus()
                           : absl::UnavailableError(failed->why);
}

absl::StatusOr<CertificateChain> ChainOf(SSL* ssl) {
  CertificateChain chain;
  STACK_OF(X509)* sent = SSL_get_peer_cert_chain(ssl);
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    X509* certificate = sk_X509_value(sent, i);
    X509_up_ref(certificate);
    chain.emplace_back(certificate);
  }
  if (!chain.empty()) return chain;
  return absl::UnavailableError("the server shows no certificate");
}

absl::StatusOr<CertificateChain> SeeChainAt(SSL_CTX* context,
                                            const std::string& host,
                                            const Target& target,
                                            absl::Duration timeout) {
  const auto ssl = NewSsl(context, host);
  if (!ssl.ok()) return ssl.status();
  SmtpConnection connection(std::chrono::steady_clock::now() +
                            absl::ToChronoNanoseconds(timeout));
  absl::Status status = connection.Connect(target.address, target.port);
  if (!status.ok()) return status;
  SmtpSession session(target.start, connection.OwnLiteral());
  status = TalkUntilTls(connection, session);
  if (!status.ok()) return status;
  status = connection.StartTls(ssl->get());
  if (!status.ok()) return status;
  const absl::Status ignored = connection.Send(SmtpSession::Quit());
  static_cast<void>(ignored);  // what matters was seen
  return ChainOf(ssl->get());
}

}  // namespace

absl::StatusOr<CertificateChain> SeeChain(const Name& host, uint16_t port,
                                          absl::Duration timeout) {
  const std::string name = host.ToText();
  const auto context = NewTlsContext();
  if (!context.ok()) return context.status();
  const auto addresses = AddressesOf(name);
  if (!addresses.ok()) return addresses.status();
  absl::Status last =
      absl::UnavailableError(absl::StrCat(name, ": no address"));
  for (const Address& address : *addresses) {
    auto chain =
        SeeChainAt(context->get(), name, TargetOn(address, port), timeout);
    if (chain.ok()) return chain;
    last = absl::UnavailableError(absl::StrCat(name, " ", address.ToText(),
                                               " port ", port, ": ",
                                               chain.status().message()));
  }
  return last;
}

}  // namespace danebound
