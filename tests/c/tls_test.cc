// TLS through C: a handshake with OpenSSL's server for the host of a verdict.
#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/c/verdict.h"
#include "stub/include/danebound.h"
#include "stub/openssl/pointers.h"
#include "tests/c/owners.h"
#include "tests/openssl/handshake.h"
#include "tests/openssl/tls_words.h"

namespace danebound {
namespace {

using testing::HasSubstr;
using testing::StrEq;

using SetupPtr =
    std::unique_ptr<danebound_tls_setup, FreeObject<danebound_tls_setup_free>>;
using ResultPtr = std::unique_ptr<danebound_tls_result,
                                  FreeObject<danebound_tls_result_free>>;
using SessionPtr = std::unique_ptr<danebound_tls_session,
                                   FreeObject<danebound_tls_session_free>>;

// A verdict of one host: mx.example.org of example.org, secure throughout.
CVerdictPtr VerdictWith(HostFacts host) {
  host.name = host.expanded = Name::ParseText("mx.example.org").value();
  host.security = Security::kSecure;
  host.addresses = {
      {Address::ParseText("192.0.2.1").value(), Security::kSecure}};
  Facts facts;
  facts.next_hop.name = facts.expanded = Name::ParseText("example.org").value();
  facts.kind = Kind::kMx;
  facts.security = Security::kSecure;
  facts.hosts = {std::move(host)};
  std::mt19937 random;
  return CVerdictPtr(
      c::NewVerdict(FoundFacts::Encode(facts, 0).value(), Choices(), random));
}

// A verdict of a host to be skipped.
CVerdictPtr SkipVerdict() {
  HostFacts host;
  host.state = HostState::kTlsaFailed;
  return VerdictWith(std::move(host));
}

// A record that looks like a whole certificate, which OpenSSL knows better.
Tlsa BrokenRecord() {
  const std::string certificate =
      std::string("\x30\x0f\x30\x03\x02\x01\x07\x30\x03\x06\x01\x2a\x03\x03") +
      "sig";
  return JudgeTlsa({std::string("\x03\0\0", 3) + certificate}).front();
}

CVerdictPtr VerdictWith(std::vector<Tlsa> records) {
  HostFacts host;
  host.state = HostState::kTlsa;
  host.base_domain = Name::ParseText("mx.example.org").value();
  for (const Tlsa& record : records) host.tlsa.push_back(record.rdata);
  return VerdictWith(std::move(host));
}

SslCtxPtr NewContext() {
  SSL_CTX* context = nullptr;
  EXPECT_EQ(danebound_tls_context_new(&context, nullptr), DANEBOUND_OK);
  return SslCtxPtr(context);
}

// One connection for the first host of a verdict.
struct Connection {
  SslCtxPtr context = NewContext();
  SslPtr ssl{SSL_new(context.get())};
  SetupPtr setup;
  ResultPtr result;

  Connection(const danebound_verdict* verdict, Server& server,
             const danebound_tls_session* offered = nullptr,
             danebound_tls_purpose purpose = DANEBOUND_TLS_DELIVER) {
    const danebound_host* host = danebound_verdict_host(verdict, 0);
    danebound_tls_setup* made = nullptr;
    EXPECT_EQ(danebound_tls_configure(ssl.get(), host, purpose, &made, nullptr),
              DANEBOUND_OK);
    setup.reset(made);
    if (offered != nullptr) {
      EXPECT_EQ(danebound_tls_resume(ssl.get(), host, offered, nullptr),
                DANEBOUND_OK);
    }
    server.Meet(ssl.get());
    danebound_tls_result* judged = nullptr;
    EXPECT_EQ(
        danebound_tls_judge(ssl.get(), host, made, offered, &judged, nullptr),
        DANEBOUND_OK);
    result.reset(judged);
  }

