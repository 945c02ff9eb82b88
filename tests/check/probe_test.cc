#include "stub/check/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "made_reports.h"
#include "smtp_server.h"
#include "stub/check/prober.h"
#include "stub/openssl/association.h"
#include "stub/openssl/tls_setup.h"
#include "stub/openssl/verify.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::string Rdata(uint8_t usage, const X509& certificate) {
  std::string rdata = {static_cast<char>(usage), 1, 1};
  return rdata + AssociationData(certificate, 1, 1).value();
}

HostVerdict Promise(const std::vector<std::string>& rdata) {
  return PromiseOf(JudgeTlsa(rdata), {"mx.example"}).value();
}

// A mail server that does all as it should.
void Behave(ServerPeer& peer, SSL_CTX* context) {
  peer.Send("220 mx.example ESMTP\r\n");
  peer.ReadLine();
  peer.Send("250-mx.example\r\n250-SIZE 1000\r\n250 STARTTLS\r\n");
  peer.ReadLine();
  peer.Send("220 go ahead\r\n");
  if (!peer.StartTls(context)) return;
  peer.ReadLine();
  peer.Send("250 mx.example\r\n");
  peer.ReadLine();
}

ProbeOptions Options() {
  ProbeOptions options;
  options.timeout = absl::Seconds(20);
  options.helo_name = "me.example";
  return options;
}

Target TargetOf(const SmtpServer& server) {
  return TargetOn(AddressOf("127.0.0.1"), server.port());
}

AddressEvidence ProbeHere(const HostVerdict& host, const Target& target,
                          const ProbeOptions& options = Options()) {
  const SslCtxPtr context = NewTlsContext().value();
  return ProbeAddress(context.get(), host, target, options);
}

class ProbeOf : public ::testing::Test {
 protected:
  Identity identity_ = NewIdentity();
};

TEST_F(ProbeOf, AGoodServerSeesAllThatItShows) {
  const SslCtxPtr context = ServerContext({&identity_});
  const SmtpServer server(
      [&](ServerPeer& peer) { Behave(peer, context.get()); });
  const AddressEvidence evidence =
      ProbeHere(Promise({Rdata(3, *identity_.certificate)}), TargetOf(server));
  EXPECT_EQ(evidence.trouble, Trouble::kNone) << evidence.why;
  EXPECT_EQ(evidence.smtp.banner, "mx.example ESMTP");
  EXPECT_THAT(evidence.smtp.extensions, ElementsAre("SIZE 1000", "STARTTLS"));
  EXPECT_EQ(evidence.tls.protocol, "TLSv1.3");
  EXPECT_THAT(evidence.tls.cipher, HasSubstr("TLS_"));
  EXPECT_EQ(evidence.tls.key_type, KeyType::kEcdsa);
  EXPECT_EQ(evidence.tls.result.outcome, TlsOutcome::kAuthenticated);
  ASSERT_THAT(evidence.tls.chain, SizeIs(1));
  const CertificateSeen& certificate = evidence.tls.chain[0];
  EXPECT_EQ(certificate.subject, "CN=mx.example");
  EXPECT_EQ(certificate.issuer, "CN=mx.example");
  EXPECT_EQ(certificate.key, "EC P-256");
  EXPECT_GT(certificate.not_after, certificate.not_before);
  EXPECT_THAT(certificate.records, ElementsAre(0));
  EXPECT_EQ(evidence.other_key, absl::nullopt);
  EXPECT_EQ(evidence.other_key_why, "");
}

