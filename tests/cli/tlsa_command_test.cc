// `danebound tlsa create`: its records, what it says of them, and how it
// refuses.
#include <sys/stat.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/openssl/association.h"
#include "tests/check/smtp_server.h"
#include "tests/cli/run_command.h"
#include "tests/client/module_server.h"
#include "tests/openssl/made_certificates.h"

namespace danebound {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class TlsaCreate : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& content) {
    const std::string path = absl::StrCat(folder_.path(), "/", name);
    std::ofstream(path) << content;
    return path;
  }
  static CommandResult Create(std::vector<std::string> arguments,
                              const std::string& input = "") {
    arguments.insert(arguments.begin(), {"tlsa", "create"});
    return RunCommand(arguments, {input, {}});
  }
  std::string Hex(uint8_t selector, uint8_t matching) const {
    return absl::BytesToHexString(
        *AssociationData(*server_, selector, matching));
  }

  TemporaryFolder folder_;
  PkeyPtr ca_key_ = NewKey();
  PkeyPtr key_ = NewKey();
  X509Ptr ca_ =
      NewCertificate("Example CA", ca_key_.get(), nullptr, ca_key_.get(), true);
  X509Ptr server_ =
      NewCertificate("mx.example", key_.get(), ca_.get(), ca_key_.get());
  std::string file_ = Write("mx.pem", PemOf(*server_));
  std::string chain_ = Write("chain.pem", PemOf(*server_) + PemOf(*ca_));
};

// RFC 7672 3.1
TEST_F(TlsaCreate, Prints311Alone) {
  const CommandResult result = Create({file_});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.output, absl::StrCat("3 1 1 ", Hex(1, 1), "\n"));
  EXPECT_EQ(result.errors, "");
}

// RFC 6698 3
TEST_F(TlsaCreate, PrintsLinesOfAZoneFile) {
  EXPECT_EQ(
      Create({file_, "--host", "MX.example."}).output,
      absl::StrCat("_25._tcp.mx.example. IN TLSA 3 1 1 ", Hex(1, 1), "\n"));
  EXPECT_EQ(Create({file_, "--host", "mx.example", "--port", "853", "--proto",
                    "udp", "--ttl", "300"})
                .output,
            absl::StrCat("_853._udp.mx.example. 300 IN TLSA 3 1 1 ", Hex(1, 1),
                         "\n"));
}

// RFC 3597 5
TEST_F(TlsaCreate, PrintsTheGenericForm) {
  const std::string rdata = absl::StrCat("\\# 35 030101", Hex(1, 1), "\n");
  EXPECT_EQ(Create({file_, "--generic"}).output, rdata);
  EXPECT_EQ(Create({file_, "--generic", "--host", "mx.example"}).output,
            absl::StrCat("_25._tcp.mx.example. IN TYPE52 ", rdata));
}

// RFC 7218 2
TEST_F(TlsaCreate, TakesNumbersAndNames) {
  EXPECT_EQ(
      Create({"-u", "PKIX-EE", "-s", "cert", "-m", "SHA2-512", file_}).output,
      Create({"-u", "1", "-s", "0", "-m", "2", file_}).output);
  EXPECT_EQ(Create({"--usage", "4711", file_}).exit_code, 1);
  EXPECT_THAT(Create({"--matching", "md5", file_}).errors,
              HasSubstr("\"md5\" is no matching type"));
}

TEST_F(TlsaCreate, PrintsOneRecordAFileOrNone) {
  const std::string request = Write("mx.csr", PemOfRequest(key_.get()));
  const CommandResult both = Create({file_, request});
  EXPECT_EQ(both.output, Create({file_}).output + Create({request}).output);
  const CommandResult one_missing = Create({file_, "/nonexistent.pem"});
  EXPECT_EQ(one_missing.exit_code, 1);
  EXPECT_EQ(one_missing.output, "");
  EXPECT_THAT(one_missing.errors,
              HasSubstr("/nonexistent.pem: No such file or directory"));
}

TEST_F(TlsaCreate, ReadsStandardInputAndNeverPrintsAPrivateKey) {
  const std::string pem = PemOfPrivate(key_.get());
  const CommandResult result = Create({"--json", "-"}, pem);
  EXPECT_EQ(JsonLines(result.output).at(0)["data"], Hex(1, 1));
  for (const absl::string_view line : absl::StrSplit(pem, '\n')) {
    if (line.empty()) continue;
    EXPECT_THAT(result.output, Not(HasSubstr(std::string(line))));
    EXPECT_THAT(result.errors, Not(HasSubstr(std::string(line))));
  }
}

