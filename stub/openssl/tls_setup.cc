#include "stub/openssl/tls_setup.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "stub/dane/tlsa.h"
#include "stub/openssl/errors.h"
#include "stub/openssl/verify_trouble.h"

namespace danebound {
namespace {

const unsigned char* Octets(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

absl::Status SetSni(SSL* ssl, const HostVerdict& host) {
  if (host.sni.empty()) return absl::OkStatus();
  if (SSL_set_tlsext_host_name(ssl, host.sni.c_str()) == 1) {
    return absl::OkStatus();
  }
  return OpensslFailure(absl::StrCat("setting the SNI to ", host.sni));
}

// RFC 7672 8.2.
bool IsAuthenticatedAndEncrypted(const SSL_CIPHER* cipher) {
  return SSL_CIPHER_get_auth_nid(cipher) != NID_auth_null &&
         SSL_CIPHER_get_cipher_nid(cipher) != NID_undef;
}

// The suites of the connection below TLS 1.3, whose suites are all good, for
// SSL_set_cipher_list.
std::string GoodSuites(const SSL* ssl) {
  std::string list;
  const STACK_OF(SSL_CIPHER)* suites = SSL_get_ciphers(ssl);
  for (int i = 0; i < sk_SSL_CIPHER_num(suites); ++i) {
    const SSL_CIPHER* suite = sk_SSL_CIPHER_value(suites, i);
    const bool is_tls13 = absl::StartsWith(SSL_CIPHER_get_name(suite), "TLS_");
    if (is_tls13 || !IsAuthenticatedAndEncrypted(suite)) continue;
    absl::StrAppend(&list, list.empty() ? "" : ":", SSL_CIPHER_get_name(suite));
  }
  return list;
}

// The distribution's level would turn away keys that the records promise, and
// what mail servers without DANE take: RFC 7671 5.1, under DANE-EE(3) only the
// match counts.
constexpr int kSecurityLevel = 1;

// RFC 7672 3.1: TLS is mandatory, so that weak TLS is no better than none.
absl::Status RequireStrongTls(SSL* ssl) {
  SSL_set_security_level(ssl, kSecurityLevel);
  const auto max_version = SSL_get_max_proto_version(ssl);
  if (max_version != 0 && max_version < TLS1_2_VERSION) {
    return absl::FailedPreconditionError(
        "the connection allows nothing newer than TLS 1.1: raise its greatest "
        "protocol version to TLS 1.2 or more");
  }
  if (SSL_get_min_proto_version(ssl) < TLS1_2_VERSION &&
      SSL_set_min_proto_version(ssl, TLS1_2_VERSION) != 1) {
    return OpensslFailure("asking for TLS 1.2 or newer");
  }
  const std::string suites = GoodSuites(ssl);
  const bool is_set = suites.empty()
                          ? SSL_set_min_proto_version(ssl, TLS1_3_VERSION) == 1
                          : SSL_set_cipher_list(ssl, suites.c_str()) == 1;
  return is_set
             ? absl::OkStatus()
             : OpensslFailure("leaving out anonymous and null cipher suites");
}

absl::Status EnableDane(SSL* ssl, const HostVerdict& host) {
  const std::string base_domain = host.base_domain.ToText();
  if (SSL_dane_enable(ssl, base_domain.c_str()) != 1) {
    return absl::FailedPreconditionError(absl::StrCat(
        "OpenSSL: enabling DANE for ", base_domain, ": ", TakeOpensslErrors(),
        ". Make the context with NewTlsContext, or call SSL_CTX_dane_enable, "
        "and configure each connection once"));
  }
  // RFC 7672 3.2.1, and 3.2.3: a wildcard is the whole first label.
  SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  // Any of the names will do; OpenSSL has the base domain. RFC 7672 3.2.2.
  for (const std::string& name : host.names) {
    if (absl::EqualsIgnoreCase(name, base_domain)) continue;
    if (SSL_add1_host(ssl, name.c_str()) != 1) {
      return OpensslFailure(absl::StrCat("adding the reference name ", name));
    }
  }
  return absl::OkStatus();
}

// Has a server send the bare key that its records are of where it has no
// certificate. RFC 7250 3.
absl::Status TakeRawPublicKey([[maybe_unused]] SSL* ssl) {
#if OPENSSL_VERSION_NUMBER >= 0x30200000L
  const std::array<unsigned char, 2> types = {TLSEXT_cert_type_x509,
                                              TLSEXT_cert_type_rpk};
  if (SSL_set1_server_cert_type(ssl, types.data(), types.size()) != 1) {
    return OpensslFailure("offering to take a raw public key");
  }
#endif
  return absl::OkStatus();
}

struct Taken {
  size_t records = 0;
  bool of_keys_alone = true;  // DANE-EE(3) SPKI(1), each of them
};

// Adds the records that count and returns what OpenSSL took.
absl::StatusOr<Taken> AddRecords(SSL* ssl, const HostVerdict& host,
                                 TlsSetup& setup) {
  Taken taken;
  for (size_t i = 0; i < host.tlsa.size(); ++i) {
    const Tlsa& record = host.tlsa[i];
    if (!record.counts()) continue;
    ERR_clear_error();
    const int result =
        SSL_dane_tlsa_add(ssl, record.usage, record.selector, record.matching,
                          Octets(record.data), record.data.size());
    if (result < 0) {
      return OpensslFailure(absl::StrCat("adding TLSA ", ToText(record)));
    }
    if (result > 0) {
      ++taken.records;
      taken.of_keys_alone = taken.of_keys_alone && record.usage == kDaneEe &&
                            record.selector == kSpki;
    } else {
      setup.refused.push_back({i, TakeOpensslErrors()});
    }
  }
  return taken;
}

absl::StatusOr<TlsSetup> ConfigureAuthenticate(SSL* ssl,
                                               const HostVerdict& host,
                                               TlsPurpose purpose) {
  TlsSetup setup;
  const absl::Status enabled = EnableDane(ssl, host);
  if (!enabled.ok()) return enabled;
  const absl::StatusOr<Taken> taken = AddRecords(ssl, host, setup);
  if (!taken.ok()) return taken.status();
  setup.duty = taken->records > 0 ? Duty::kAuthenticate : Duty::kEncrypt;
  if (taken->records > 0 && taken->of_keys_alone) {
    const absl::Status status = TakeRawPublicKey(ssl);
    if (!status.ok()) return status;
  }
  const bool verifies =
      setup.duty == Duty::kAuthenticate && purpose == TlsPurpose::kDeliver;
  SSL_set_verify(ssl, verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE,
                 KeepVerifyTrouble);
  return setup;
}

}  // namespace

absl::StatusOr<SslCtxPtr> NewTlsContext() {
  ERR_clear_error();
  SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr || SSL_CTX_dane_enable(context.get()) != 1) {
    return OpensslFailure("making a TLS context");
  }
  return context;
}

absl::StatusOr<TlsSetup> ConfigureTls(SSL* ssl, const HostVerdict& host,
                                      TlsPurpose purpose) {
  ERR_clear_error();
  if (host.duty == Duty::kSkip) {
    return absl::FailedPreconditionError(
        absl::StrCat("host ", host.name.ToText(), " is to be skipped (",
                     ToText(host.cause), "): do not connect to it"));
  }
  absl::Status status = SetSni(ssl, host);
  if (status.ok() && host.duty != Duty::kOpportunistic) {
    status = RequireStrongTls(ssl);
  }
  if (!status.ok()) return status;
  if (host.duty == Duty::kAuthenticate) {
    return ConfigureAuthenticate(ssl, host, purpose);
  }
  SSL_set_verify(ssl, SSL_VERIFY_NONE, nullptr);
  return TlsSetup{host.duty, {}};
}

}  // namespace danebound