#if OPENSSL_VERSION_NUMBER >= 0x30200000L
// RFC 7250, RFC 7671 5.1
TEST_F(ProbeOf, AServerWithABareKeySeesTheKey) {
  const SslCtxPtr context = ServerContext({&identity_});
  const std::array<unsigned char, 1> types = {TLSEXT_cert_type_rpk};
  ASSERT_EQ(
      SSL_CTX_set1_server_cert_type(context.get(), types.data(), types.size()),
      1);
  const SmtpServer server(
      [&](ServerPeer& peer) { Behave(peer, context.get()); });
  const std::string right = Rdata(3, *identity_.certificate);
  const TlsSeen tls = ProbeHere(Promise({right}), TargetOf(server)).tls;
  EXPECT_EQ(tls.result.outcome, TlsOutcome::kAuthenticated);
  EXPECT_EQ(tls.key_type, KeyType::kEcdsa);
  EXPECT_THAT(tls.chain, IsEmpty());
  ASSERT_TRUE(tls.raw_key.has_value());
  EXPECT_EQ(tls.raw_key->key, "EC P-256");
  EXPECT_EQ(absl::HexStringToBytes(tls.raw_key->spki_sha256), right.substr(3));
  EXPECT_THAT(tls.raw_key->records, ElementsAre(0));
  EXPECT_THAT(tls.vouching, ElementsAre(TlsaParameters{3, 1, 1}));
  const TlsSeen other =
      ProbeHere(Promise({Rdata(3, *NewIdentity().certificate)}),
                TargetOf(server))
          .tls;
  EXPECT_EQ(other.result.outcome, TlsOutcome::kFailed);
  ASSERT_TRUE(other.raw_key.has_value());
  EXPECT_THAT(other.raw_key->records, IsEmpty());
  EXPECT_THAT(other.vouching, IsEmpty());
}
#endif

// RFC 5321 4.1.1.1, RFC 7672 8.1
TEST_F(ProbeOf, AnyServerSaysItsNameAndSendsSni) {
  const SslCtxPtr context = ServerContext({&identity_});
  std::string ehlo;
  std::string sni;
  {
    const SmtpServer server([&](ServerPeer& peer) {
      peer.Send("220 mx.example\r\n");
      const std::string line = peer.ReadLine();
      if (!line.empty()) ehlo = line;
      peer.Send("250-mx.example\r\n250 STARTTLS\r\n");
      peer.ReadLine();
      peer.Send("220 go ahead\r\n");
      if (peer.StartTls(context.get())) sni = peer.Sni();
    });
    ProbeHere(Promise({Rdata(3, *identity_.certificate)}), TargetOf(server));
  }
  EXPECT_EQ(ehlo, "EHLO me.example");
  EXPECT_EQ(sni, "mx.example");
}

// RFC 5321 4.1.3
TEST_F(ProbeOf, AnyServerIsToldTheAddressWhereThereIsNoName) {
  std::string ehlo;
  {
    const SmtpServer server([&](ServerPeer& peer) {
      peer.Send("220 mx.example\r\n");
      ehlo = peer.ReadLine();
    });
    ProbeHere(Promise({Rdata(3, *identity_.certificate)}), TargetOf(server),
              ProbeOptions());
  }
  EXPECT_EQ(ehlo, "EHLO [127.0.0.1]");
}

TEST_F(ProbeOf, AServerShowsWhichCertificateMatchesWhichRecord) {
  const Identity authority = NewIdentity("ca.example");
  const SslCtxPtr context =
      ServerContext({&identity_}, {authority.certificate.get()});
  const SmtpServer server(
      [&](ServerPeer& peer) { Behave(peer, context.get()); });
  const AddressEvidence evidence =
      ProbeHere(Promise({Rdata(3, *authority.certificate),
                         Rdata(3, *identity_.certificate),
                         Rdata(2, *authority.certificate)}),
                TargetOf(server));
  ASSERT_THAT(evidence.tls.chain, SizeIs(2));
  EXPECT_THAT(evidence.tls.chain[0].records, ElementsAre(1));
  EXPECT_THAT(evidence.tls.chain[1].records, ElementsAre(0, 2));
}

