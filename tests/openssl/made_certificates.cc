#include "tests/openssl/made_certificates.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

using RequestPtr = std::unique_ptr<X509_REQ, FreeWith<X509_REQ_free>>;

void Check(bool holds) {
  if (holds) return;
  ERR_print_errors_fp(stderr);
  std::abort();
}

void SetName(X509_NAME* name, const std::string& text) {
  Check(X509_NAME_add_entry_by_txt(
            name, "CN", MBSTRING_UTF8,
            reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1,
            0) == 1);
}

void AddExtension(X509* certificate, int nid, const std::string& value) {
  if (value.empty()) return;
  X509_EXTENSION* extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  Check(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

const EVP_MD* DigestFor(EVP_PKEY* key) {
  return EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
}

std::string TextOf(BIO* bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  return {text, static_cast<size_t>(size)};
}

}  // namespace

PkeyPtr NewKey(const std::string& type) {
  PkeyPtr key;
  if (type == "Ed25519") {
    key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  } else if (type == "RSA") {
    key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", size_t{2048}));
  } else if (type == "RSA-1024") {
    key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", size_t{1024}));
  } else {
    key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", type.c_str()));
  }
  Check(key != nullptr);
  return key;
}

X509Ptr NewCertificate(const Recipe& recipe, EVP_PKEY* key, const X509* issuer,
                       EVP_PKEY* issuer_key) {
  static long serial = 0;
  X509Ptr certificate(X509_new());
  X509* made = certificate.get();
  X509_set_version(made, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
  ASN1_TIME_set_string(X509_getm_notBefore(made), recipe.not_before.c_str());
  ASN1_TIME_set_string(X509_getm_notAfter(made), recipe.not_after.c_str());
  SetName(X509_get_subject_name(made), recipe.common_name);
  const X509* parent = issuer == nullptr ? made : issuer;
  X509_set_issuer_name(made, X509_get_subject_name(parent));
  X509_set_pubkey(made, key);
  AddExtension(made, NID_basic_constraints, recipe.basic_constraints);
  AddExtension(made, NID_subject_alt_name, recipe.subject_alt_name);
  AddExtension(made, NID_name_constraints, recipe.name_constraints);
  AddExtension(made, NID_key_usage, recipe.key_usage);
  Check(X509_sign(made, issuer_key, DigestFor(issuer_key)) > 0);
  return certificate;
}

X509Ptr NewCertificate(const std::string& name, EVP_PKEY* key,
                       const X509* issuer, EVP_PKEY* issuer_key, bool is_ca) {
  Recipe recipe;
  recipe.common_name = name;
  if (is_ca) {
    recipe.basic_constraints = "critical,CA:TRUE";
  } else {
    recipe.subject_alt_name = absl::StrCat("DNS:", name);
  }
  return NewCertificate(recipe, key, issuer, issuer_key);
}

Identity NewIdentity(const std::string& name) {
  Identity identity;
  identity.key = NewKey();
  identity.certificate =
      NewCertificate(name, identity.key.get(), nullptr, identity.key.get());
  return identity;
}

std::string PemOf(const X509& certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  Check(PEM_write_bio_X509(bio.get(), &certificate) == 1);
  return TextOf(bio.get());
}

std::string DerOf(const X509& certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  Check(i2d_X509_bio(bio.get(), &certificate) == 1);
  return TextOf(bio.get());
}

std::string PemOfPrivate(EVP_PKEY* key, const std::string& passphrase) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  const EVP_CIPHER* cipher = passphrase.empty() ? nullptr : EVP_aes_128_cbc();
  Check(PEM_write_bio_PKCS8PrivateKey(
            bio.get(), key, cipher, passphrase.c_str(),
            static_cast<int>(passphrase.size()), nullptr, nullptr) == 1);
  return TextOf(bio.get());
}

std::string PemOfPublic(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  Check(PEM_write_bio_PUBKEY(bio.get(), key) == 1);
  return TextOf(bio.get());
}

std::string PemOfRequest(EVP_PKEY* key) {
  const RequestPtr request(X509_REQ_new());
  SetName(X509_REQ_get_subject_name(request.get()), "mx.example");
  X509_REQ_set_pubkey(request.get(), key);
  Check(X509_REQ_sign(request.get(), key, DigestFor(key)) > 0);
  const BioPtr bio(BIO_new(BIO_s_mem()));
  Check(PEM_write_bio_X509_REQ(bio.get(), request.get()) == 1);
  return TextOf(bio.get());
}

std::string Pkcs7Of(X509& certificate) {
  const std::unique_ptr<PKCS7, FreeWith<PKCS7_free>> container(PKCS7_new());
  Check(PKCS7_set_type(container.get(), NID_pkcs7_signed) == 1);
  Check(PKCS7_content_new(container.get(), NID_pkcs7_data) == 1);
  Check(PKCS7_add_certificate(container.get(), &certificate) == 1);
  unsigned char* octets = nullptr;
  const int size = i2d_PKCS7(container.get(), &octets);
  std::string der(reinterpret_cast<char*>(octets), static_cast<size_t>(size));
  OPENSSL_free(octets);
  return der;
}

std::string Pkcs12Of(X509& certificate, EVP_PKEY& key) {
  const std::unique_ptr<PKCS12, FreeWith<PKCS12_free>> container(PKCS12_create(
      "secret", "mx", &key, &certificate, nullptr, 0, 0, 0, 0, 0));
  unsigned char* octets = nullptr;
  const int size = i2d_PKCS12(container.get(), &octets);
  std::string der(reinterpret_cast<char*>(octets), static_cast<size_t>(size));
  OPENSSL_free(octets);
  return der;
}

std::string DerOfPem(const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  char* label = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  Check(PEM_read_bio(bio.get(), &label, &header, &data, &size) == 1);
  std::string der(reinterpret_cast<const char*>(data),
                  static_cast<size_t>(size));
  OPENSSL_free(label);
  OPENSSL_free(header);
  OPENSSL_free(data);
  return der;
}

}  // namespace danebound
