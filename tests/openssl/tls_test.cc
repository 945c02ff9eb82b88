// Connections: what ConfigureTls asks of them, sessions, and the default
// values.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/dane/tls_key.h"
#include "stub/openssl/tls_setup.h"
#include "tests/openssl/handshake.h"
#include "tests/openssl/made_certificates.h"
#include "tests/openssl/tls_words.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;

const SmallCa& Ca() {
  static const SmallCa* const ca = new SmallCa;
  return *ca;
}

ServerSettings GoodServer() {
  ServerSettings settings;
  settings.chain = {Ca().leaf.get()};
  settings.key = Ca().leaf_key.get();
  return settings;
}

HostVerdict MatchingHost() {
  return HostWith({RecordFor(3, 1, 1, *Ca().leaf)});
}

HostVerdict MismatchingHost() {
  return HostWith({RecordFor(3, 1, 1, *Ca().root)});
}

HostVerdict HostWithDuty(Duty duty) {
  HostVerdict host = HostWith({});
  host.duty = duty;
  if (duty == Duty::kAuthenticate) host = MatchingHost();
  if (duty == Duty::kOpportunistic) host.sni.clear();
  return host;
}

// One client of the context, configured for the host and through its handshake.
struct Connection {
  Connection(SSL_CTX* context, const HostVerdict& verdict, Server& server,
             TlsPurpose purpose = TlsPurpose::kDeliver,
             const StoredSession* stored = nullptr)
      : ssl(SSL_new(context)), host(verdict) {
    setup = ConfigureTls(ssl.get(), host, purpose).value();
    if (stored != nullptr) resumed = ResumeTls(ssl.get(), host, *stored);
    server.Meet(ssl.get());
    result = stored == nullptr ? JudgeTls(ssl.get(), host, setup)
                               : JudgeTls(ssl.get(), host, setup, *stored);
  }
  SslPtr ssl;
  HostVerdict host;
  TlsSetup setup;
  absl::Status resumed;
  TlsResult result;
};

TEST(TlsResult, IsFailedByDefault) {
  EXPECT_EQ(TlsResult().outcome, TlsOutcome::kFailed);
  EXPECT_EQ(TlsSetup().duty, Duty::kSkip);
}

TEST(ConfigureTls, RefusesAHostThatIsToBeSkipped) {
  const SslCtxPtr context = NewTlsContext().value();
  const SslPtr ssl(SSL_new(context.get()));
  HostVerdict host = MatchingHost();
  host.duty = Duty::kSkip;
  host.cause = Cause::kTlsaFailed;
  const auto setup = ConfigureTls(ssl.get(), host, TlsPurpose::kProbe);
  EXPECT_EQ(setup.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(setup.status().message()),
              HasSubstr("mx.example.org is to be skipped (tlsa-failed)"));
  EXPECT_EQ(JudgeTls(ssl.get(), host, TlsSetup()).outcome, TlsOutcome::kFailed);
}

TEST(ConfigureTls, WantsAContextWithDane) {
  const SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
  const SslPtr ssl(SSL_new(context.get()));
  const auto setup =
      ConfigureTls(ssl.get(), MatchingHost(), TlsPurpose::kDeliver);
  EXPECT_EQ(setup.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(setup.status().message()),
              HasSubstr("SSL_CTX_dane_enable"));
}

// RFC 7671 10.1, RFC 7672 8.1
TEST(ConfigureTls, SendsTheBaseDomainAsSni) {
  const SslCtxPtr context = NewTlsContext().value();
  Server server(GoodServer());
  Connection authenticate(context.get(), MatchingHost(), server);
  EXPECT_EQ(server.sni(), "mx.example.org");
  Connection encrypt(context.get(), HostWithDuty(Duty::kEncrypt), server);
  EXPECT_EQ(server.sni(), "mx.example.org");
  Connection opportunistic(context.get(), HostWithDuty(Duty::kOpportunistic),
                           server);
  EXPECT_EQ(server.sni(), "");
}

#if OPENSSL_VERSION_NUMBER >= 0x30200000L
ServerSettings RawKeyServer() {
  ServerSettings settings = GoodServer();
  settings.types = {TLSEXT_cert_type_rpk};
  return settings;
}

// RFC 7671 5.1, RFC 7250
TEST(RawPublicKey, AuthenticatesUnderDaneEeSpki) {
  const SslCtxPtr context = NewTlsContext().value();
  for (const uint8_t matching : {0, 1, 2}) {
    for (const TlsPurpose purpose :
         {TlsPurpose::kDeliver, TlsPurpose::kProbe}) {
      Server server(RawKeyServer());
      Connection connection(context.get(),
                            HostWith({RecordFor(3, 1, matching, *Ca().leaf)}),
                            server, purpose);
      EXPECT_NE(SSL_get0_peer_rpk(connection.ssl.get()), nullptr);
      EXPECT_EQ(connection.result.outcome, TlsOutcome::kAuthenticated)
          << connection.result.why;
      EXPECT_EQ(connection.result.record, 0);
      EXPECT_EQ(connection.result.depth, 0);
    }
  }
}

