// What can be published for a certificate, a chain, a key.
#include "stub/rollover/identity.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/openssl/association.h"
#include "tests/openssl/made_certificates.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;

class IdentityOfSource : public ::testing::Test {
 protected:
  static RolloverIdentity From(const std::string& pem) {
    return *IdentityOf(*ReadTlsaSource(pem));
  }

  PkeyPtr ca_key_ = NewKey();
  PkeyPtr key_ = NewKey();
  X509Ptr ca_ =
      NewCertificate("CA", ca_key_.get(), nullptr, ca_key_.get(), true);
  X509Ptr server_ =
      NewCertificate("mx.example", key_.get(), ca_.get(), ca_key_.get());
};

// RFC 6698 2.1.1; RFC 7671 5.2
TEST_F(IdentityOfSource, HasTheServersCertificateAndItsAuthorities) {
  for (const std::string& pem :
       {PemOf(*server_) + PemOf(*ca_), PemOf(*ca_) + PemOf(*server_)}) {
    const RolloverIdentity identity = From(pem);
    EXPECT_EQ(identity.records.size(), 24U);
    EXPECT_THAT(identity.records.at({3, 1, 1}),
                ElementsAre("\x03\x01\x01" + *AssociationData(*server_, 1, 1)));
    EXPECT_THAT(identity.records.at({2, 1, 1}),
                ElementsAre("\x02\x01\x01" + *AssociationData(*ca_, 1, 1)));
  }
}

// RFC 7671 5.2
TEST_F(IdentityOfSource, DoesNotTellOfAuthoritiesWithoutTheChain) {
  const RolloverIdentity identity = From(PemOf(*server_));
  EXPECT_EQ(identity.records.size(), 12U);
  EXPECT_EQ(identity.records.count({2, 1, 1}), 0U);
}

// RFC 7671 5.2.2, 5.2.3
TEST_F(IdentityOfSource, KnowsItsIssuerFromARecordThatHoldsItInFull) {
  const PkeyPtr other_key = NewKey();
  const X509Ptr other =
      NewCertificate("CA", other_key.get(), nullptr, other_key.get(), true);
  for (const uint8_t selector : {uint8_t{0}, uint8_t{1}}) {
    const std::string parameters = {2, static_cast<char>(selector), 0};
    const std::string issuer = parameters + *AssociationData(*ca_, selector, 0);
    const std::set<std::string> shown = {
        issuer, parameters + *AssociationData(*other, selector, 0),
        parameters + "junk", parameters};
    RolloverIdentity leaf = From(PemOf(*server_));
    AddAnchorsInFull(shown, leaf);
    EXPECT_THAT(leaf.records.at({2, selector, 0}), ElementsAre(issuer));
    EXPECT_EQ(leaf.records.count({2, selector, 1}), 0U);
    RolloverIdentity chain = From(PemOf(*server_) + PemOf(*ca_));
    AddAnchorsInFull(shown, chain);
    EXPECT_THAT(chain.records.at({2, selector, 0}), ElementsAre(issuer));
  }
}

TEST_F(IdentityOfSource, HasNoAuthorityAboveACertificateThatSignsItself) {
  const Identity own = NewIdentity("mx.example");
  const RolloverIdentity identity = From(PemOf(*own.certificate));
  EXPECT_EQ(identity.records.size(), 24U);
  EXPECT_THAT(identity.records.at({2, 1, 1}), IsEmpty());
}

// RFC 5280 3.2, 4.2.1.3: a key usage without keyCertSign, as is usual for a
// server, does not make another one its issuer
TEST_F(IdentityOfSource, HasNoAuthorityWhereItsKeyMaySignNoCertificates) {
  Recipe recipe;
  recipe.common_name = "mx.example";
  recipe.key_usage = "critical,digitalSignature";
  const RolloverIdentity identity =
      From(PemOf(*NewCertificate(recipe, key_.get(), nullptr, key_.get())));
  EXPECT_EQ(identity.records.size(), 24U);
  EXPECT_THAT(identity.records.at({2, 1, 1}), IsEmpty());
}

TEST_F(IdentityOfSource, EndsWithTheServersCertificate) {
  EXPECT_EQ(From(PemOf(*server_) + PemOf(*ca_)).ends, 2208988800);
  EXPECT_EQ(From(PemOfPublic(key_.get())).ends, absl::nullopt);
}

TEST_F(IdentityOfSource, HasOnlyEndEntityKeysForABareKey) {
  EXPECT_THAT(
      From(PemOfPublic(key_.get())).records,
      ElementsAre(Key(TlsaParameters{1, 1, 0}), Key(TlsaParameters{1, 1, 1}),
                  Key(TlsaParameters{1, 1, 2}), Key(TlsaParameters{3, 1, 0}),
                  Key(TlsaParameters{3, 1, 1}), Key(TlsaParameters{3, 1, 2})));
}

}  // namespace
}  // namespace danebound
