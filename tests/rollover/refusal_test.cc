// Certificates that the records match and clients refuse all the same.
#include "stub/rollover/refusal.h"

#include <cstdint>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/openssl/tlsa_source.h"
#include "stub/rollover/identity.h"
#include "tests/openssl/made_certificates.h"

namespace danebound {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kNow = 1'800'000'000;  // in 2027
constexpr TlsaParameters k211 = {2, 1, 1};
constexpr TlsaParameters k311 = {3, 1, 1};

class Refusal : public ::testing::Test {
 protected:
  static Recipe Named(const std::string& name) {
    Recipe recipe;
    recipe.common_name = "mx.example";
    recipe.subject_alt_name = "DNS:" + name;
    return recipe;
  }

  // Below the authority, with its certificate in the file.
  RolloverIdentity Of(const Recipe& recipe) const {
    const X509Ptr leaf =
        NewCertificate(recipe, key_.get(), ca_.get(), ca_key_.get());
    const std::string pem = PemOf(*leaf) + PemOf(*ca_);
    return *IdentityOf(*ReadTlsaSource(pem));
  }

  static std::string Why(const RolloverIdentity& identity,
                         const std::set<std::string>& shown,
                         const std::set<std::string>& added = {},
                         const std::vector<std::string>& names = {
                             "mx.example"}) {
    ServerView view;
    view.answered = true;
    view.rdata = shown;
    return WhyRefused({identity}, {view}, added, names, kNow);
  }

  static std::string Record(const RolloverIdentity& identity,
                            const TlsaParameters& parameters) {
    return identity.records.at(parameters).front();
  }

  PkeyPtr ca_key_ = NewKey();
  PkeyPtr key_ = NewKey();
  X509Ptr ca_ =
      NewCertificate("CA", ca_key_.get(), nullptr, ca_key_.get(), true);
  const Recipe good_ = Named("mx.example");
};

// RFC 7672 3.1.2
TEST_F(Refusal, LooksAtNamesBelowAnAuthority) {
  EXPECT_THAT(Why(Of(good_), {Record(Of(good_), k211)}), IsEmpty());
  const RolloverIdentity other = Of(Named("www.example"));
  EXPECT_THAT(Why(other, {Record(other, k211)}),
              AllOf(HasSubstr("www.example"),
                    HasSubstr("(certificate-host-mismatch)")));
  // RFC 7672 3.2.2: the name of the mail domain
  EXPECT_THAT(
      Why(other, {Record(other, k211)}, {}, {"mx.example", "www.example"}),
      IsEmpty());
}

TEST_F(Refusal, LooksAtDatesBelowAnAuthority) {
  Recipe recipe = good_;
  recipe.not_after = "20260101000000Z";
  const RolloverIdentity ended = Of(recipe);
  EXPECT_THAT(Why(ended, {Record(ended, k211)}),
              HasSubstr("(certificate-expired)"));
  recipe = good_;
  recipe.not_before = "20350101000000Z";
  const RolloverIdentity early = Of(recipe);
  EXPECT_THAT(Why(early, {Record(early, k211)}), HasSubstr("not yet valid"));
}

// RFC 7671 5.1: one such record is enough for a client
TEST_F(Refusal, IsNoneWhereARecordIsOfTheServerItself) {
  Recipe recipe = Named("www.example");
  recipe.not_after = "20260101000000Z";
  const RolloverIdentity identity = Of(recipe);
  EXPECT_THAT(Why(identity, {Record(identity, k311)}), IsEmpty());
  EXPECT_THAT(Why(identity, {Record(identity, k311), Record(identity, k211)}),
              IsEmpty());
  EXPECT_THAT(Why(identity, {Record(identity, k211)}, {Record(identity, k311)}),
              IsEmpty());
}

TEST_F(Refusal, IsNoneWhereNoRecordMatchesAnyway) {
  const RolloverIdentity identity = Of(Named("www.example"));
  EXPECT_THAT(Why(identity, {}), IsEmpty());
  EXPECT_THAT(Why(identity, {std::string("\2\1\1") + std::string(32, 'x')}),
              IsEmpty());
  EXPECT_THAT(Why(identity, {}, {Record(identity, k211)}),
              HasSubstr("certificate-host-mismatch"));
  RolloverIdentity key = identity;
  key.chain = {};
  EXPECT_THAT(Why(key, {Record(identity, k211)}), IsEmpty());
}

TEST(StateWhereRefused, IsNeverToDeployWhatIsRefused) {
  for (int i = 0; i <= static_cast<int>(RolloverState::kDone); ++i) {
    const auto state = static_cast<RolloverState>(i);
    const bool is_broken = state == RolloverState::kBroken;
    const bool may_deploy = state == RolloverState::kDeploy;
    EXPECT_EQ(StateWhereRefused(state, false, false), state);
    EXPECT_EQ(StateWhereRefused(state, false, true),
              is_broken ? state : RolloverState::kUnknown);
    EXPECT_EQ(StateWhereRefused(state, true, false),
              may_deploy ? state : RolloverState::kBroken);
    EXPECT_EQ(StateWhereRefused(state, true, true), RolloverState::kBroken);
  }
}

}  // namespace
}  // namespace danebound