// RFC 7671 8, 5.2: what a client that knows no other combination would make of
// it.
TEST_F(ProbeOf, AServerTriesEachCombinationAlone) {
  const PkeyPtr ca_key = NewKey();
  const X509Ptr ca =
      NewCertificate("ca.example", ca_key.get(), nullptr, ca_key.get(), true);
  Identity leaf;
  leaf.key = NewKey();
  leaf.certificate =
      NewCertificate("mx.example", leaf.key.get(), ca.get(), ca_key.get());
  const Identity stranger = NewIdentity("ca.example");
  const auto of = [](uint8_t usage, uint8_t selector, uint8_t matching,
                     const X509& certificate) {
    return std::string({static_cast<char>(usage), static_cast<char>(selector),
                        static_cast<char>(matching)}) +
           AssociationData(certificate, selector, matching).value();
  };
  const SslCtxPtr context = ServerContext({&leaf});  // without its authority
  const SmtpServer server(
      [&](ServerPeer& peer) { Behave(peer, context.get()); });
  const AddressEvidence evidence = ProbeHere(
      Promise(
          {of(3, 1, 1, *leaf.certificate), of(3, 1, 2, *stranger.certificate),
           of(2, 1, 1, *leaf.certificate), of(2, 0, 0, *stranger.certificate),
           of(2, 1, 0, *ca), of(2, 0, 1, *ca)}),
      TargetOf(server));
  EXPECT_EQ(evidence.trouble, Trouble::kNone) << evidence.why;
  EXPECT_THAT(evidence.tls.vouching,
              ElementsAre(TlsaParameters{2, 1, 0}, TlsaParameters{3, 1, 1}));
}

// RFC 7672 3.1.1, 2.2
TEST_F(ProbeOf, AServerThatDoesNotMatchGoesOnAndSaysSo) {
  const Identity other = NewIdentity();
  const SslCtxPtr context = ServerContext({&identity_});
  const SmtpServer server(
      [&](ServerPeer& peer) { Behave(peer, context.get()); });
  const AddressEvidence evidence =
      ProbeHere(Promise({Rdata(3, *other.certificate)}), TargetOf(server));
  EXPECT_EQ(evidence.trouble, Trouble::kNone);
  EXPECT_EQ(evidence.tls.result.outcome, TlsOutcome::kFailed);
  EXPECT_THAT(evidence.tls.chain, SizeIs(1));
}

// RFC 7672 3.1.2: dates count under DANE-TA(2)
TEST_F(ProbeOf, AServerIsJudgedAtTheTimeGiven) {
  const PkeyPtr key = NewKey();
  const Identity authority = NewIdentity("ca.example");
  Identity leaf;
  leaf.key = NewKey();
  const PkeyPtr ca_key = NewKey();
  const X509Ptr ca =
      NewCertificate("ca.example", ca_key.get(), nullptr, ca_key.get(), true);
  leaf.certificate =
      NewCertificate("mx.example", leaf.key.get(), ca.get(), ca_key.get());
  const SslCtxPtr context = ServerContext({&leaf}, {ca.get()});
  const SmtpServer server(
      [&](ServerPeer& peer) { Behave(peer, context.get()); });
  ProbeOptions options = Options();
  constexpr int64_t kYear2030 = 1893456000;
  constexpr int64_t kYear2050 = 2524608000;
  const HostVerdict host = Promise({Rdata(2, *ca)});
  options.time = kYear2030;
  EXPECT_EQ(ProbeHere(host, TargetOf(server), options).tls.result.outcome,
            TlsOutcome::kAuthenticated);
  options.time = kYear2050;
  EXPECT_EQ(ProbeHere(host, TargetOf(server), options).tls.result.outcome,
            TlsOutcome::kFailed);
}

TEST_F(ProbeOf, AServerWithTwoKeysSeesBothCertificates) {
  Identity rsa;
  rsa.key = NewKey("RSA");
  rsa.certificate =
      NewCertificate("mx.example", rsa.key.get(), nullptr, rsa.key.get());
  const SslCtxPtr context = ServerContext({&identity_, &rsa});
  const SmtpServer server(
      [&](ServerPeer& peer) { Behave(peer, context.get()); });
  const std::string ecdsa_rdata = Rdata(3, *identity_.certificate);
  const std::string rsa_rdata = Rdata(3, *rsa.certificate);
  const AddressEvidence both =
      ProbeHere(Promise({ecdsa_rdata, rsa_rdata}), TargetOf(server));
  ASSERT_TRUE(both.other_key.has_value());
  EXPECT_EQ(both.tls.key_type, KeyType::kEcdsa);
  EXPECT_EQ(both.other_key->key_type, KeyType::kRsa);
  EXPECT_EQ(both.other_key->chain[0].key, "RSA 2048");
  EXPECT_EQ(both.other_key->result.outcome, TlsOutcome::kAuthenticated);
  const AddressEvidence one =
      ProbeHere(Promise({ecdsa_rdata}), TargetOf(server));
  ASSERT_TRUE(one.other_key.has_value());
  EXPECT_EQ(one.tls.result.outcome, TlsOutcome::kAuthenticated);
  EXPECT_EQ(one.other_key->result.outcome, TlsOutcome::kFailed);
}

