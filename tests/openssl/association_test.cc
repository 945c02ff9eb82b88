// What a TLSA record holds for a certificate or a key.
#include "stub/openssl/association.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/openssl/made_certificates.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;

// What the shell command prints.
std::string OutputOf(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  std::string output;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
    output.push_back(static_cast<char>(c));
  }
  EXPECT_EQ(pclose(pipe), 0) << command;
  return output;
}

class Association : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(path_) << PemOf(*identity_.certificate);
  }
  void TearDown() override { std::remove(path_.c_str()); }

  std::string Hex(uint8_t selector, uint8_t matching) const {
    return absl::BytesToHexString(
        *AssociationData(*identity_.certificate, selector, matching));
  }
  std::string ByOpenssl(const std::string& filters) const {
    return std::string(absl::StripAsciiWhitespace(
        OutputOf(absl::StrCat("openssl x509 -in ", path_, filters))));
  }

  Identity identity_ = NewIdentity();
  std::string path_ =
      absl::StrCat(::testing::TempDir(), "/association.", getpid(), ".pem");
};

// RFC 6698 2.1.2, 2.1.3
TEST_F(Association, IsWhatTheOpensslCommandComputes) {
  const std::string certificate = " -outform DER";
  const std::string key = " -noout -pubkey | openssl pkey -pubin -outform DER";
  const std::string hex = " | od -An -v -tx1 | tr -d ' \\n'";
  EXPECT_EQ(Hex(0, 0), ByOpenssl(certificate + hex));
  EXPECT_EQ(Hex(1, 0), ByOpenssl(key + hex));
  EXPECT_EQ(Hex(0, 1), ByOpenssl(certificate + " | sha256sum | cut -c1-64"));
  EXPECT_EQ(Hex(1, 1), ByOpenssl(key + " | sha256sum | cut -c1-64"));
  EXPECT_EQ(Hex(0, 2), ByOpenssl(certificate + " | sha512sum | cut -c1-128"));
  EXPECT_EQ(Hex(1, 2), ByOpenssl(key + " | sha512sum | cut -c1-128"));
}

// RFC 6698 2.1.2
TEST_F(Association, OfAKeyIsThatOfTheCertificateWithTheKey) {
  for (const uint8_t matching : {0, 1, 2}) {
    EXPECT_EQ(AssociationData(*identity_.key, matching),
              AssociationData(*identity_.certificate, 1, matching));
  }
}

TEST_F(Association, RefusesParametersThatAreNotKnown) {
  EXPECT_THAT(AssociationData(*identity_.certificate, 2, 1).status().message(),
              HasSubstr("selector 2"));
  EXPECT_THAT(AssociationData(*identity_.certificate, 1, 3).status().message(),
              HasSubstr("matching type 3"));
  EXPECT_EQ(AssociationData(*identity_.key, 255).status().code(),
            absl::StatusCode::kInvalidArgument);
}

Tlsa RecordOf(uint8_t selector, uint8_t matching, const std::string& data) {
  Tlsa record;
  record.usage = 3;
  record.selector = selector;
  record.matching = matching;
  record.data = data;
  return record;
}

// RFC 6698 2.1.2, 2.1.3
TEST_F(Association, MatchesOnlyTheSameData) {
  const Identity other = NewIdentity();
  for (const uint8_t selector : {0, 1}) {
    for (const uint8_t matching : {0, 1, 2}) {
      const std::string data =
          *AssociationData(*identity_.certificate, selector, matching);
      const Tlsa record = RecordOf(selector, matching, data);
      EXPECT_TRUE(Matches(record, *identity_.certificate));
      EXPECT_FALSE(Matches(record, *other.certificate));
      EXPECT_FALSE(Matches(RecordOf(selector, matching, data.substr(1)),
                           *identity_.certificate));
    }
  }
}

TEST_F(Association, NeverMatchesWithParametersThatAreNotKnown) {
  const std::string data = *AssociationData(*identity_.certificate, 1, 1);
  EXPECT_FALSE(Matches(RecordOf(2, 1, data), *identity_.certificate));
  EXPECT_FALSE(Matches(RecordOf(1, 3, data), *identity_.certificate));
  EXPECT_FALSE(Matches(Tlsa(), *identity_.certificate));
}

}  // namespace
}  // namespace danebound
