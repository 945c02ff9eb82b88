// Which files TLSA records are made from, and what comes of each.
#include "stub/openssl/tlsa_source.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/openssl/association.h"
#include "tests/openssl/made_certificates.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;

class TlsaSourceFile : public ::testing::Test {
 protected:
  // The data that 3 1 1 has for the file.
  static std::string DataOf(const std::string& octets) {
    const auto source = ReadTlsaSource(octets);
    EXPECT_TRUE(source.ok()) << source.status();
    return source.ok() ? MakeTlsa(*source, {})->rdata.substr(3) : "";
  }
  static std::string ErrorOf(const std::string& octets) {
    const auto source = ReadTlsaSource(octets);
    EXPECT_EQ(source.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(source.status().message());
  }
  static TlsaSourceKind KindOf(const std::string& octets) {
    return ReadTlsaSource(octets)->kind;
  }

  Identity server_ = NewIdentity("mx.example");
  std::string expected_ = *AssociationData(*server_.certificate, 1, 1);
};

// RFC 6698 2.1.2
TEST_F(TlsaSourceFile, GivesTheSameKeyInEveryForm) {
  EVP_PKEY* key = server_.key.get();
  for (const std::string& pem : {PemOf(*server_.certificate), PemOfPublic(key),
                                 PemOfRequest(key), PemOfPrivate(key)}) {
    EXPECT_EQ(DataOf(pem), expected_) << pem;
    EXPECT_EQ(DataOf(DerOfPem(pem)), expected_) << pem;
    EXPECT_EQ(KindOf(DerOfPem(pem)), KindOf(pem));
  }
}

TEST_F(TlsaSourceFile, MayBeOfAnyTypeOfKey) {
  for (const char* type : {"RSA", "Ed25519", "P-384"}) {
    const PkeyPtr key = NewKey(type);
    const std::string expected = *AssociationData(*key, 1);
    EXPECT_EQ(DataOf(PemOfPublic(key.get())), expected) << type;
    EXPECT_EQ(DataOf(PemOfRequest(key.get())), expected) << type;
    EXPECT_EQ(DataOf(DerOfPem(PemOfPrivate(key.get()))), expected) << type;
  }
}

TEST_F(TlsaSourceFile, WithAKeyAndItsCertificateIsTheCertificate) {
  const std::string both =
      PemOfPrivate(server_.key.get()) + PemOf(*server_.certificate);
  EXPECT_EQ(KindOf(both), TlsaSourceKind::kCertificates);
  EXPECT_EQ(DataOf(both), expected_);
}

TEST_F(TlsaSourceFile, WithAKeyOfNoCertificateBesideItIsRefused) {
  const std::string certificate = PemOf(*server_.certificate);
  EXPECT_THAT(ErrorOf(certificate + PemOfPrivate(NewKey().get())),
              HasSubstr("PEM block 2, PRIVATE KEY: it is of none of the "
                        "certificates beside it"));
  const Identity other = NewIdentity();
  const auto both = ReadTlsaSource(certificate + PemOf(*other.certificate) +
                                   PemOfPrivate(other.key.get()));
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_EQ(both->key_of, 1U);
  // Nobody can say whose an encrypted one is.
  const auto encrypted =
      ReadTlsaSource(certificate + PemOfPrivate(NewKey().get(), "secret"));
  ASSERT_TRUE(encrypted.ok()) << encrypted.status();
  EXPECT_EQ(encrypted->key_of, absl::nullopt);
  EXPECT_TRUE(encrypted->has_private_key);
}

TEST_F(TlsaSourceFile, WithParametersBeforeTheKeyIsTheKey) {
  EXPECT_EQ(DataOf("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
                   "-----END EC PARAMETERS-----\n" +
                   PemOfPrivate(server_.key.get())),
            expected_);
}

TEST_F(TlsaSourceFile, WithAnEncryptedKeyIsRefusedWithoutAPrompt) {
  const std::string encrypted = PemOfPrivate(server_.key.get(), "secret");
  EXPECT_THAT(ErrorOf(encrypted), HasSubstr("ENCRYPTED PRIVATE KEY: the "
                                            "private key is encrypted"));
  EXPECT_THAT(ErrorOf(DerOfPem(encrypted)), HasSubstr("is encrypted"));
  const std::string traditional = absl::StrReplaceAll(
      PemOfPrivate(server_.key.get()),
      {{"-----\nM",
        "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: "
        "AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\nM"}});
  EXPECT_THAT(ErrorOf(traditional), HasSubstr("is encrypted"));
}

TEST_F(TlsaSourceFile, WithSeveralKeysIsRefused) {
  EXPECT_THAT(
      ErrorOf(PemOfPrivate(server_.key.get()) + PemOfPrivate(NewKey().get())),
      HasSubstr("several keys that differ"));
  EXPECT_EQ(
      DataOf(PemOfPrivate(server_.key.get()) + PemOfPublic(server_.key.get())),
      expected_);
}

TEST_F(TlsaSourceFile, WithARequestOfAnotherKeyIsRefused) {
  std::string der = DerOfPem(PemOfRequest(server_.key.get()));
  const std::string name = "mx.example";
  der.replace(der.find(name), name.size(), "my.example");
  EXPECT_THAT(ErrorOf(der), HasSubstr("not signed by the key in it"));
}

// RFC 2315, RFC 7292
TEST_F(TlsaSourceFile, OfAContainerIsNamed) {
  const std::string der = Pkcs7Of(*server_.certificate);
  EXPECT_THAT(ErrorOf(der), HasSubstr("PKCS #7, which is not read: openssl"));
  EXPECT_THAT(
      ErrorOf(absl::StrCat("-----BEGIN PKCS7-----\n", absl::Base64Escape(der),
                           "\n-----END PKCS7-----\n")),
      HasSubstr("PKCS #7, which is not read"));
  EXPECT_THAT(ErrorOf(Pkcs12Of(*server_.certificate, *server_.key)),
              HasSubstr("PKCS #12, which is not read: openssl"));
}

TEST_F(TlsaSourceFile, OfSomethingElseIsRefused) {
  EXPECT_EQ(ErrorOf(""), "empty");
  EXPECT_THAT(ErrorOf("hello"), HasSubstr("neither PEM nor DER"));
  EXPECT_THAT(ErrorOf("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
                      "-----END EC PARAMETERS-----\n"),
              HasSubstr("no certificate, key or certificate request"));
  EXPECT_THAT(ErrorOf("-----BEGIN PUBLIC KEY-----\nMAMCAQE=\n"
                      "-----END PUBLIC KEY-----\n"),
              HasSubstr("PEM block 1, PUBLIC KEY: no public key can be read"));
  EXPECT_EQ(ReadTlsaSource(std::string((1 << 20) + 1, '\n')).status().code(),
            absl::StatusCode::kOutOfRange);
}

// A server's certificate below an intermediate authority below a root.
class TlsaOfChain : public ::testing::Test {
 protected:
  MadeTlsa Make(const TlsaParameters& parameters,
                absl::optional<size_t> certificate = absl::nullopt) const {
    return *MakeTlsa(Source(), parameters, certificate);
  }
  TlsaSource Source() const {
    return *ReadTlsaSource(
        absl::StrCat(PemOf(*server_), PemOf(*root_), PemOf(*intermediate_)));
  }