TEST_F(TlsaCreate, WarnsOfAPrivateKeyThatEverybodyCanRead) {
  const std::string path = Write("mx.key", PemOfPrivate(key_.get()));
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  const CommandResult result = Create({path});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.errors,
              HasSubstr("mx.key: everybody can read this private key"));
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  EXPECT_EQ(Create({path}).errors, "");
}

TEST_F(TlsaCreate, LooksAtAKeyBesideTheCertificate) {
  const std::string path =
      Write("both.pem", PemOf(*server_) + PemOfPrivate(key_.get()));
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{path}, {path, "--json"}}) {
    EXPECT_THAT(Create(arguments).errors,
                HasSubstr("both.pem: everybody can read this private key"));
  }
  const CommandResult mixed = Create(
      {Write("mixed.pem", PemOf(*server_) + PemOfPrivate(ca_key_.get()))});
  EXPECT_EQ(mixed.exit_code, 1);
  EXPECT_EQ(mixed.output, "");
  EXPECT_THAT(mixed.errors, HasSubstr("mixed.pem: PEM block 2, PRIVATE KEY: it "
                                      "is of none of the certificates"));
  EXPECT_THAT(Create({Write("ca.pem", PemOf(*server_) + PemOf(*ca_) +
                                          PemOfPrivate(ca_key_.get()))})
                  .errors,
              HasSubstr("the private key in it is of certificate 2, not of "
                        "the server's"));
}

TEST_F(TlsaCreate, RefusesAnEncryptedKeyOnATerminalToo) {
  const std::string path =
      Write("encrypted.key", PemOfPrivate(key_.get(), "secret"));
  const CommandResult result = RunOnTerminal({"tlsa", "create", path});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("the private key is encrypted"));
}

// RFC 7671 5.2
TEST_F(TlsaCreate, TakesTheAuthorityOfAChainForAnchorsAndSaysSo) {
  const CommandResult result = Create({"-u", "DANE-TA", "-s", "0", chain_});
  EXPECT_EQ(
      result.output,
      absl::StrCat("2 0 1 ",
                   absl::BytesToHexString(*AssociationData(*ca_, 0, 1)), "\n"));
  EXPECT_THAT(result.errors,
              AllOf(HasSubstr("certificate 2 of 2, CN=Example CA"),
                    HasSubstr("must send it in its chain (RFC 7671 5.2.2)")));
  EXPECT_THAT(
      Create({"-u", "2", "-s", "0", "--certificate", "1", chain_}).errors,
      HasSubstr("CN=mx.example is no authority's certificate (RFC 7671 5.2)"));
}

// RFC 7671 5.2.2
TEST_F(TlsaCreate, NeedsNoAnchorSentThatTheRecordHoldsInFull) {
  EXPECT_THAT(Create({"-u", "2", "-s", "0", "-m", "0", chain_}).errors,
              AllOf(HasSubstr("the server need not send it (RFC 7671 5.2.2)"),
                    Not(HasSubstr("must send it"))));
  EXPECT_THAT(Create({"-u", "2", "-s", "1", "-m", "0", chain_}).errors,
              HasSubstr("must send it in its chain (RFC 7671 5.2.2)"));
}

TEST_F(TlsaCreate, SaysSoWhereTheIssuerStandsFirst) {
  const std::string turned = Write("turned.pem", PemOf(*ca_) + PemOf(*server_));
  const CommandResult result = Create({turned});
  EXPECT_EQ(result.output, absl::StrCat("3 1 1 ", Hex(1, 1), "\n"));
  EXPECT_THAT(result.errors,
              HasSubstr("certificate 2 of 2, CN=mx.example, which issued none "
                        "of the others; servers want it first"));
  EXPECT_EQ(Create({chain_}).errors, "");
}

// RFC 7672 3.2.3
TEST_F(TlsaCreate, WarnsOfAnAnchorAboveACertificateOfAnotherName) {
  const auto errors = [&](const char* host, const std::string& file) {
    return Create({"-u", "2", "-s", "0", "--host", host, file}).errors;
  };
  EXPECT_THAT(errors("mx2.example", chain_),
              HasSubstr("does not name mx2.example, which clients look for "
                        "under a trust anchor (RFC 7672 3.2.3)"));
  EXPECT_THAT(errors("mx.example", chain_), Not(HasSubstr("does not name")));
  EXPECT_THAT(errors("mx2.example", Write("ca.pem", PemOf(*ca_))),
              Not(HasSubstr("does not name")));
  EXPECT_THAT(Create({"--host", "mx2.example", chain_}).errors,
              Not(HasSubstr("does not name")));
}

