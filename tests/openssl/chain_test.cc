// A chain against TLSA records, each case judged twice: in a real handshake and
// offline. Both must say the same.
#include <functional>
#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/openssl/association.h"
#include "stub/openssl/tls_setup.h"
#include "stub/openssl/verify.h"
#include "tests/openssl/handshake.h"
#include "tests/openssl/tls_words.h"

namespace danebound {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kTimeIn2019 = 1'550'000'000;
constexpr int64_t kTimeNow = 1'800'000'000;  // 2027
constexpr int64_t kTimeIn2041 = 2'250'000'000;

const SmallCa& Ca() {
  static const SmallCa* const ca = new SmallCa;
  return *ca;
}

CertificateChain ChainOf(const std::vector<X509*>& certificates) {
  CertificateChain chain;
  for (X509* certificate : certificates) {
    X509_up_ref(certificate);
    chain.emplace_back(certificate);
  }
  return chain;
}

TlsResult InHandshake(const std::vector<X509*>& chain, EVP_PKEY* key,
                      const HostVerdict& host, TlsPurpose purpose) {
  const SslCtxPtr context = NewTlsContext().value();
  const SslPtr client(SSL_new(context.get()));
  const TlsSetup setup = ConfigureTls(client.get(), host, purpose).value();
  X509_VERIFY_PARAM_set_time(SSL_get0_param(client.get()), kTimeNow);
  ServerSettings settings;
  settings.chain = chain;
  settings.key = key;
  Server server(settings);
  server.Meet(client.get());
  return JudgeTls(client.get(), host, setup);
}

// Judges the chain in every way there is, which must agree.
TlsResult Judge(const std::vector<X509*>& chain, const HostVerdict& host,
                EVP_PKEY* key = Ca().leaf_key.get()) {
  const TlsResult offline = Verify(ChainOf(chain), host, kTimeNow).value();
  for (const TlsPurpose purpose : {TlsPurpose::kDeliver, TlsPurpose::kProbe}) {
    const TlsResult live = InHandshake(chain, key, host, purpose);
    EXPECT_EQ(live.outcome, offline.outcome);
    EXPECT_EQ(live.record, offline.record);
    EXPECT_EQ(live.depth, offline.depth);
    EXPECT_EQ(live.matched_name, offline.matched_name);
    EXPECT_EQ(live.why, offline.why);
    EXPECT_EQ(live.tlsrpt, offline.tlsrpt);
  }
  return offline;
}

std::vector<X509*> GoodChain() {
  return {Ca().leaf.get(), Ca().intermediate.get(), Ca().root.get()};
}

// RFC 7672 3.1.1, RFC 7671 5.1
TEST(DaneEe, MatchesTheServersCertificateBySelectorAndMatchingType) {
  for (const uint8_t selector : {0, 1}) {
    for (const uint8_t matching : {0, 1, 2}) {
      const TlsResult result =
          Judge({Ca().leaf.get()},
                HostWith({RecordFor(3, selector, matching, *Ca().leaf)}));
      EXPECT_EQ(result.outcome, TlsOutcome::kAuthenticated)
          << +selector << +matching << result.why;
      EXPECT_EQ(result.depth, 0);
      EXPECT_EQ(result.record, 0U);
      EXPECT_THAT(result.matched_name, IsEmpty());
      EXPECT_THAT(result.names, IsEmpty());
    }
  }
}

// RFC 7672 3.1.1
TEST(DaneEe, IgnoresNamesAndDates) {
  Recipe recipe;
  recipe.common_name = "somewhere.else.example";
  recipe.not_after = "20210101000000Z";
  const X509Ptr leaf = Ca().Leaf(recipe);
  const TlsResult result =
      Judge({leaf.get()}, HostWith({RecordFor(3, 1, 1, *leaf)}));
  EXPECT_EQ(result.outcome, TlsOutcome::kAuthenticated) << result.why;
}

// RFC 7671 5.1
TEST(DaneEe, DoesNotMatchACertificateAboveTheServers) {
  const TlsResult result =
      Judge(GoodChain(), HostWith({RecordFor(3, 1, 1, *Ca().intermediate)}));
  EXPECT_EQ(result.outcome, TlsOutcome::kFailed);
  EXPECT_EQ(result.why,
            "record 0 (3 1 1) matches certificate 1, but DANE-EE(3) is of the "
            "server's own, certificate 0");
  EXPECT_EQ(result.tlsrpt, "certificate-not-trusted");
}

TEST(DaneEe, SaysWhichOfSeveralRecordsMatched) {
  const TlsResult result =
      Judge(GoodChain(), HostWith({RecordFor(3, 1, 1, *Ca().root),
                                   RecordFor(3, 1, 1, *Ca().leaf)}));
  EXPECT_EQ(result.record, 1U);
}

// RFC 7672 3.1.2, RFC 7671 5.2
TEST(DaneTa, VouchesForTheChainBelowIt) {
  for (const uint8_t selector : {0, 1}) {
    for (const uint8_t matching : {0, 1, 2}) {
      const TlsResult result =
          Judge(GoodChain(),
                HostWith({RecordFor(2, selector, matching, *Ca().root)}));
      EXPECT_EQ(result.outcome, TlsOutcome::kAuthenticated)
          << +selector << +matching << result.why;
      EXPECT_EQ(result.depth, 2);
      EXPECT_EQ(result.matched_name, "mx.example.org");
      EXPECT_THAT(result.names, ElementsAre("mx.example.org", "example.org"));
    }
  }
}

TEST(DaneTa, MayBeAnIntermediate) {
  const TlsResult result =
      Judge({Ca().leaf.get(), Ca().intermediate.get()},
            HostWith({RecordFor(2, 0, 1, *Ca().intermediate)}));
  EXPECT_EQ(result.outcome, TlsOutcome::kAuthenticated) << result.why;
  EXPECT_EQ(result.depth, 1);
}

// RFC 7671 5.2.2, 5.2.3
TEST(DaneTa, NeedNotBeSentWhenTheRecordHoldsItInFull) {
  for (const uint8_t selector : {0, 1}) {
    const TlsResult result =
        Judge({Ca().leaf.get(), Ca().intermediate.get()},
              HostWith({RecordFor(2, selector, 0, *Ca().root)}));
    EXPECT_EQ(result.outcome, TlsOutcome::kAuthenticated)
        << +selector << result.why;
  }
}

// RFC 7671 5.2.2: a digest alone can't build the chain
TEST(DaneTa, FailsWhenADigestsAnchorIsNotSent) {
  const TlsResult result = Judge({Ca().leaf.get(), Ca().intermediate.get()},
                                 HostWith({RecordFor(2, 0, 1, *Ca().root)}));
  EXPECT_EQ(result.outcome, TlsOutcome::kFailed);
  EXPECT_EQ(result.tlsrpt, "certificate-not-trusted");
}

// RFC 7672 3.2.2
TEST(DaneTa, AcceptsAnyReferenceName) {
  Recipe recipe;
  recipe.common_name = "ignored.example";
  recipe.subject_alt_name = "DNS:example.org";
  const X509Ptr leaf = Ca().Leaf(recipe);
  const TlsResult result =
      Judge({leaf.get(), Ca().intermediate.get()},
            HostWith({RecordFor(2, 1, 1, *Ca().intermediate)}));
  EXPECT_EQ(result.outcome, TlsOutcome::kAuthenticated) << result.why;
  EXPECT_EQ(result.matched_name, "example.org");
}

// RFC 7672 3.2.2
TEST(DaneTa, RefusesAnotherName) {
  Recipe recipe;
  recipe.common_name = "mx.example.org";
  recipe.subject_alt_name = "DNS:other.example,DNS:another.example";
  const X509Ptr leaf = Ca().Leaf(recipe);
  const TlsResult result =
      Judge({leaf.get(), Ca().intermediate.get()},
            HostWith({RecordFor(2, 1, 1, *Ca().intermediate)}));
  EXPECT_EQ(result.outcome, TlsOutcome::kFailed);
  EXPECT_THAT(result.why,
              AllOf(HasSubstr("other.example, another.example"),
                    HasSubstr("wanted mx.example.org or example.org")));
  EXPECT_EQ(result.tlsrpt, "certificate-host-mismatch");
}

TEST(DaneTa, EscapesTheNamesThatAPeerWrote) {
  Recipe recipe;
  recipe.common_name = "ignored.example";
  recipe.subject_alt_name = "DNS:\x1b[31mred.example";
  const X509Ptr leaf = Ca().Leaf(recipe);
  EXPECT_THAT(Judge({leaf.get(), Ca().intermediate.get()},
                    HostWith({RecordFor(2, 1, 1, *Ca().intermediate)}))
                  .why,
              HasSubstr("its names are \\x1b[31mred.example"));
}

// RFC 7672 3.2.3
TEST(DaneTa, TakesTheCommonNameOnlyWithoutDnsNames) {
  Recipe recipe;
  recipe.common_name = "mx.example.org";
  const X509Ptr leaf = Ca().Leaf(recipe);
  EXPECT_EQ(Judge({leaf.get(), Ca().intermediate.get()},
                  HostWith({RecordFor(2, 1, 1, *Ca().intermediate)}))
                .outcome,
            TlsOutcome::kAuthenticated);
}

// RFC 7672 3.2.3
TEST(DaneTa, TakesAWildcardOnlyAsTheWholeFirstLabel) {
  Recipe recipe;
  recipe.common_name = "ignored.example";
  for (const bool whole : {true, false}) {
    recipe.subject_alt_name =
        whole ? "DNS:*.example.org" : "DNS:m*.example.org";
    const X509Ptr leaf = Ca().Leaf(recipe);
    EXPECT_EQ(Judge({leaf.get(), Ca().intermediate.get()},
                    HostWith({RecordFor(2, 1, 1, *Ca().intermediate)}))
                  .outcome,
              whole ? TlsOutcome::kAuthenticated : TlsOutcome::kFailed);
  }
}

// RFC 7672 3.1.2
TEST(DaneTa, HeedsTheDatesOfTheServersCertificate) {
  Recipe recipe;
  recipe.common_name = "mx.example.org";
  recipe.not_after = "20210101000000Z";
  const X509Ptr leaf = Ca().Leaf(recipe);
  const TlsResult result =
      Judge({leaf.get(), Ca().intermediate.get()},
            HostWith({RecordFor(2, 1, 1, *Ca().intermediate)}));
  EXPECT_EQ(result.outcome, TlsOutcome::kFailed);
  EXPECT_EQ(result.why,
            "certificate 0 (CN=mx.example.org): certificate has expired, at "
            "2021-01-01 00:00:00Z");
  EXPECT_EQ(result.tlsrpt, "certificate-expired");
}

TEST(DaneTa, HeedsTheDatesOfAnIntermediate) {
  Recipe recipe;
  recipe.common_name = "Old";
  recipe.basic_constraints = "critical,CA:TRUE";
  recipe.not_after = "20210101000000Z";
  const X509Ptr old = NewCertificate(recipe, Ca().intermediate_key.get(),
                                     Ca().root.get(), Ca().root_key.get());
  Recipe leaf_recipe;
  leaf_recipe.common_name = "mx.example.org";
  const X509Ptr leaf = NewCertificate(leaf_recipe, Ca().leaf_key.get(),
                                      old.get(), Ca().intermediate_key.get());
  const TlsResult result = Judge({leaf.get(), old.get(), Ca().root.get()},
                                 HostWith({RecordFor(2, 1, 1, *Ca().root)}));
  EXPECT_EQ(result.outcome, TlsOutcome::kFailed);
  EXPECT_THAT(result.why, HasSubstr("certificate 1 (CN=Old)"));
}

TEST(DaneTa, HeedsPathLength) {
  Recipe recipe;
  recipe.common_name = "Short";
  recipe.basic_constraints = "critical,CA:TRUE,pathlen:0";
  const PkeyPtr key = NewKey();
  const X509Ptr root = NewCertificate(recipe, key.get(), nullptr, key.get());
  const X509Ptr intermediate = NewCertificate(
      "Below", Ca().intermediate_key.get(), root.get(), key.get(), true);
  Recipe leaf_recipe;
  leaf_recipe.common_name = "mx.example.org";
  const X509Ptr leaf =
      NewCertificate(leaf_recipe, Ca().leaf_key.get(), intermediate.get(),
                     Ca().intermediate_key.get());
  const TlsResult result = Judge({leaf.get(), intermediate.get(), root.get()},
                                 HostWith({RecordFor(2, 0, 1, *root)}));
  EXPECT_EQ(result.outcome, TlsOutcome::kFailed);
  EXPECT_THAT(result.why, HasSubstr("path length"));
}

TEST(DaneTa, HeedsNameConstraints) {
  Recipe recipe;
  recipe.common_name = "Narrow";
  recipe.basic_constraints = "critical,CA:TRUE";
  recipe.name_constraints = "critical,permitted;DNS:elsewhere.example";
  const PkeyPtr key = NewKey();
  const X509Ptr root = NewCertificate(recipe, key.get(), nullptr, key.get());
  const X509Ptr leaf = NewCertificate("mx.example.org", Ca().leaf_key.get(),
                                      root.get(), key.get());
  const TlsResult result =
      Judge({leaf.get(), root.get()}, HostWith({RecordFor(2, 0, 1, *root)}));
  EXPECT_EQ(result.outcome, TlsOutcome::kFailed);
  EXPECT_THAT(result.why, HasSubstr("permitted subtree violation"));
}

TEST(Chain, MayBeOutOfOrderAndPadded) {
  const Identity stranger = NewIdentity("stranger.example");
  const TlsResult result =
      Judge({Ca().leaf.get(), Ca().root.get(), stranger.certificate.get(),
             Ca().intermediate.get()},
            HostWith({RecordFor(2, 0, 2, *Ca().root)}));
  EXPECT_EQ(result.outcome, TlsOutcome::kAuthenticated) << result.why;
}

// A certificate that matches but did not sign the leaf is no anchor for it.
TEST(Chain, IsNotSavedByAnAnchorThatMerelyLiesBesideIt) {
  const Identity attacker = NewIdentity("mx.example.org");
  const TlsResult result = Judge(
      {attacker.certificate.get(), Ca().intermediate.get(), Ca().root.get()},
      HostWith({RecordFor(2, 0, 1, *Ca().root)}), attacker.key.get());
  EXPECT_EQ(result.outcome, TlsOutcome::kFailed);
}

// RFC 7671 9: what is strongest is the operator's to say, not OpenSSL's
TEST(Chain, IsNotMatchedAgainstASupersededRecord) {
  const std::vector<std::string> rdata = {
      RecordFor(3, 1, 1, *Ca().leaf).rdata,
      RecordFor(3, 1, 2, *Ca().root).rdata,
  };
  EXPECT_EQ(Judge(GoodChain(), HostWith(JudgeTlsa(rdata, {2, 1}))).outcome,
            TlsOutcome::kFailed);
  const TlsResult result =
      Judge(GoodChain(), HostWith(JudgeTlsa(rdata, {1, 2})));
  EXPECT_EQ(result.outcome, TlsOutcome::kAuthenticated) << result.why;
  EXPECT_EQ(result.record, 0U);
}

// RFC 7672 3.1.3: PKIX usages are unusable, so there is nothing to match
TEST(Chain, IsOnlyEncryptedWhenEveryRecordIsUnusable) {
  for (const uint8_t usage : {0, 1}) {
    const HostVerdict host = HostWith({RecordFor(usage, 1, 1, *Ca().leaf)});
    EXPECT_EQ(host.duty, Duty::kEncrypt);
    EXPECT_EQ(Judge(GoodChain(), host).outcome, TlsOutcome::kEncrypted);
  }
}

TEST(Verify, JudgesDatesAtTheTimeGiven) {
  const HostVerdict host = HostWith({RecordFor(2, 1, 1, *Ca().root)});
  const CertificateChain chain = ChainOf(GoodChain());
  EXPECT_EQ(Verify(chain, host, kTimeNow)->outcome, TlsOutcome::kAuthenticated);
  EXPECT_EQ(Verify(chain, host, kTimeIn2041)->tlsrpt, "certificate-expired");
  EXPECT_THAT(Verify(chain, host, kTimeIn2019)->why,
              HasSubstr("not yet valid, before 2020-01-01 00:00:00Z"));
}

TEST(Verify, WantsACertificate) {
  EXPECT_EQ(Verify({}, HostWith({RecordFor(3, 1, 1, *Ca().leaf)}), kTimeNow)
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(PromiseOf, WantsADomainNameFirst) {
  EXPECT_FALSE(PromiseOf({}, {}).ok());
  EXPECT_FALSE(PromiseOf({}, {"a..b"}).ok());
}

// OpenSSL takes a leading dot for all that is below, and a trailing one for
// part of the name.
TEST(PromiseOf, TakesEachReferenceNameAsADomainName) {
  for (const char* bad : {".example.org", "a..b", ".", ""}) {
    EXPECT_FALSE(PromiseOf({}, {bad}).ok()) << bad;
    EXPECT_FALSE(PromiseOf({}, {"mx.example.org", bad}).ok()) << bad;
  }
  EXPECT_EQ(PromiseOf({}, {"MX.example.org.", "example.org."})->names,
            (std::vector<std::string>{"mx.example.org", "example.org"}));
}

}  // namespace
}  // namespace danebound