// RFC 8314 3
TEST_F(ProbeOf, AServerWithImplicitTlsTalksInsideTls) {
  const SslCtxPtr context = ServerContext({&identity_});
  const SmtpServer server([&](ServerPeer& peer) {
    if (!peer.StartTls(context.get())) return;
    peer.Send("220 mx.example ESMTP\r\n");
    peer.ReadLine();
    peer.Send("250 mx.example\r\n");
    peer.ReadLine();
  });
  Target target = TargetOf(server);
  target.start = TlsStart::kImplicit;
  const AddressEvidence evidence =
      ProbeHere(Promise({Rdata(3, *identity_.certificate)}), target);
  EXPECT_EQ(evidence.trouble, Trouble::kNone) << evidence.why;
  EXPECT_EQ(evidence.smtp.banner, "mx.example ESMTP");
  EXPECT_EQ(evidence.tls.result.outcome, TlsOutcome::kAuthenticated);
}

// Some servers take one connection of a client at a time.
TEST_F(ProbeOf, AServerThatRefusesASecondConnectionIsSaidToHave) {
  const SslCtxPtr context = ServerContext({&identity_});
  int connections = 0;
  const SmtpServer server([&](ServerPeer& peer) {
    if (++connections == 1) return Behave(peer, context.get());
    peer.Send("421 too many connections\r\n");
    peer.WaitForClose();
  });
  const AddressEvidence evidence =
      ProbeHere(Promise({Rdata(3, *identity_.certificate)}), TargetOf(server));
  EXPECT_EQ(evidence.tls.result.outcome, TlsOutcome::kAuthenticated);
  EXPECT_EQ(evidence.other_key, absl::nullopt);
  EXPECT_THAT(evidence.other_key_why, HasSubstr("421 too many connections"));
}

// Also where the first one matches nothing: what to publish is of both.
TEST_F(ProbeOf, AServerShowsBothKeysWhateverItsRecordsAre) {
  Identity rsa;
  rsa.key = NewKey("RSA");
  rsa.certificate =
      NewCertificate("mx.example", rsa.key.get(), nullptr, rsa.key.get());
  const Identity other = NewIdentity();
  const SslCtxPtr context = ServerContext({&identity_, &rsa});
  const SmtpServer server(
      [&](ServerPeer& peer) { Behave(peer, context.get()); });
  const AddressEvidence evidence =
      ProbeHere(Promise({Rdata(3, *other.certificate)}), TargetOf(server));
  EXPECT_EQ(evidence.tls.result.outcome, TlsOutcome::kFailed);
  ASSERT_TRUE(evidence.other_key.has_value());
  EXPECT_EQ(evidence.other_key->key_type, KeyType::kRsa);
  EXPECT_EQ(evidence.other_key_why, "");
}

// RFC 8314 3
TEST(Target, BeginsWithTlsOnPort465Alone) {
  EXPECT_EQ(TargetOn({}, 465).start, TlsStart::kImplicit);
  EXPECT_EQ(TargetOn({}, 25).start, TlsStart::kStartTls);
  EXPECT_EQ(TargetOn({}, 587).start, TlsStart::kStartTls);
}

TEST_F(ProbeOf, AClosedPortSaysSo) {
  Target target;
  {
    const SmtpServer gone([](ServerPeer&) {});
    target = TargetOf(gone);
  }
  const AddressEvidence evidence =
      ProbeHere(Promise({Rdata(3, *identity_.certificate)}), target);
  EXPECT_EQ(evidence.trouble, Trouble::kNoConnection);
  EXPECT_THAT(evidence.why, HasSubstr("refused"));
}