TEST(RawPublicKey, FailsWhereNoRecordMatches) {
  const SslCtxPtr context = NewTlsContext().value();
  for (const TlsPurpose purpose : {TlsPurpose::kDeliver, TlsPurpose::kProbe}) {
    Server server(RawKeyServer());
    Connection connection(context.get(), MismatchingHost(), server, purpose);
    EXPECT_EQ(connection.result.outcome, TlsOutcome::kFailed);
    EXPECT_EQ(connection.result.tlsrpt, "certificate-not-trusted");
    EXPECT_THAT(connection.result.why, HasSubstr("the raw public key"));
  }
}

TEST(RawPublicKey, IsNotTakenWhereARecordNeedsACertificate) {
  const SslCtxPtr context = NewTlsContext().value();
  Server server(RawKeyServer());
  Connection connection(context.get(),
                        HostWith({RecordFor(3, 1, 1, *Ca().leaf),
                                  RecordFor(2, 1, 1, *Ca().root)}),
                        server);
  EXPECT_EQ(SSL_get0_peer_rpk(connection.ssl.get()), nullptr);
  EXPECT_NE(SSL_get0_peer_certificate(connection.ssl.get()), nullptr);
  EXPECT_EQ(connection.result.outcome, TlsOutcome::kAuthenticated);
}

TEST(RawPublicKey, IsNotAskedOfAServerWithACertificate) {
  const SslCtxPtr context = NewTlsContext().value();
  ServerSettings settings = GoodServer();
  settings.types = {TLSEXT_cert_type_x509, TLSEXT_cert_type_rpk};
  Server server(settings);
  Connection connection(context.get(), MatchingHost(), server);
  EXPECT_NE(SSL_get0_peer_certificate(connection.ssl.get()), nullptr);
  EXPECT_EQ(connection.result.outcome, TlsOutcome::kAuthenticated);
}
#endif

// What becomes of a server with that chain where the distribution wants more.
TlsOutcome OutcomeAtLevelTwo(std::vector<X509*> chain, EVP_PKEY* key,
                             const std::vector<Tlsa>& records) {
  ServerSettings settings;
  settings.chain = std::move(chain);
  settings.key = key;
  Server server(settings);
  const SslCtxPtr context = NewTlsContext().value();
  SSL_CTX_set_security_level(context.get(), 2);
  return Connection(context.get(), HostWith(records), server).result.outcome;
}

// RFC 7671 5.1: under DANE-EE(3) only the match counts; Postfix takes it.
TEST(ConfigureTls, TakesAWeakKeyThatTheRecordsPromise) {
  const PkeyPtr key = NewKey("RSA-1024");
  const X509Ptr leaf =
      NewCertificate("mx.example.org", key.get(), nullptr, key.get());
  EXPECT_EQ(
      OutcomeAtLevelTwo({leaf.get()}, key.get(), {RecordFor(3, 1, 1, *leaf)}),
      TlsOutcome::kAuthenticated);
}

TEST(ConfigureTls, TakesAWeakAuthorityThatTheRecordsPromise) {
  const PkeyPtr root_key = NewKey("RSA-1024");
  const X509Ptr root = NewCertificate("root", root_key.get(), nullptr,
                                      root_key.get(), /*is_ca=*/true);
  const PkeyPtr key = NewKey();
  const X509Ptr leaf =
      NewCertificate("mx.example.org", key.get(), root.get(), root_key.get());
  EXPECT_EQ(OutcomeAtLevelTwo({leaf.get(), root.get()}, key.get(),
                              {RecordFor(2, 0, 1, *root)}),
            TlsOutcome::kAuthenticated);
}

TEST(ConfigureTls, SetsTheSecurityLevelHigherWhereItIsLower) {
  const SslCtxPtr context = NewTlsContext().value();
  SSL_CTX_set_security_level(context.get(), 0);
  for (const Duty duty : {Duty::kAuthenticate, Duty::kEncrypt}) {
    const SslPtr ssl(SSL_new(context.get()));
    ASSERT_TRUE(
        ConfigureTls(ssl.get(), HostWithDuty(duty), TlsPurpose::kDeliver).ok());
    EXPECT_EQ(SSL_get_security_level(ssl.get()), 1);
  }
}

