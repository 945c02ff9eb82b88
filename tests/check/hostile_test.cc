// Servers that break the rules: a clear error within the deadline, never a
// success.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "made_reports.h"
#include "smtp_server.h"
#include "stub/check/probe.h"
#include "stub/openssl/association.h"
#include "stub/openssl/tls_setup.h"
#include "stub/openssl/verify.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr absl::string_view kBanner = "220 mx.example ESMTP\r\n";
constexpr absl::string_view kEhlo = "250-mx.example\r\n250 STARTTLS\r\n";
constexpr absl::string_view kReady = "220 go ahead\r\n";

// The places in a conversation where a server may go wrong.
const std::vector<std::string> kSteps = {"banner", "EHLO", "STARTTLS",
                                         "TLS handshake", "EHLO inside TLS"};

class Hostile : public ::testing::Test {
 protected:
  // Behaves until the step, then does something else.
  SmtpServer::Script GoneWrongAt(
      size_t step, std::function<void(ServerPeer&)> instead) const {
    return [this, step, instead = std::move(instead)](ServerPeer& peer) {
      for (size_t i = 0; i < step; ++i) Behave(peer, i);
      instead(peer);
    };
  }

  void Behave(ServerPeer& peer, size_t step) const {
    if (step == 0) peer.Send(kBanner);
    if (step == 1) peer.ReadLine();
    if (step == 1) peer.Send(kEhlo);
    if (step == 2) peer.ReadLine();
    if (step == 2) peer.Send(kReady);
    if (step == 3) peer.StartTls(context_.get());
  }

  AddressEvidence Probe(const SmtpServer::Script& script,
                        absl::Duration timeout = absl::Seconds(20)) {
    SmtpServer server(script);
    ProbeOptions options;
    options.timeout = timeout;
    const SslCtxPtr context = NewTlsContext().value();
    return ProbeAddress(context.get(), host_,
                        TargetOn(AddressOf("127.0.0.1"), server.port()),
                        options);
  }

  HostVerdict HostOf(const Identity& identity) const {
    const std::string data =
        AssociationData(*identity.certificate, 1, 1).value();
    const std::string rdata = std::string("\x03\x01\x01") + data;
    return PromiseOf(JudgeTlsa({rdata}), {"mx.example"}).value();
  }

  Identity identity_ = NewIdentity();
  SslCtxPtr context_ = ServerContext({&identity_});
  HostVerdict host_ = HostOf(identity_);
};

// What the other tests rest on.
TEST_F(Hostile, IsAuthenticatedAsLongAsItBehaves) {
  const AddressEvidence evidence = Probe(GoneWrongAt(4, [](ServerPeer& peer) {
    peer.ReadLine();
    peer.Send("250 mx.example\r\n");
    peer.WaitForClose();
  }));
  EXPECT_EQ(evidence.trouble, Trouble::kNone) << evidence.why;
  EXPECT_EQ(evidence.tls.result.outcome, TlsOutcome::kAuthenticated);
}

TEST_F(Hostile, EndsAtTheDeadlineWhereTheServerStalls) {
  for (size_t step = 0; step < kSteps.size(); ++step) {
    const AddressEvidence evidence =
        Probe(GoneWrongAt(step, [](ServerPeer& peer) { peer.WaitForClose(); }),
              absl::Milliseconds(300));
    EXPECT_EQ(evidence.trouble, Trouble::kTimeout) << kSteps[step];
    EXPECT_THAT(evidence.why, StartsWith(kSteps[step]));
  }
}