TEST_F(ProbeOf, ManyDomainsAsksASharedHostOnce) {
  const SslCtxPtr context = ServerContext({&identity_});
  const SmtpServer server(
      [&](ServerPeer& peer) { Behave(peer, context.get()); });
  HostVerdict shared = Promise({Rdata(3, *identity_.certificate)});
  shared.addresses = {{AddressOf("127.0.0.1"), Security::kSecure}};
  shared.tls_key = "one";
  HostVerdict skipped = shared;
  skipped.duty = Duty::kSkip;
  HostVerdict plain = shared;
  plain.duty = Duty::kOpportunistic;
  plain.tls_key = "two";
  const auto domain = [&server](std::vector<HostVerdict> hosts) {
    Verdict verdict = Domain(std::move(hosts));
    verdict.next_hop.port = server.port();
    return verdict;
  };
  size_t done = 0;
  const auto evidence = Probe({domain({shared, skipped}), domain({shared}),
                               domain({plain}), domain({})},
                              Options(), [&done](size_t now, size_t all) {
                                EXPECT_EQ(all, 4U);
                                done = now;
                              });
  ASSERT_TRUE(evidence.ok());
  EXPECT_EQ(done, 4U);
  ASSERT_THAT(*evidence, SizeIs(4));
  EXPECT_EQ((*evidence)[0].hosts[0].addresses[0].tls.result.outcome,
            TlsOutcome::kAuthenticated);
  EXPECT_EQ((*evidence)[0].hosts[1].addresses[0].trouble, Trouble::kNotProbed);
  EXPECT_EQ((*evidence)[1].hosts[0].addresses[0].tls.result.outcome,
            TlsOutcome::kAuthenticated);
  EXPECT_EQ((*evidence)[2].hosts[0].addresses[0].tls.result.outcome,
            TlsOutcome::kEncrypted);
  EXPECT_THAT((*evidence)[3].hosts, IsEmpty());
  // Each with the second key in a second connection.
  EXPECT_EQ(server.connections(), 4);
}

// A server that takes its time holds up its own domain alone; what is known
// already is not asked for again.
TEST(Prober, OfOneDomainWaitsForNoOther) {
  const SmtpServer slow([](ServerPeer& peer) { peer.WaitForClose(); });
  ProbeOptions options = Options();
  options.timeout = absl::Seconds(3);
  const auto prober = Prober::New(options).value();
  const auto at = [](uint16_t port) {
    Verdict verdict = Domain({Host("mx.example.org", Duty::kOpportunistic)});
    verdict.hosts[0].addresses = {{AddressOf("127.0.0.1"), Security::kSecure}};
    verdict.next_hop.port = port;
    return verdict;
  };
  std::mutex mutex;
  std::vector<std::string> ended;
  const auto end = [&](const std::string& name) {
    return [&ended, &mutex, name](const DomainEvidence& evidence) {
      EXPECT_NE(evidence.hosts[0].addresses[0].trouble, Trouble::kNotProbed);
      const std::lock_guard<std::mutex> lock(mutex);
      ended.push_back(name);
    };
  };
  prober->Start(at(slow.port()), end("slow"));
  prober->Start(at(1), end("refused"));
  prober->Start(at(slow.port()), end("slow again"));
  prober->Wait();
  EXPECT_THAT(ended, ElementsAre("refused", "slow", "slow again"));
  EXPECT_EQ(slow.connections(), 1);
  prober->Start(at(slow.port()), end("known"));
  prober->Wait();
  EXPECT_EQ(ended.back(), "known");
  EXPECT_EQ(slow.connections(), 1);
}

// Hosts with many addresses, of which none is there.
class ProbeOfMany : public ::testing::Test {
 protected:
  // A host with so many addresses of each family.
  static HostVerdict Crowded(const std::string& name, size_t count) {
    HostVerdict host = Host(name, Duty::kOpportunistic);
    host.tls_key = name;
    host.addresses.clear();
    for (size_t i = 0; i < count; ++i) {
      host.addresses.push_back(
          {AddressOf(absl::StrCat("127.77.", i / 200, ".", i % 200 + 1)),
           Security::kSecure});
    }
    for (size_t i = 0; i < count; ++i) {
      host.addresses.push_back(
          {AddressOf(absl::StrCat("100::", i + 1)), Security::kSecure});
    }
    return host;
  }

