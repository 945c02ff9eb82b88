// Certificates out of files, good and bad.
#include "stub/openssl/certificates.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/openssl/made_certificates.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;

class Certificates : public ::testing::Test {
 protected:
  std::string ErrorOf(const std::string& octets) const {
    const auto chain = ReadCertificates(octets);
    EXPECT_EQ(chain.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(chain.status().message());
  }

  Identity first_ = NewIdentity("first.example");
  Identity second_ = NewIdentity("second.example");
  std::string first_pem_ = PemOf(*first_.certificate);
  std::string second_pem_ = PemOf(*second_.certificate);
};

TEST_F(Certificates, AreReadInOrderWhateverStandsBetween) {
  const auto chain = ReadCertificates(
      absl::StrCat(" 0 s:CN = first\n", first_pem_, "-----\n\x01junk\xff\n",
                   PemOfPrivate(second_.key.get()), second_pem_, "the end"));
  ASSERT_EQ(chain->size(), 2U);
  EXPECT_EQ(X509_cmp(chain->at(0).get(), first_.certificate.get()), 0);
  EXPECT_EQ(X509_cmp(chain->at(1).get(), second_.certificate.get()), 0);
}

TEST_F(Certificates, AreReadFromDer) {
  const auto chain = ReadCertificates(DerOf(*first_.certificate));
  ASSERT_EQ(chain->size(), 1U);
  EXPECT_EQ(X509_cmp(chain->at(0).get(), first_.certificate.get()), 0);
}

TEST_F(Certificates, AreReadFromLinesThatEndInCrLf) {
  EXPECT_EQ(ReadCertificates(absl::StrReplaceAll(first_pem_, {{"\n", "\r\n"}}))
                ->size(),
            1U);
}

TEST_F(Certificates, AreNotThereInOtherFiles) {
  EXPECT_EQ(ErrorOf(""), "empty");
  EXPECT_THAT(ErrorOf("hello"), HasSubstr("neither PEM nor DER"));
  EXPECT_THAT(ErrorOf(PemOfPrivate(first_.key.get())),
              HasSubstr("no certificate among the PEM blocks: PRIVATE KEY"));
}

TEST_F(Certificates, AreRefusedWhereOneIsBroken) {
  const std::string cut_off = second_pem_.substr(0, second_pem_.size() / 2);
  EXPECT_THAT(ErrorOf(first_pem_ + cut_off), HasSubstr("PEM block 2: "));
  const std::string no_base64 =
      absl::StrReplaceAll(second_pem_, {{"MII", "M*I"}});
  EXPECT_THAT(ErrorOf(first_pem_ + no_base64),
              HasSubstr("PEM block 2: bad base64"));
  EXPECT_THAT(
      ErrorOf("-----BEGIN CERTIFICATE-----\nMAMCAQE=\n"
              "-----END CERTIFICATE-----\n"),
      HasSubstr("PEM block 1, CERTIFICATE: no certificate can be read"));
}

TEST_F(Certificates, AreRefusedWithOctetsBehindThem) {
  EXPECT_THAT(ErrorOf(DerOf(*first_.certificate) + "x"),
              HasSubstr("1 octets follow"));
}

TEST_F(Certificates, AreRefusedAtEveryTruncation) {
  const std::string der = DerOf(*first_.certificate);
  for (size_t size = 1; size < der.size(); ++size) {
    EXPECT_FALSE(ReadCertificates(der.substr(0, size)).ok()) << size;
  }
}

TEST_F(Certificates, AreNotTakenFromDeeplyNestedOrOverlongDer) {
  std::string nested;
  for (int i = 0; i < 100000; ++i) nested += "\x30\x80";
  EXPECT_THAT(ErrorOf(nested), HasSubstr("no certificate can be read"));
  EXPECT_THAT(ErrorOf("\x30\x84\x7f\xff\xff\xff\x30\x82"),
              HasSubstr("no certificate can be read"));
}

TEST_F(Certificates, AreBoundedInNumberAndSize) {
  std::string many;
  for (size_t i = 0; i < kMostCertificates; ++i) many += first_pem_;
  EXPECT_EQ(ReadCertificates(many)->size(), kMostCertificates);
  EXPECT_EQ(ReadCertificates(many + first_pem_).status().code(),
            absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ReadCertificates(std::string(kMostCertificateOctets + 1, '\n'))
                .status()
                .code(),
            absl::StatusCode::kOutOfRange);
}

}  // namespace
}  // namespace danebound