  danebound_tls_outcome outcome() const {
    return danebound_tls_result_outcome(result.get());
  }
};

class CTls : public testing::Test {
 protected:
  SmallCa ca_;
  Server server_{
      {{ca_.leaf.get(), ca_.intermediate.get()}, ca_.leaf_key.get(), 0, ""}};
};

// RFC 7672 3.1.1
TEST_F(CTls, AuthenticatesAPeerThatMatches) {
  const CVerdictPtr verdict = VerdictWith({RecordFor(3, 1, 1, *ca_.leaf)});
  const Connection connection(verdict.get(), server_);
  EXPECT_EQ(danebound_tls_setup_duty(connection.setup.get()),
            DANEBOUND_DUTY_AUTHENTICATE);
  EXPECT_EQ(connection.outcome(), DANEBOUND_TLS_AUTHENTICATED);
  EXPECT_EQ(danebound_tls_result_record(connection.result.get()), 0);
  EXPECT_EQ(danebound_tls_result_depth(connection.result.get()), 0);
  EXPECT_THAT(danebound_tls_result_why(connection.result.get()), StrEq(""));
}

// RFC 7672 3.1.2, 3.2.2
TEST_F(CTls, NamesTheNameUnderWhichAnAnchorVouched) {
  const CVerdictPtr verdict =
      VerdictWith({RecordFor(2, 0, 1, *ca_.intermediate)});
  const Connection connection(verdict.get(), server_);
  const danebound_tls_result* result = connection.result.get();
  EXPECT_EQ(connection.outcome(), DANEBOUND_TLS_AUTHENTICATED);
  EXPECT_EQ(danebound_tls_result_depth(result), 1);
  EXPECT_THAT(danebound_tls_result_matched_name(result),
              StrEq("mx.example.org"));
  ASSERT_GE(danebound_tls_result_name_count(result), 1U);
  EXPECT_THAT(danebound_tls_result_name(result, 0), StrEq("mx.example.org"));
}

// RFC 7672 2.2: never delivered to.
TEST_F(CTls, FailsAndSaysWhyWhenNoRecordMatches) {
  const CVerdictPtr verdict = VerdictWith({RecordFor(3, 1, 1, *ca_.root)});
  for (const auto purpose : {DANEBOUND_TLS_DELIVER, DANEBOUND_TLS_PROBE}) {
    const Connection connection(verdict.get(), server_, nullptr, purpose);
    const danebound_tls_result* result = connection.result.get();
    EXPECT_EQ(connection.outcome(), DANEBOUND_TLS_FAILED);
    EXPECT_EQ(SSL_is_init_finished(connection.ssl.get()) == 1,
              purpose == DANEBOUND_TLS_PROBE);
    EXPECT_EQ(danebound_tls_result_record(result), -1);
    EXPECT_EQ(danebound_tls_result_depth(result), -1);
    EXPECT_THAT(danebound_tls_result_why(result), testing::Not(StrEq("")));
    EXPECT_THAT(danebound_tls_result_tlsrpt(result), testing::Not(StrEq("")));
  }
}

// RFC 7672 2.2: records that no library can use still promise TLS.
TEST_F(CTls, EncryptsWhenOpensslRefusesEveryRecord) {
  const CVerdictPtr verdict = VerdictWith({BrokenRecord()});
  const Connection connection(verdict.get(), server_);
  const danebound_tls_setup* setup = connection.setup.get();
  EXPECT_EQ(danebound_tls_setup_duty(setup), DANEBOUND_DUTY_ENCRYPT);
  ASSERT_EQ(danebound_tls_setup_refused_count(setup), 1U);
  EXPECT_EQ(danebound_tls_setup_refused_record(setup, 0), 0U);
  EXPECT_EQ(danebound_tls_setup_refused_record(setup, 1), SIZE_MAX);
  EXPECT_THAT(danebound_tls_setup_refused_why(setup, 0),
              testing::Not(StrEq("")));
  EXPECT_THAT(danebound_tls_setup_refused_why(setup, 1), StrEq(""));
  EXPECT_EQ(connection.outcome(), DANEBOUND_TLS_ENCRYPTED);
}

TEST_F(CTls, ResumesASessionWithWhatItProved) {
  const CVerdictPtr verdict = VerdictWith({RecordFor(3, 1, 1, *ca_.leaf)});
  const danebound_host* host = danebound_verdict_host(verdict.get(), 0);
  SessionPtr session;
  {
    const Connection first(verdict.get(), server_);
    danebound_tls_session* stored = nullptr;
    ASSERT_EQ(danebound_tls_store(first.ssl.get(), host, first.result.get(),
                                  &stored, nullptr),
              DANEBOUND_OK);
    session.reset(stored);
    SSL_shutdown(first.ssl.get());  // else OpenSSL spoils the session
  }
  ASSERT_NE(session, nullptr);
  const Connection second(verdict.get(), server_, session.get());
  EXPECT_EQ(SSL_session_reused(second.ssl.get()), 1);
  EXPECT_EQ(second.outcome(), DANEBOUND_TLS_AUTHENTICATED);
}

TEST_F(CTls, StoresNothingOfAFailure) {
  const CVerdictPtr verdict = VerdictWith({RecordFor(3, 1, 1, *ca_.root)});
  const Connection connection(verdict.get(), server_);
  danebound_tls_session* session = nullptr;
  EXPECT_EQ(danebound_tls_store(connection.ssl.get(),
                                danebound_verdict_host(verdict.get(), 0),
                                connection.result.get(), &session, nullptr),
            DANEBOUND_OK);
  EXPECT_EQ(session, nullptr);
}

TEST_F(CTls, RefusesASessionOfAnotherTlsKey) {
  const CVerdictPtr verdict = VerdictWith({RecordFor(3, 1, 1, *ca_.leaf)});
  const Connection first(verdict.get(), server_);
  danebound_tls_session* stored = nullptr;
  danebound_tls_store(first.ssl.get(), danebound_verdict_host(verdict.get(), 0),
                      first.result.get(), &stored, nullptr);
  const SessionPtr session(stored);
  ASSERT_NE(session, nullptr);
  const CVerdictPtr other = VerdictWith({RecordFor(3, 1, 1, *ca_.root)});
  const SslCtxPtr context = NewContext();
  const SslPtr ssl(SSL_new(context.get()));
  char* why = nullptr;
  EXPECT_EQ(
      danebound_tls_resume(ssl.get(), danebound_verdict_host(other.get(), 0),
                           session.get(), &why),
      DANEBOUND_ERROR_STATE);
  EXPECT_THAT(TakeText(why), HasSubstr("tls key"));
}

TEST_F(CTls, ConfiguresNothingForAHostToBeSkipped) {
  const CVerdictPtr verdict = SkipVerdict();
  const SslCtxPtr context = NewContext();
  const SslPtr ssl(SSL_new(context.get()));
  danebound_tls_setup* setup = nullptr;
  char* why = nullptr;
  EXPECT_EQ(danebound_tls_configure(ssl.get(),
                                    danebound_verdict_host(verdict.get(), 0),
                                    DANEBOUND_TLS_DELIVER, &setup, &why),
            DANEBOUND_ERROR_STATE);
  EXPECT_EQ(setup, nullptr);
  EXPECT_THAT(TakeText(why), HasSubstr("mx.example.org"));
}

// --- Offline

// Judges a chain for the first host of a verdict.
struct Verified {
  int error = 0;
  ResultPtr result;
  std::string why;
};

Verified VerifyChain(const std::string& chain, const danebound_verdict* verdict,
                     int64_t time = 1700000000) {
  danebound_tls_result* result = nullptr;
  char* why = nullptr;
  const int error = danebound_tls_verify(chain.data(), chain.size(),
                                         danebound_verdict_host(verdict, 0),
                                         time, &result, &why);
  return {error, ResultPtr(result), TakeText(why)};
}

// RFC 7672 3.1.1, 3.1.2
TEST_F(CTls, VerifiesAChainOffline) {
  const std::string pem = PemOf(*ca_.leaf) + PemOf(*ca_.intermediate);
  const CVerdictPtr end_entity = VerdictWith({RecordFor(3, 1, 1, *ca_.leaf)});
  const CVerdictPtr anchor =
      VerdictWith({RecordFor(2, 0, 1, *ca_.intermediate)});
  const CVerdictPtr other = VerdictWith({RecordFor(3, 1, 1, *ca_.root)});
  EXPECT_EQ(danebound_tls_result_outcome(
                VerifyChain(DerOf(*ca_.leaf), end_entity.get()).result.get()),
            DANEBOUND_TLS_AUTHENTICATED);
  const Verified verified = VerifyChain(pem, anchor.get());
  EXPECT_EQ(danebound_tls_result_outcome(verified.result.get()),
            DANEBOUND_TLS_AUTHENTICATED);
  EXPECT_EQ(danebound_tls_result_depth(verified.result.get()), 1);
  const Verified failed = VerifyChain(pem, other.get());
  ASSERT_EQ(failed.error, DANEBOUND_OK) << failed.why;
  EXPECT_EQ(danebound_tls_result_outcome(failed.result.get()),
            DANEBOUND_TLS_FAILED);
  EXPECT_THAT(danebound_tls_result_why(failed.result.get()),
              testing::Not(StrEq("")));
}

// RFC 7672 3.1.1, 3.1.2: dates count for trust anchors alone.
TEST_F(CTls, VerifiesAChainAtATime) {
  const std::string pem = PemOf(*ca_.leaf) + PemOf(*ca_.intermediate);
  const CVerdictPtr anchor =
      VerdictWith({RecordFor(2, 0, 1, *ca_.intermediate)});
  const Verified late = VerifyChain(pem, anchor.get(), 4102444800);
  EXPECT_EQ(danebound_tls_result_outcome(late.result.get()),
            DANEBOUND_TLS_FAILED);
  EXPECT_THAT(danebound_tls_result_tlsrpt(late.result.get()),
              StrEq("certificate-expired"));
}

// RFC 7672 2.2
TEST_F(CTls, VerifiesNobodyWhenOpensslRefusesEveryRecord) {
  const CVerdictPtr verdict = VerdictWith({BrokenRecord()});
  const Verified verified = VerifyChain(PemOf(*ca_.leaf), verdict.get());
  ASSERT_EQ(verified.error, DANEBOUND_OK) << verified.why;
  EXPECT_EQ(danebound_tls_result_outcome(verified.result.get()),
            DANEBOUND_TLS_ENCRYPTED);
}

TEST_F(CTls, VerifiesWithAHostOfRecordsOfOnesOwn) {
  const Tlsa record = RecordFor(3, 1, 1, *ca_.leaf);
  const auto* rdata = reinterpret_cast<const uint8_t*>(record.rdata.data());
  const size_t length = record.rdata.size();
  const char* name = "mx.example.org";
  danebound_host* host = nullptr;
  ASSERT_EQ(danebound_host_new(DANEBOUND_DUTY_AUTHENTICATE, &rdata, &length, 1,
                               &name, 1, nullptr, &host, nullptr),
            DANEBOUND_OK);
  const std::unique_ptr<danebound_host, FreeObject<danebound_host_free>> owner(
      host);
  const SslCtxPtr context = NewContext();
  const SslPtr ssl(SSL_new(context.get()));
  danebound_tls_setup* setup = nullptr;
  ASSERT_EQ(danebound_tls_configure(ssl.get(), host, DANEBOUND_TLS_DELIVER,
                                    &setup, nullptr),
            DANEBOUND_OK);
  const SetupPtr setup_owner(setup);
  server_.Meet(ssl.get());
  danebound_tls_result* result = nullptr;
  danebound_tls_judge(ssl.get(), host, setup, nullptr, &result, nullptr);
  const ResultPtr result_owner(result);
  EXPECT_EQ(danebound_tls_result_outcome(result), DANEBOUND_TLS_AUTHENTICATED);
  EXPECT_EQ(server_.sni(), "mx.example.org");
}

TEST_F(CTls, VerifiesNothingWithoutACertificateOrAHost) {
  const CVerdictPtr verdict = VerdictWith({RecordFor(3, 1, 1, *ca_.leaf)});
  const Verified none = VerifyChain("no certificate", verdict.get());
  EXPECT_EQ(none.error, DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(none.result, nullptr);
  const CVerdictPtr skip = SkipVerdict();
  EXPECT_EQ(VerifyChain(PemOf(*ca_.leaf), skip.get()).error,
            DANEBOUND_ERROR_STATE);
  EXPECT_EQ(VerifyChain(PemOf(*ca_.leaf), nullptr).error,
            DANEBOUND_ERROR_ARGUMENT);
  danebound_tls_result* result = nullptr;
  const danebound_host* host = danebound_verdict_host(verdict.get(), 0);
  EXPECT_EQ(danebound_tls_verify(nullptr, 0, host, 0, &result, nullptr),
            DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(danebound_tls_verify("", 0, host, 0, nullptr, nullptr),
            DANEBOUND_ERROR_ARGUMENT);
}

TEST_F(CTls, LeavesNothingInOutPointersAfterAFailure) {
  int mark = 0;
  auto* setup = reinterpret_cast<danebound_tls_setup*>(&mark);
  EXPECT_LT(danebound_tls_configure(nullptr, nullptr, 0, &setup, nullptr), 0);
  EXPECT_EQ(setup, nullptr);
  auto* result = reinterpret_cast<danebound_tls_result*>(&mark);
  EXPECT_LT(
      danebound_tls_judge(nullptr, nullptr, nullptr, nullptr, &result, nullptr),
      0);
  EXPECT_EQ(result, nullptr);
  result = reinterpret_cast<danebound_tls_result*>(&mark);
  EXPECT_LT(danebound_tls_verify("", 0, nullptr, 0, &result, nullptr), 0);
  EXPECT_EQ(result, nullptr);
  auto* session = reinterpret_cast<danebound_tls_session*>(&mark);
  EXPECT_LT(danebound_tls_store(nullptr, nullptr, nullptr, &session, nullptr),
            0);
  EXPECT_EQ(session, nullptr);
}

TEST_F(CTls, RefusesNullAndUnknownPurposes) {
  const CVerdictPtr verdict = VerdictWith({RecordFor(3, 1, 1, *ca_.leaf)});
  const danebound_host* host = danebound_verdict_host(verdict.get(), 0);
  const SslCtxPtr context = NewContext();
  const SslPtr ssl(SSL_new(context.get()));
  danebound_tls_setup* setup = nullptr;
  danebound_tls_result* result = nullptr;
  danebound_tls_session* session = nullptr;
  const int refused = DANEBOUND_ERROR_ARGUMENT;
  EXPECT_EQ(danebound_tls_context_new(nullptr, nullptr), refused);
  EXPECT_EQ(danebound_tls_configure(nullptr, host, 0, &setup, nullptr),
            refused);
  EXPECT_EQ(danebound_tls_configure(ssl.get(), nullptr, 0, &setup, nullptr),
            refused);
  EXPECT_EQ(danebound_tls_configure(ssl.get(), host, 0, nullptr, nullptr),
            refused);
  EXPECT_EQ(danebound_tls_configure(ssl.get(), host, 2, &setup, nullptr),
            refused);
  EXPECT_EQ(
      danebound_tls_judge(ssl.get(), host, nullptr, nullptr, &result, nullptr),
      refused);
  EXPECT_EQ(danebound_tls_store(ssl.get(), host, nullptr, &session, nullptr),
            refused);
  EXPECT_EQ(danebound_tls_resume(ssl.get(), host, nullptr, nullptr), refused);
}

TEST(CTlsNull, IsAFailure) {
  EXPECT_EQ(danebound_tls_setup_duty(nullptr), DANEBOUND_DUTY_SKIP);
  EXPECT_EQ(danebound_tls_setup_refused_count(nullptr), 0U);
  EXPECT_EQ(danebound_tls_setup_refused_record(nullptr, 0), SIZE_MAX);
  EXPECT_THAT(danebound_tls_setup_refused_why(nullptr, 0), StrEq(""));
  EXPECT_EQ(danebound_tls_result_outcome(nullptr), DANEBOUND_TLS_FAILED);
  EXPECT_EQ(danebound_tls_result_record(nullptr), -1);
  EXPECT_EQ(danebound_tls_result_depth(nullptr), -1);
  EXPECT_EQ(danebound_tls_result_name_count(nullptr), 0U);
  for (const char* text :
       {danebound_tls_result_matched_name(nullptr),
        danebound_tls_result_name(nullptr, 0),
        danebound_tls_result_why(nullptr), danebound_tls_result_tlsrpt(nullptr),
        danebound_tls_outcome_text(-1), danebound_tls_outcome_text(3)}) {
    EXPECT_THAT(text, StrEq(""));
  }
  danebound_tls_setup_free(nullptr);
  danebound_tls_result_free(nullptr);
  danebound_tls_session_free(nullptr);
}

}  // namespace
}  // namespace danebound
