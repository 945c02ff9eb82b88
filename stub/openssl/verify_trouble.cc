#include "stub/openssl/verify_trouble.h"

#include <openssl/asn1.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <exception>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "stub/openssl/subject.h"

namespace danebound {
namespace {

// Names of one certificate that are told; there may be thousands.
constexpr int kMostNames = 8;

void FreeTrouble(void* /*parent*/, void* trouble, CRYPTO_EX_DATA* /*data*/,
                 int /*index*/, long /*argl*/, void* /*argp*/) {
  delete static_cast<std::string*>(trouble);
}

int TroubleIndex() {
  static const int index =
      SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, FreeTrouble);
  return index;
}

void FreeChain(void* /*parent*/, void* chain, CRYPTO_EX_DATA* /*data*/,
               int /*index*/, long /*argl*/, void* /*argp*/) {
  sk_X509_pop_free(static_cast<STACK_OF(X509)*>(chain), X509_free);
}

int ChainIndex() {
  static const int index =
      SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, FreeChain);
  return index;
}

std::string Written(const BioPtr& bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : "";
}

std::string TimeText(const ASN1_TIME* time) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  ASN1_TIME_print_ex(bio.get(), time, ASN1_DTFLGS_ISO8601);
  return Written(bio);
}

std::string DnsNamesOf(const X509* certificate) {
  using NamesPtr = std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES_free>>;
  const NamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> found;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    if (found.size() == kMostNames) {
      found.emplace_back("…");
      break;
    }
    const ASN1_IA5STRING* text = name->d.dNSName;
    // The peer wrote them, and they go into logs.
    found.push_back(absl::CHexEscape(
        {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
         static_cast<size_t>(ASN1_STRING_length(text))}));
  }
  return absl::StrJoin(found, ", ");
}

std::string Detail(int error, const X509* certificate) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return absl::StrCat(", at ", TimeText(X509_get0_notAfter(certificate)));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return absl::StrCat(", before ",
                          TimeText(X509_get0_notBefore(certificate)));
    case X509_V_ERR_HOSTNAME_MISMATCH: {
      const std::string names = DnsNamesOf(certificate);
      return names.empty() ? ", it has no DNS names"
                           : absl::StrCat(", its names are ", names);
    }
    default:
      return "";
  }
}

std::string Describe(X509_STORE_CTX* context) {
  const int error = X509_STORE_CTX_get_error(context);
  const std::string what = X509_verify_cert_error_string(error);
  const X509* certificate = X509_STORE_CTX_get_current_cert(context);
  if (error == X509_V_ERR_DANE_NO_MATCH || certificate == nullptr) return what;
  return absl::StrCat("certificate ", X509_STORE_CTX_get_error_depth(context),
                      " (", SubjectOf(*certificate), "): ", what,
                      Detail(error, certificate));
}

void KeepChain(SSL* ssl, X509_STORE_CTX* context) {
  STACK_OF(X509)* chain =
      X509_chain_up_ref(X509_STORE_CTX_get0_untrusted(context));
  if (SSL_set_ex_data(ssl, ChainIndex(), chain) != 1) {
    sk_X509_pop_free(chain, X509_free);
  }
}

void Keep(X509_STORE_CTX* context) {
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(
      context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (ssl == nullptr || SSL_get_ex_data(ssl, TroubleIndex()) != nullptr) return;
  if (X509_STORE_CTX_get_error(context) == X509_V_ERR_DANE_NO_MATCH) {
    KeepChain(ssl, context);
  }
  auto trouble = std::make_unique<std::string>(Describe(context));
  if (SSL_set_ex_data(ssl, TroubleIndex(), trouble.get()) == 1) {
    static_cast<void>(trouble.release());
  }
}

}  // namespace

int KeepVerifyTrouble(int good, X509_STORE_CTX* context) {
  if (good == 1) return good;
  try {  // OpenSSL's C frames lie above
    Keep(context);
  } catch (const std::exception&) {  // memory: the words are lost, no more
    return good;
  }
  return good;
}

ShownChain UnmatchedChainOf(const SSL* ssl) {
  return ShownChainOf(
      static_cast<const STACK_OF(X509)*>(SSL_get_ex_data(ssl, ChainIndex())));
}

std::string VerifyTroubleOf(const SSL* ssl) {
  const auto* trouble =
      static_cast<const std::string*>(SSL_get_ex_data(ssl, TroubleIndex()));
  return trouble == nullptr ? "" : *trouble;
}

}  // namespace danebound
