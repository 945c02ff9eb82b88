#include "stub/check/certificate_seen.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <set>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "stub/openssl/association.h"
#include "stub/openssl/pointers.h"

namespace danebound {
namespace {

constexpr int kMostShown = 100;      // certificates, and names of one
constexpr size_t kMostOctets = 256;  // of a text

using GeneralNames =
    std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES_free>>;

std::string Shown(absl::string_view text) {
  return absl::CHexEscape(text.substr(0, kMostOctets));
}

std::string ToText(const X509_NAME* name) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr ||
      X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) {
    return "";
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return Shown(absl::string_view(data, static_cast<size_t>(size)));
}

std::string ToText(const ASN1_IA5STRING* text) {
  return Shown({reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                static_cast<size_t>(ASN1_STRING_length(text))});
}

std::vector<std::string> DnsNames(const X509& certificate) {
  std::vector<std::string> names;
  const GeneralNames all(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (all == nullptr) return names;
  for (int i = 0; i < std::min(sk_GENERAL_NAME_num(all.get()), kMostShown);
       ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_DNS) names.push_back(ToText(name->d.dNSName));
  }
  return names;
}

// 0 for a date that is none.
int64_t SecondsOf(const ASN1_TIME* time) {
  std::tm calendar = {};
  return ASN1_TIME_to_tm(time, &calendar) == 1 ? timegm(&calendar) : 0;
}

std::string CurveOf(const EVP_PKEY& key) {
  std::array<char, 80> group = {};
  size_t size = 0;
  if (EVP_PKEY_get_utf8_string_param(&key, OSSL_PKEY_PARAM_GROUP_NAME,
                                     group.data(), group.size(), &size) != 1) {
    return "unnamed curve";
  }
  const char* nist = EC_curve_nid2nist(OBJ_sn2nid(group.data()));
  return nist == nullptr ? group.data() : nist;
}

// Says whether OpenSSL offers the curve for signatures unless told otherwise.
bool IsOffered(const std::string& curve) {
  constexpr unsigned long kFirstWithRfc8734 = 0x30200000;
  static const std::set<absl::string_view> offered = {"P-256", "P-384",
                                                      "P-521"};
  static const std::set<absl::string_view> of_rfc_8734 = {
      "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"};
  return offered.contains(curve) ||
         (OpenSSL_version_num() >= kFirstWithRfc8734 &&
          of_rfc_8734.contains(curve));
}

std::string KeyText(const EVP_PKEY* key) {
  if (key == nullptr) return "unreadable";
  const int type = EVP_PKEY_get_base_id(key);
  if (type == EVP_PKEY_EC) return absl::StrCat("EC ", CurveOf(*key));
  if (type == EVP_PKEY_RSA) {
    return absl::StrCat("RSA ", EVP_PKEY_get_bits(key));
  }
  const char* name = EVP_PKEY_get0_type_name(key);
  return name == nullptr ? "other" : name;
}

std::string Sha256Text(const X509& certificate, uint8_t selector) {
  const auto digest = AssociationData(certificate, selector, kSha256);
  return digest.ok() ? absl::BytesToHexString(*digest) : "";
}

KeyType TypeOf(const EVP_PKEY* key) {
  const int type = key == nullptr ? EVP_PKEY_NONE : EVP_PKEY_get_base_id(key);
  if (type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS) return KeyType::kRsa;
  if (type == EVP_PKEY_EC) return KeyType::kEcdsa;
  return KeyType::kOther;
}

// The raw key that came in place of a certificate; null: none. RFC 7250, of
// OpenSSL 3.2 and newer.
const EVP_PKEY* RawKeyOf([[maybe_unused]] const SSL* ssl) {
#if OPENSSL_VERSION_NUMBER >= 0x30200000L
  return SSL_get0_peer_rpk(ssl);
#else
  return nullptr;
#endif
}

RawKeySeen SeeRawKey(const EVP_PKEY& key, const std::vector<Tlsa>& records) {
  RawKeySeen seen;
  seen.key = KeyText(&key);
  const auto digest = AssociationData(key, kSha256);
  if (digest.ok()) seen.spki_sha256 = absl::BytesToHexString(*digest);
  for (size_t i = 0; i < records.size(); ++i) {
    if (records[i].selector != kSpki) continue;
    const auto data = AssociationData(key, records[i].matching);
    if (data.ok() && *data == records[i].data) seen.records.push_back(i);
  }
  return seen;
}

}  // namespace

CertificateSeen SeeCertificate(X509& certificate,
                               const std::vector<Tlsa>& records) {
  CertificateSeen seen;
  seen.subject = ToText(X509_get_subject_name(&certificate));
  seen.issuer = ToText(X509_get_issuer_name(&certificate));
  seen.names = DnsNames(certificate);
  seen.not_before = SecondsOf(X509_get0_notBefore(&certificate));
  seen.not_after = SecondsOf(X509_get0_notAfter(&certificate));
  seen.key = KeyText(X509_get0_pubkey(&certificate));
  seen.cert_sha256 = Sha256Text(certificate, kCert);
  seen.spki_sha256 = Sha256Text(certificate, kSpki);
  for (size_t i = 0; i < records.size(); ++i) {
    if (Matches(records[i], certificate)) seen.records.push_back(i);
  }
  return seen;
}

std::string HandshakeTrouble(const X509& certificate) {
  const EVP_PKEY* key = X509_get0_pubkey(&certificate);
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) return "";
  const std::string curve = CurveOf(*key);
  if (IsOffered(curve)) return "";
  return absl::StrCat("the server's own key is on the curve ", curve,
                      ", which no handshake made here takes: a connection to "
                      "it fails, whatever the records promise");
}

TlsSeen SeeTls(SSL* ssl, const std::vector<Tlsa>& records) {
  TlsSeen seen;
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl);
  if (cipher != nullptr) {
    seen.protocol = SSL_get_version(ssl);
    seen.cipher = SSL_CIPHER_get_name(cipher);
  }
  const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl);
  for (int i = 0; i < std::min(sk_X509_num(chain), kMostShown); ++i) {
    X509* certificate = sk_X509_value(chain, i);
    if (i == 0) seen.key_type = TypeOf(X509_get0_pubkey(certificate));
    seen.chain.push_back(SeeCertificate(*certificate, records));
  }
  if (const EVP_PKEY* key = RawKeyOf(ssl)) {
    seen.key_type = TypeOf(key);
    seen.raw_key = SeeRawKey(*key, records);
  }
  const STACK_OF(X509)* verified = SSL_get0_verified_chain(ssl);
  for (int i = 0; i < sk_X509_num(verified); ++i) {
    seen.verified_ends.push_back(
        SecondsOf(X509_get0_notAfter(sk_X509_value(verified, i))));
  }
  return seen;
}

}  // namespace danebound