// RFC 7671 5.2: as "openssl req -x509" makes them
TEST_F(TlsaCreate, WarnsOfAServersOwnCertificateForAnAnchor) {
  const X509Ptr own = NewCertificate(
      [] {
        Recipe recipe;
        recipe.common_name = "mx.example";
        recipe.basic_constraints = "critical,CA:TRUE";
        recipe.subject_alt_name = "DNS:mx.example";
        return recipe;
      }(),
      key_.get(), nullptr, key_.get());
  const std::string file = Write("own.pem", PemOf(*own));
  EXPECT_THAT(Create({"-u", "2", "--host", "mx2.example", file}).errors,
              AllOf(HasSubstr("CN=mx.example is the server's own: 3 1 1 is for "
                              "that (RFC 7671 5.2)"),
                    HasSubstr("does not name mx2.example")));
  EXPECT_EQ(Create({file}).errors, "");
  EXPECT_THAT(Create({"-u", "2", Write("ca.pem", PemOf(*ca_))}).errors,
              Not(HasSubstr("(RFC 7671 5.2)")));
}

TEST_F(TlsaCreate, PrintsADocumentAtAnError) {
  const CommandResult result = Create({"/nonexistent.pem", "--json"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(JsonLines(result.output).at(0)["error"],
            "/nonexistent.pem: No such file or directory");
}

// RFC 6698 3
TEST_F(TlsaCreate, TakesPortAndProtocolFromTheName) {
  const auto owner = [&](std::vector<std::string> arguments) {
    arguments.push_back(file_);
    const CommandResult result = Create(arguments);
    return result.exit_code == 0
               ? std::vector<std::string>(absl::StrSplit(result.output, ' '))[0]
               : result.errors;
  };
  const std::string submissions = "_465._tcp.mx.example.";
  EXPECT_EQ(owner({"--host", "mx.example:465"}), submissions);
  EXPECT_EQ(owner({"--host", "_465._tcp.mx.example"}), submissions);
  EXPECT_EQ(owner({"--host", "_465._tcp.mx.example.", "--port", "465"}),
            submissions);
  EXPECT_EQ(owner({"--host", "_853._udp.mx.example"}), "_853._udp.mx.example.");
  EXPECT_THAT(owner({"--host", "mx.example:465", "--port", "25"}),
              HasSubstr("two ports"));
  EXPECT_THAT(owner({"--host", "_25._tcp.mx.example", "--proto", "udp"}),
              HasSubstr("two protocols"));
  EXPECT_THAT(owner({"--host", "_25._tcp.mx.example:465"}),
              HasSubstr("it names two ports"));
  for (const char* label : {"_submission._tcp.mx.example", "_tcp.mx.example",
                            "_25.mx.example", "_70000._tcp.mx.example"}) {
    EXPECT_THAT(owner({"--host", label}), HasSubstr("is a label of a service"));
  }
}

// A server that shows one certificate.
SmtpServer::Script Showing(SSL_CTX* context) {
  return [context](ServerPeer& peer) {
    peer.Send("220 mx\r\n");
    peer.ReadLine();
    peer.Send("250-mx\r\n250 STARTTLS\r\n");
    peer.ReadLine();
    peer.Send("220 go\r\n");
    if (peer.StartTls(context)) peer.ReadLine();
  };
}

// RFC 6698 3
TEST_F(TlsaCreate, TakesThePortOfWhatWasSeen) {
  const Identity shown = NewIdentity("mx.example");
  const SslCtxPtr context = ServerContext({&shown});
  const SmtpServer server(Showing(context.get()));
  const std::string port = absl::StrCat(server.port());
  const std::string owner =
      absl::StrCat("_", port, "._tcp.mx.example. IN TLSA");
  const std::vector<std::vector<std::string>> same = {
      {"--from", absl::StrCat("localhost:", port), "--host", "mx.example"},
      {"--from", absl::StrCat("_", port, "._tcp.localhost"), "--host",
       "mx.example"},
      {"--from", "localhost", "--host", absl::StrCat("mx.example:", port)},
      {"--from", "localhost", "--host", "mx.example", "--port", port}};
  for (const std::vector<std::string>& arguments : same) {
    const CommandResult result = Create(arguments);
    EXPECT_THAT(result.output, HasSubstr(owner))
        << arguments[1] << result.errors;
  }
  EXPECT_THAT(Create({"--from", absl::StrCat("localhost:", port), "--host",
                      "mx.example:26"})
                  .errors,
              HasSubstr("name two ports"));
  EXPECT_THAT(Create({"--from", "_25._udp.mx.example"}).errors,
              HasSubstr("asked over TCP, and records of udp"));
  EXPECT_THAT(
      Create({"--from", "localhost", "--host", "_25._udp.mx.example"}).errors,
      HasSubstr("asked over TCP, and records of udp"));
  // RFC 7672 3.2.3: under the name that was asked, or of --host
  EXPECT_THAT(
      Create({"-u", "2", "--from", absl::StrCat("localhost:", port)}).errors,
      HasSubstr("does not name localhost"));
}

// RFC 3207
TEST_F(TlsaCreate, TakesWhatAServerShowsAndSaysSo) {
  const Identity shown = NewIdentity("localhost");
  const SslCtxPtr context = ServerContext({&shown});
  const SmtpServer server(Showing(context.get()));
  const std::string from = absl::StrCat("localhost:", server.port());
  const CommandResult result = Create({"--from", from});
  EXPECT_EQ(result.output,
            absl::StrCat("_", server.port(), "._tcp.localhost. IN TLSA 3 1 1 ",
                         absl::BytesToHexString(
                             *AssociationData(*shown.certificate, 1, 1)),
                         "\n"));
  EXPECT_THAT(result.errors, HasSubstr("what was seen from here, now. Nobody "
                                       "vouches for it"));
}

TEST_F(TlsaCreate, NamesWhyAServerShowsNothing) {
  const SmtpServer server([](ServerPeer& peer) {
    peer.Send("220 mx\r\n");
    peer.ReadLine();
    peer.Send("250 mx\r\n");
    peer.ReadLine();
  });
  const CommandResult result =
      Create({"--from", absl::StrCat("localhost:", server.port())});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.output, "");
  EXPECT_THAT(result.errors, HasSubstr("the server does not offer STARTTLS"));
  EXPECT_THAT(Create({}).errors, HasSubstr("FILE or --from"));
}

// RFC 7671 5.1; RFC 7672 3.1.3
TEST_F(TlsaCreate, WarnsAndGoesOn) {
  const CommandResult result = Create({"-u", "1", "-s", "0", file_});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.output, absl::StrCat("1 0 1 ", Hex(0, 1), "\n"));
  EXPECT_THAT(result.errors, AllOf(HasSubstr("1 0 1 is advised against"),
                                   HasSubstr("(RFC 7672 3.1.3)"),
                                   HasSubstr("(RFC 7671 5.1)")));
}

