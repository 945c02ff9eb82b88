#include "stub/openssl/verify.h"

#include <openssl/x509_vfy.h>

#include <algorithm>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "stub/dane/name.h"
#include "stub/openssl/chain_judgement.h"
#include "stub/openssl/errors.h"
#include "stub/openssl/tls_setup.h"
#include "stub/openssl/verify_trouble.h"

namespace danebound {
namespace {

struct StackFree {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};

using StoreContextPtr =
    std::unique_ptr<X509_STORE_CTX, FreeWith<X509_STORE_CTX_free>>;

// Does what OpenSSL does with the peer's chain in a handshake: the records and
// names of the connection judge it, and the connection keeps the result.
absl::Status VerifyAsPeer(SSL* ssl, STACK_OF(X509) * chain) {
  const StoreContextPtr context(X509_STORE_CTX_new());
  X509_STORE* store = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl));
  if (context == nullptr ||
      X509_STORE_CTX_init(context.get(), store, sk_X509_value(chain, 0),
                          chain) != 1) {
    return OpensslFailure("preparing to verify");
  }
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_auth_level(parameters, SSL_get_security_level(ssl));
  if (X509_STORE_CTX_set_ex_data(
          context.get(), SSL_get_ex_data_X509_STORE_CTX_idx(), ssl) != 1) {
    return OpensslFailure("preparing to verify");
  }
  X509_STORE_CTX_set_verify_cb(context.get(), KeepVerifyTrouble);
  X509_STORE_CTX_set0_dane(context.get(), SSL_get0_dane(ssl));
  if (X509_STORE_CTX_set_default(context.get(), "ssl_server") != 1 ||
      X509_VERIFY_PARAM_set1(parameters, SSL_get0_param(ssl)) != 1) {
    return OpensslFailure("preparing to verify");
  }
  if (X509_verify_cert(context.get()) < 0) return OpensslFailure("verifying");
  SSL_set_verify_result(ssl, X509_STORE_CTX_get_error(context.get()));
  X509_VERIFY_PARAM_move_peername(SSL_get0_param(ssl), parameters);
  return absl::OkStatus();
}

using StackPtr = std::unique_ptr<STACK_OF(X509), StackFree>;

// The same certificates, still owned by the chain.
StackPtr StackOf(const CertificateChain& chain) {
  StackPtr stack(sk_X509_new_null());
  for (const X509Ptr& certificate : chain) {
    if (stack == nullptr || sk_X509_push(stack.get(), certificate.get()) == 0) {
      return nullptr;
    }
  }
  return stack;
}

}  // namespace

absl::StatusOr<TlsResult> Verify(const CertificateChain& chain,
                                 const HostVerdict& host, int64_t time) {
  if (chain.empty()) return absl::InvalidArgumentError("no certificate");
  const absl::StatusOr<SslCtxPtr> context = NewTlsContext();
  if (!context.ok()) return context.status();
  const SslPtr ssl(SSL_new(context->get()));
  const StackPtr stack = StackOf(chain);
  if (ssl == nullptr || stack == nullptr) {
    return OpensslFailure("preparing to verify");
  }
  const absl::StatusOr<TlsSetup> setup =
      ConfigureTls(ssl.get(), host, TlsPurpose::kProbe);
  if (!setup.ok()) return setup.status();
  if (setup->duty != Duty::kAuthenticate) {
    TlsResult encrypted;
    encrypted.outcome = TlsOutcome::kEncrypted;
    return encrypted;
  }
  X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl.get()), time);
  const absl::Status verified = VerifyAsPeer(ssl.get(), stack.get());
  if (!verified.ok()) return verified;
  return JudgeChain(ssl.get(), host);
}

absl::StatusOr<HostVerdict> PromiseOf(const std::vector<Tlsa>& records,
                                      const std::vector<std::string>& names) {
  if (names.empty()) return absl::InvalidArgumentError("no reference name");
  HostVerdict host;
  for (const std::string& text : names) {
    const absl::StatusOr<Name> name = Name::ParseText(text);
    if (!name.ok()) return name.status();
    // OpenSSL takes a leading dot for all that is below a name.
    if (name->IsRoot()) {
      return absl::InvalidArgumentError(
          "the root is no reference name: write the name of a host or domain");
    }
    if (host.names.empty()) host.name = *name;
    host.names.push_back(name->ToText());
  }
  host.expanded = host.name;
  host.base_domain = host.name;
  host.sni = host.name.ToText();
  host.tlsa = records;
  host.cause = Cause::kNone;
  const bool any_counts =
      std::any_of(records.begin(), records.end(),
                  [](const Tlsa& record) { return record.counts(); });
  host.duty = any_counts ? Duty::kAuthenticate : Duty::kEncrypt;
  return host;
}

}  // namespace danebound