TEST_F(Hostile, EndsAtTheDeadlineWhereTheServerDrips) {
  const AddressEvidence evidence = Probe(
      [](ServerPeer& peer) {
        while (peer.Send("220-\r\n")) {
          std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
      },
      absl::Milliseconds(300));
  EXPECT_EQ(evidence.trouble, Trouble::kTimeout);
}

TEST_F(Hostile, FailsOnGarbage) {
  for (size_t step = 0; step < kSteps.size(); ++step) {
    const AddressEvidence evidence =
        Probe(GoneWrongAt(step, [](ServerPeer& peer) {
          peer.Send("\x16\x03\xff\xff garbage\x01\x02\r\n");
          peer.WaitForClose();
        }));
    EXPECT_EQ(evidence.trouble, step == 3 ? Trouble::kTls : Trouble::kNotSmtp)
        << kSteps[step];
    EXPECT_THAT(evidence.why, StartsWith(kSteps[step]));
  }
}

TEST_F(Hostile, FailsOnAReplyWithoutEnd) {
  for (const char* piece : {"220-welcome\r\n", "220 a line that never ends "}) {
    for (const size_t step : {0, 1, 2, 4}) {
      const AddressEvidence evidence =
          Probe(GoneWrongAt(step, [piece](ServerPeer& peer) {
            while (peer.Send(piece)) {
            }
          }));
      EXPECT_EQ(evidence.trouble, Trouble::kNotSmtp) << kSteps[step];
      EXPECT_THAT(evidence.why, HasSubstr("octets"));
    }
  }
}

TEST_F(Hostile, FailsWhereTheServerDisconnects) {
  for (size_t step = 0; step < kSteps.size(); ++step) {
    const AddressEvidence evidence =
        Probe(GoneWrongAt(step, [step](ServerPeer& peer) {
          if (step > 0) peer.ReadRaw();  // else the kernel resets
        }));
    EXPECT_EQ(evidence.trouble, Trouble::kClosed) << kSteps[step];
    EXPECT_THAT(evidence.why, StartsWith(kSteps[step]));
  }
}

TEST_F(Hostile, FailsWhereTheServerRefuses) {
  for (const char* refusal : {"421 later\r\n", "554 never\r\n"}) {
    for (const size_t step : {0, 2, 4}) {
      const AddressEvidence evidence =
          Probe(GoneWrongAt(step, [refusal, step](ServerPeer& peer) {
            if (step > 0) peer.ReadLine();
            peer.Send(refusal);
            peer.WaitForClose();
          }));
      EXPECT_EQ(evidence.trouble,
                step == 2 ? Trouble::kStartTlsRefused : Trouble::kRefused);
      EXPECT_THAT(evidence.why, HasSubstr(std::string(refusal).substr(0, 3)));
    }
  }
}

// RFC 5321 3.2
TEST_F(Hostile, IsADowngradeWhereOnlyHeloIsTaken) {
  const AddressEvidence evidence = Probe([](ServerPeer& peer) {
    peer.Send(kBanner);
    peer.ReadLine();
    peer.Send("502 what?\r\n");
    EXPECT_THAT(peer.ReadLine(), StartsWith("HELO"));
    peer.Send("250 mx.example\r\n");
    peer.WaitForClose();
  });
  EXPECT_EQ(evidence.trouble, Trouble::kNoStartTls);
  EXPECT_TRUE(evidence.smtp.helo);
}

// RFC 7672 1.3.1
TEST_F(Hostile, IsADowngradeWhereStartTlsIsStripped) {
  const AddressEvidence evidence = Probe([](ServerPeer& peer) {
    peer.Send(kBanner);
    peer.ReadLine();
    peer.Send("250-mx.example\r\n250 XXXXXXXA\r\n");
    EXPECT_THAT(peer.ReadLine(), IsEmpty());  // nothing in clear text follows
  });
  EXPECT_EQ(evidence.trouble, Trouble::kNoStartTls);
}

TEST_F(Hostile, SeesStartTlsOfferedTwice) {
  const AddressEvidence evidence = Probe([this](ServerPeer& peer) {
    peer.Send(kBanner);
    peer.ReadLine();
    peer.Send("250-mx.example\r\n250-STARTTLS\r\n250 STARTTLS\r\n");
    peer.ReadLine();
    peer.Send(kReady);
    peer.StartTls(context_.get());
    peer.ReadLine();
    peer.Send("250 mx.example\r\n");
    peer.WaitForClose();
  });
  EXPECT_EQ(evidence.trouble, Trouble::kNone);
  EXPECT_EQ(evidence.smtp.starttls_offers, 2U);
}

// CVE-2011-0411 and its kin; RFC 3207 4.2
TEST_F(Hostile, FailsOnClearTextBehindTheStartTlsReply) {
  const AddressEvidence together = Probe([](ServerPeer& peer) {
    peer.Send(kBanner);
    peer.ReadLine();
    peer.Send(kEhlo);
    peer.ReadLine();
    peer.Send(absl::StrCat(kReady, "250 injected\r\n"));
    peer.WaitForClose();
  });
  EXPECT_EQ(together.trouble, Trouble::kPlaintext);
  const AddressEvidence later = Probe(GoneWrongAt(3, [](ServerPeer& peer) {
    peer.ReadRaw();  // the client's hello
    peer.Send("250 injected\r\n");
    peer.WaitForClose();
  }));
  EXPECT_EQ(later.trouble, Trouble::kPlaintext);
  EXPECT_EQ(later.tls.result.outcome, TlsOutcome::kFailed);
}

TEST_F(Hostile, FailsOnAChainOfAMebibyte) {
  const size_t size = DerOf(*identity_.certificate).size();
  const std::vector<const X509*> chain((1 << 20) / size,
                                       identity_.certificate.get());
  const SslCtxPtr huge = ServerContext({&identity_}, chain);
  const AddressEvidence evidence =
      Probe(GoneWrongAt(3, [&huge](ServerPeer& peer) {
        peer.StartTls(huge.get());
        peer.WaitForClose();
      }));
  EXPECT_EQ(evidence.trouble, Trouble::kTls);
  EXPECT_THAT(evidence.why, HasSubstr("excessive message size"));
  EXPECT_THAT(evidence.tls.chain, IsEmpty());
}

TEST_F(Hostile, FailsOnOctetsWithoutEndInsideTls) {
  const AddressEvidence evidence = Probe(GoneWrongAt(4, [](ServerPeer& peer) {
    const std::string many(16384, '\n');
    while (peer.Send(many)) {
    }
  }));
  EXPECT_EQ(evidence.trouble, Trouble::kNotSmtp);
}

TEST_F(Hostile, ShowsNothingThatSteersATerminal) {
  const AddressEvidence evidence = Probe([](ServerPeer& peer) {
    peer.Send("220 \033[2J\r\n");
    peer.ReadLine();
    peer.Send("250-mx\r\n250 \033[31mred\r\n");
    peer.WaitForClose();
  });
  EXPECT_EQ(evidence.smtp.banner, "\\x1b[2J");
  EXPECT_EQ(evidence.smtp.extensions[0], "\\x1b[31mred");
}

}  // namespace
}  // namespace danebound