TEST_F(TlsaCreate, NeedsAHostForWhatBelongsToOne) {
  for (const char* option : {"--port", "--ttl"}) {
    const CommandResult result = Create({file_, option, "26"});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.errors, HasSubstr("requires --host"));
  }
  EXPECT_THAT(Create({file_, "--host", "[192.0.2.1]"}).errors,
              HasSubstr("[192.0.2.1] is not a host name"));
}

TEST_F(TlsaCreate, HidesWhatCouldSteerATerminal) {
  const std::string path = Write("\033[31m.pem", "junk");
  EXPECT_THAT(Create({path}).errors,
              AllOf(Not(HasSubstr("\033")), HasSubstr("?[31m.pem: neither")));
}

// The record that ldns-dane makes, in words.
std::vector<std::string> WordsOfLdnsDane(const std::string& arguments) {
  const std::string command =
      absl::StrCat("ldns-dane -d -s ", arguments, " 2>/dev/null");
  FILE* pipe = popen(command.c_str(), "r");
  std::string line;
  for (int c = std::fgetc(pipe); c != EOF && c != '\n'; c = std::fgetc(pipe)) {
    line.push_back(static_cast<char>(c));
  }
  EXPECT_EQ(pclose(pipe), 0) << command;
  return absl::StrSplit(line, absl::ByAnyChar("\t "), absl::SkipEmpty());
}

// RFC 6698 2.1
TEST_F(TlsaCreate, AgreesWithLdnsDaneInAll24Combinations) {
  const std::string authority = Write("ca.pem", PemOf(*ca_));
  for (const char* usage : {"0", "1", "2", "3"}) {
    for (const char* selector : {"0", "1"}) {
      for (const char* matching : {"0", "1", "2"}) {
        const std::string parameters =
            absl::StrCat(usage, " ", selector, " ", matching);
        const std::string line =
            Create({"-u", usage, "-s", selector, "-m", matching, "--host",
                    "mx.example", "--ttl", "3600", chain_})
                .output;
        const std::vector<std::string> words =
            absl::StrSplit(absl::StripAsciiWhitespace(line), ' ');
        EXPECT_EQ(words, WordsOfLdnsDane(absl::StrCat(
                             "-f ", authority, " -c ", chain_,
                             " create mx.example 25 ", parameters)))
            << parameters;
      }
    }
  }
}

}  // namespace
}  // namespace danebound