TEST(ConfigureTls, EndsTheHandshakeOfAPeerThatDoesNotMatchWhenDelivering) {
  const SslCtxPtr context = NewTlsContext().value();
  Server server(GoodServer());
  const Connection deliver(context.get(), MismatchingHost(), server);
  EXPECT_FALSE(SSL_is_init_finished(deliver.ssl.get()));
  EXPECT_EQ(deliver.result.outcome, TlsOutcome::kFailed);
  const Connection probe(context.get(), MismatchingHost(), server,
                         TlsPurpose::kProbe);
  EXPECT_TRUE(SSL_is_init_finished(probe.ssl.get()));
  EXPECT_EQ(probe.result.outcome, TlsOutcome::kFailed);
}

TEST(ConfigureTls, VerifiesNothingForEncryptAndOpportunistic) {
  const SslCtxPtr context = NewTlsContext().value();
  Server server(GoodServer());
  for (const Duty duty : {Duty::kEncrypt, Duty::kOpportunistic}) {
    const Connection connection(context.get(), HostWithDuty(duty), server);
    EXPECT_EQ(connection.result.outcome, TlsOutcome::kEncrypted);
  }
}

// RFC 7672 3.1: DANE clients speak TLS 1.2 at least here
TEST(ConfigureTls, TakesOldTlsForOpportunisticAlone) {
  const SslCtxPtr context = NewTlsContext().value();
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  ServerSettings settings = GoodServer();
  settings.greatest_version = TLS1_1_VERSION;
  settings.suites = "ALL:@SECLEVEL=0";
  Server server(settings);
  for (const Duty duty : {Duty::kAuthenticate, Duty::kEncrypt}) {
    const Connection connection(context.get(), HostWithDuty(duty), server);
    EXPECT_EQ(connection.result.outcome, TlsOutcome::kFailed);
    EXPECT_THAT(connection.result.why, HasSubstr("handshake did not finish"));
    EXPECT_EQ(connection.result.tlsrpt, "validation-failure");
  }
  const Connection opportunistic(context.get(),
                                 HostWithDuty(Duty::kOpportunistic), server);
  EXPECT_EQ(opportunistic.result.outcome, TlsOutcome::kEncrypted);
}

TEST(ConfigureTls, TakesAnonymousAndNullSuitesForOpportunisticAlone) {
  const SslCtxPtr context = NewTlsContext().value();
  SSL_CTX_set_cipher_list(context.get(), "ALL:eNULL:@SECLEVEL=0");
  SSL_CTX_set_security_level(context.get(), 0);
  for (const char* suites : {"aNULL:@SECLEVEL=0", "eNULL:@SECLEVEL=0"}) {
    ServerSettings settings = GoodServer();
    if (suites[0] == 'a') settings.chain.clear();
    settings.greatest_version = TLS1_2_VERSION;
    settings.suites = suites;
    Server server(settings);
    for (const Duty duty : {Duty::kAuthenticate, Duty::kEncrypt}) {
      const Connection connection(context.get(), HostWithDuty(duty), server);
      EXPECT_EQ(connection.result.outcome, TlsOutcome::kFailed) << suites;
    }
    const Connection opportunistic(context.get(),
                                   HostWithDuty(Duty::kOpportunistic), server);
    EXPECT_EQ(opportunistic.result.outcome, TlsOutcome::kEncrypted)
        << suites << opportunistic.result.why;
  }
}

TEST(ConfigureTls, TakesTls13AloneWhereNoOlderSuiteIsGood) {
  const SslCtxPtr context = NewTlsContext().value();
  SSL_CTX_set_cipher_list(context.get(), "aNULL:eNULL:@SECLEVEL=0");
  SSL_CTX_set_security_level(context.get(), 0);
  ServerSettings settings;
  settings.greatest_version = TLS1_2_VERSION;
  settings.suites = "aNULL:@SECLEVEL=0";
  Server anonymous(settings);
  Server good(GoodServer());
  for (const Duty duty : {Duty::kAuthenticate, Duty::kEncrypt}) {
    const Connection refused(context.get(), HostWithDuty(duty), anonymous);
    EXPECT_EQ(refused.result.outcome, TlsOutcome::kFailed);
    const Connection taken(context.get(), HostWithDuty(duty), good);
    EXPECT_NE(taken.result.outcome, TlsOutcome::kFailed) << taken.result.why;
  }
}

TEST(ConfigureTls, RefusesACallerWhoAllowsNothingNew) {
  const SslCtxPtr context = NewTlsContext().value();
  SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
  const SslPtr ssl(SSL_new(context.get()));
  EXPECT_EQ(ConfigureTls(ssl.get(), MatchingHost(), TlsPurpose::kDeliver)
                .status()
                .code(),
            absl::StatusCode::kFailedPrecondition);
}