  // How many addresses of each host were connected to.
  static std::vector<size_t> Probed(std::vector<HostVerdict> hosts) {
    Verdict verdict = Domain(std::move(hosts));
    verdict.next_hop.port = 1;
    const auto evidence = Probe({verdict}, Options(), nullptr);
    EXPECT_TRUE(evidence.ok());
    std::vector<size_t> counts;
    for (const HostEvidence& host : evidence->front().hosts) {
      size_t count = 0;
      size_t ipv6 = 0;
      for (const AddressEvidence& each : host.addresses) {
        if (each.trouble == Trouble::kNotProbed) continue;
        ++count;
        if (each.address.IsIpv6()) ++ipv6;
      }
      EXPECT_EQ(ipv6, count / 2);
      counts.push_back(count);
    }
    return counts;
  }
};

TEST_F(ProbeOfMany, AddressesOfAHostStopsAtItsBound) {
  EXPECT_THAT(Probed({Crowded("a.example", 100), Crowded("b.example", 1)}),
              ElementsAre(16, 2));
}

TEST_F(ProbeOfMany, AddressesOfADomainGivesEachHostItsShare) {
  std::vector<HostVerdict> hosts;
  for (int i = 0; i < 16; ++i) {
    hosts.push_back(Crowded(absl::StrCat(i, ".example"), 125));
  }
  EXPECT_EQ(Probed(hosts), std::vector<size_t>(16, 4));
}

TEST_F(ProbeOfMany, HostsThatShareAddressesCountsEachOnce) {
  std::vector<HostVerdict> hosts;
  for (int i = 0; i < 5; ++i) {
    hosts.push_back(Crowded("shared.example", 10));
    hosts.back().tls_key = "shared";
  }
  hosts.push_back(Crowded("alone.example", 8));
  EXPECT_THAT(Probed(hosts), ElementsAre(16, 16, 16, 16, 16, 16));
}

TEST_F(ProbeOfMany, HostsStopsAtTheBoundOfTheDomain) {
  std::vector<HostVerdict> hosts;
  for (int i = 0; i < 100; ++i) {
    HostVerdict host = Crowded(absl::StrCat(i, ".example"), 1);
    host.addresses.resize(1);
    hosts.push_back(std::move(host));
  }
  std::vector<size_t> expected(100, 0);
  std::fill(expected.begin(), expected.begin() + 64, 1);
  EXPECT_EQ(Probed(hosts), expected);
}

// Ten that stall take as long as one.
TEST_F(ProbeOf, ManyDomainsWaitsForAllAtTheSameTime) {
  const SmtpServer server([](ServerPeer& peer) { peer.WaitForClose(); });
  std::vector<HostVerdict> hosts;
  for (int i = 0; i < 10; ++i) {
    HostVerdict host = Promise({Rdata(3, *identity_.certificate)});
    host.addresses = {{AddressOf("127.0.0.1"), Security::kSecure}};
    host.tls_key = absl::StrCat(i);
    hosts.push_back(std::move(host));
  }
  Verdict verdict = Domain(std::move(hosts));
  verdict.next_hop.port = server.port();
  ProbeOptions options = Options();
  options.timeout = absl::Seconds(1);
  const absl::Time start = absl::Now();
  const auto evidence = Probe({verdict}, options, nullptr);
  EXPECT_LT(absl::Now() - start, absl::Seconds(6));
  ASSERT_TRUE(evidence.ok());
  for (const HostEvidence& host : (*evidence)[0].hosts) {
    EXPECT_EQ(host.addresses[0].trouble, Trouble::kTimeout);
  }
}

// RFC 4291 2.4, RFC 3927, RFC 6890: 0.0.0.0 and :: would be this machine
TEST(ProbeAddress, ConnectsToNoAddressThatNoServerHas) {
  const absl::StatusOr<SslCtxPtr> context = NewTlsContext();
  for (const char* text : {"fe80::1", "febf::1", "169.254.1.1", "224.0.0.1",
                           "255.255.255.255", "ff02::1", "0.0.0.0", "::"}) {
    const AddressEvidence evidence =
        ProbeAddress(context->get(), Promise({std::string(36, '\3')}),
                     TargetOn(AddressOf(text), 1), Options());
    EXPECT_EQ(evidence.trouble, Trouble::kNoConnection) << text;
    EXPECT_THAT(evidence.why, StartsWith("not tried: ")) << text;
  }
}

}  // namespace
}  // namespace danebound