  PkeyPtr root_key_ = NewKey();
  PkeyPtr intermediate_key_ = NewKey();
  PkeyPtr server_key_ = NewKey();
  X509Ptr root_ =
      NewCertificate("Root", root_key_.get(), nullptr, root_key_.get(), true);
  X509Ptr intermediate_ =
      NewCertificate("Intermediate", intermediate_key_.get(), root_.get(),
                     root_key_.get(), true);
  X509Ptr server_ =
      NewCertificate("mx.example", server_key_.get(), intermediate_.get(),
                     intermediate_key_.get());
};

// RFC 6698 2.1.1; RFC 7671 5.2
TEST_F(TlsaOfChain, GivesItsTopmostAuthorityToAnchorsElseTheFirstCertificate) {
  EXPECT_EQ(Make({2, 0, 1}).certificate, 1U);
  EXPECT_EQ(Make({2, 0, 1}).rdata.substr(3), *AssociationData(*root_, 0, 1));
  EXPECT_EQ(Make({0, 1, 0}).rdata.substr(3), *AssociationData(*root_, 1, 0));
  EXPECT_EQ(Make({3, 1, 1}).certificate, 0U);
  EXPECT_EQ(Make({1, 0, 2}).rdata.substr(3), *AssociationData(*server_, 0, 2));
}

// A file with the issuer first, or without what is between.
TEST_F(TlsaOfChain, TakesTheCertificateThatIssuedNoneForEndEntities) {
  const std::string expected = *AssociationData(*server_, 1, 1);
  for (const std::string& pem :
       {absl::StrCat(PemOf(*intermediate_), PemOf(*server_)),
        absl::StrCat(PemOf(*root_), PemOf(*server_)),
        absl::StrCat(PemOf(*root_), PemOf(*intermediate_), PemOf(*server_))}) {
    const auto source = ReadTlsaSource(pem);
    EXPECT_EQ(MakeTlsa(*source, {3, 1, 1})->rdata.substr(3), expected);
  }
  const auto renewed = ReadTlsaSource(PemOf(*root_) + PemOf(*root_));
  EXPECT_EQ(MakeTlsa(*renewed, {3, 1, 1})->certificate, 0U);
}

TEST_F(TlsaOfChain, GivesTheCertificateThatIsAskedFor) {
  EXPECT_EQ(Make({2, 0, 1}, 2).rdata.substr(3),
            *AssociationData(*intermediate_, 0, 1));
  EXPECT_THAT(MakeTlsa(Source(), {2, 0, 1}, 3).status().message(),
              HasSubstr("no certificate 4: there are 3"));
}

// RFC 6698 2.1
TEST_F(TlsaOfChain, IsWrittenInAll24Combinations) {
  for (uint8_t usage = 0; usage < 4; ++usage) {
    for (uint8_t selector = 0; selector < 2; ++selector) {
      for (uint8_t matching = 0; matching < 3; ++matching) {
        const MadeTlsa made = Make({usage, selector, matching});
        const Tlsa record = JudgeTlsa({made.rdata})[0];
        EXPECT_EQ(record.usage, usage);
        EXPECT_EQ(record.selector, selector);
        EXPECT_EQ(record.matching, matching);
        EXPECT_TRUE(Matches(record, usage % 2 == 0 ? *root_ : *server_));
        EXPECT_EQ(record.usable(), usage >= 2);
      }
    }
  }
}

TEST_F(TlsaOfChain, IsNotWrittenWithParametersThatAreNotKnown) {
  for (const TlsaParameters& parameters :
       {TlsaParameters{4, 1, 1}, TlsaParameters{3, 2, 1},
        TlsaParameters{3, 1, 3}}) {
    EXPECT_EQ(MakeTlsa(Source(), parameters).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

// RFC 6698 2.1.2
TEST(TlsaOfKey, HasNoCertificateToSelect) {
  const auto source = ReadTlsaSource(PemOfPrivate(NewKey().get()));
  EXPECT_THAT(MakeTlsa(*source, {3, 0, 1}).status().message(),
              HasSubstr("Cert(0) wants a certificate, and this is a private "
                        "key"));
  EXPECT_EQ(MakeTlsa(*source, {2, 1, 1})->certificate, absl::nullopt);
}

}  // namespace
}  // namespace danebound