// RFC 7672 2.2: all unusable is encrypt, never opportunistic
TEST(ConfigureTls, BecomesEncryptWhenTheLibraryRefusesEveryRecord) {
  const SslCtxPtr context = NewTlsContext().value();
  Server server(GoodServer());
  Tlsa no_certificate = RecordFor(3, 0, 0, *Ca().leaf);
  no_certificate.data = std::string("\x30\x00", 2);
  const HostVerdict host = HostWith({no_certificate});
  ASSERT_EQ(host.duty, Duty::kAuthenticate);
  const Connection connection(context.get(), host, server);
  EXPECT_EQ(connection.setup.duty, Duty::kEncrypt);
  ASSERT_EQ(connection.setup.refused.size(), 1U);
  EXPECT_EQ(connection.setup.refused[0].record, 0U);
  EXPECT_NE(connection.setup.refused[0].why, "");
  EXPECT_EQ(connection.result.outcome, TlsOutcome::kEncrypted);
}

TEST(ConfigureTls, GoesOnWithTheRecordsThatTheLibraryTakes) {
  const SslCtxPtr context = NewTlsContext().value();
  Server server(GoodServer());
  Tlsa no_certificate = RecordFor(3, 0, 0, *Ca().leaf);
  no_certificate.data = std::string("\x30\x00", 2);
  const Connection connection(
      context.get(), HostWith({no_certificate, RecordFor(3, 1, 1, *Ca().leaf)}),
      server);
  EXPECT_EQ(connection.setup.duty, Duty::kAuthenticate);
  EXPECT_EQ(connection.setup.refused.size(), 1U);
  EXPECT_EQ(connection.result.record, 1U);
}

class Sessions : public testing::TestWithParam<int> {
 protected:
  Sessions() : server_(Settings()) {
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT);
  }
  static ServerSettings Settings() {
    ServerSettings settings = GoodServer();
    settings.greatest_version = GetParam();
    return settings;
  }

  SslCtxPtr context_ = NewTlsContext().value();
  Server server_;
};

TEST_P(Sessions, HaveTheResultOfTheirFirstHandshakeWhenResumed) {
  const Connection first(context_.get(), MatchingHost(), server_);
  const auto stored = StoreTls(first.ssl.get(), first.host, first.result);
  ASSERT_TRUE(stored.has_value());
  const Connection second(context_.get(), MatchingHost(), server_,
                          TlsPurpose::kDeliver, &*stored);
  EXPECT_TRUE(second.resumed.ok());
  EXPECT_TRUE(SSL_session_reused(second.ssl.get()));
  EXPECT_EQ(second.result.outcome, TlsOutcome::kAuthenticated);
  EXPECT_EQ(second.result.record, 0U);
}

TEST_P(Sessions, AreNotResumedUnderAnotherTlsKey) {
  const Connection first(context_.get(), MatchingHost(), server_);
  const auto stored = StoreTls(first.ssl.get(), first.host, first.result);
  ASSERT_TRUE(stored.has_value());
  const Connection second(context_.get(), MismatchingHost(), server_,
                          TlsPurpose::kProbe, &*stored);
  EXPECT_EQ(second.resumed.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(SSL_session_reused(second.ssl.get()));
  EXPECT_EQ(second.result.outcome, TlsOutcome::kFailed);
}

TEST_P(Sessions, AreNotStoredWhenTheyProvedNothing) {
  const Connection probe(context_.get(), MismatchingHost(), server_,
                         TlsPurpose::kProbe);
  EXPECT_FALSE(StoreTls(probe.ssl.get(), probe.host, probe.result).has_value());
}

// Whoever resumes past ResumeTls has no proof to show.
TEST_P(Sessions, FailWhenResumedWithoutTheirResult) {
  const Connection first(context_.get(), MatchingHost(), server_);
  const auto stored = StoreTls(first.ssl.get(), first.host, first.result);
  ASSERT_TRUE(stored.has_value());
  const Connection second(context_.get(), MatchingHost(), server_,
                          TlsPurpose::kDeliver, &*stored);
  ASSERT_TRUE(SSL_session_reused(second.ssl.get()));
  const TlsResult result =
      JudgeTls(second.ssl.get(), second.host, second.setup);
  EXPECT_EQ(result.outcome, TlsOutcome::kFailed);
  EXPECT_THAT(result.why, HasSubstr("StoreTls"));
}

INSTANTIATE_TEST_SUITE_P(Versions, Sessions,
                         testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const testing::TestParamInfo<int>& tested) {
                           return tested.param == TLS1_2_VERSION ? "Tls12"
                                                                 : "Tls13";
                         });

}  // namespace
}  // namespace danebound
