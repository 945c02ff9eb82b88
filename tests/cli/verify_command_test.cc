// `danebound verify`: its results, what it says of each record, and how it
// refuses. What makes a chain good or bad is tested in tests/openssl.
#include <sys/stat.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/dane/tlsa.h"
#include "stub/openssl/tls_result.h"
#include "stub/openssl/tls_setup.h"
#include "tests/cli/run_command.h"
#include "tests/embedded/folder.h"
#include "tests/openssl/handshake.h"
#include "tests/openssl/tls_words.h"

namespace danebound {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::ordered_json;

class VerifyCommand : public ::testing::Test {
 protected:
  // Leaf and intermediate on standard input, for the name mx.example.org.
  CommandResult Verify(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(),
                     {"verify", "--chain", "-", "--name", "mx.example.org"});
    return RunCommand(arguments,
                      {PemOf(*ca_.leaf) + PemOf(*ca_.intermediate), {}});
  }
  Json VerifyJson(std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    return JsonLines(Verify(std::move(arguments)).output).at(0);
  }
  static std::string Record(uint8_t usage, const X509Ptr& certificate) {
    return ToText(RecordFor(usage, 1, 1, *certificate));
  }

  SmallCa ca_;
};

TEST_F(VerifyCommand, SaysWhichRecordVouchesForWhichCertificate) {
  const CommandResult result = Verify({"--tlsa", Record(2, ca_.intermediate)});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.errors, "");
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("result     authenticated\n"
                              "           by TLSA 0, at depth 1 for "
                              "mx.example.org\n"),
                    HasSubstr("chain 1    CN=Intermediate\n"),
                    HasSubstr("           matches certificate 1, "
                              "authenticates\n")));
}

// What reads it may want the record.
TEST_F(VerifyCommand, CutsNoRecordInAPipe) {
  const std::string record = Record(2, ca_.intermediate);
  EXPECT_THAT(Verify({"--tlsa", record}).output,
              HasSubstr(absl::StrCat("TLSA 0     ", record, "\n")));
}

TEST_F(VerifyCommand, SaysWhyTheOtherRecordsDoNot) {
  const CommandResult result =
      Verify({"--tlsa", Record(1, ca_.leaf), "--tlsa", Record(3, ca_.root),
              "--tlsa", Record(3, ca_.intermediate)});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(
      result.output,
      AllOf(HasSubstr("result     failed\n"
                      "           record 0 (1 1 1) matches"),
            HasSubstr("  unusable: pkix-usage\n           matches certificate "
                      "0\n"),
            HasSubstr("           matches no certificate\n"),
            HasSubstr("matches certificate 1, but DANE-EE(3) is for "
                      "certificate 0 alone\n")));
}

// RFC 7671 9
TEST_F(VerifyCommand, SaysWhatIsSuperseded) {
  const Json json = VerifyJson({"--tlsa", Record(3, ca_.leaf), "--tlsa",
                                ToText(RecordFor(3, 1, 2, *ca_.leaf))});
  EXPECT_EQ(json["record"], 1);
  EXPECT_EQ(json["tlsa"][0]["text"],
            "superseded by a stronger digest, matches certificate 0");
}

// RFC 7671 5.2.2
TEST_F(VerifyCommand, SaysThatTheRecordItselfHoldsTheAnchor) {
  const Json json =
      VerifyJson({"--tlsa", ToText(RecordFor(2, 0, 0, *ca_.root))});
  EXPECT_EQ(json["result"], "authenticated");
  EXPECT_EQ(json["tlsa"][0]["text"],
            "holds the anchor of the chain, authenticates");
}

// RFC 7672 2.2
TEST_F(VerifyCommand, IsUnusableWithoutARecordToAuthenticateWith) {
  const CommandResult result = Verify({"--tlsa", Record(0, ca_.root)});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("result     unusable\n"));
}

TEST_F(VerifyCommand, SaysWhyAllRecordsAreUnusable) {
  const std::string sha512 =
      absl::StrCat("3 1 1 ", ToText(RecordFor(3, 1, 2, *ca_.leaf)).substr(6));
  const CommandResult result = Verify({"--tlsa", sha512});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("record 0 (3 1 1) is"),
                    HasSubstr(absl::StrCat("would be   3 1 1\n           ",
                                           Record(3, ca_.leaf).substr(6)))));
  EXPECT_EQ(VerifyJson({"--tlsa", sha512})["why"],
            "record 0 (3 1 1) is unusable (wrong-digest-length): it is the "
            "SHA2-512 digest of the key of certificate 0, under matching type "
            "1");
}

TEST_F(VerifyCommand, ReadsRecordsFromAFile) {
  const Folder folder;
  const std::string file =
      folder.Write("records", absl::StrCat("_25._tcp.mx.example.org. IN TLSA ",
                                           Record(3, ca_.leaf), "\n"));
  EXPECT_EQ(Verify({"--tlsa-file", file}).exit_code, 0);
}

// RFC 1035 5.1: what dig prints, and a zone file
TEST_F(VerifyCommand, ReadsWhatDigPrintsAndZoneFiles) {
  const Folder folder;
  const std::string record = Record(3, ca_.leaf);
  const std::string half = record.substr(0, record.size() - 8);
  const std::string rest = record.substr(record.size() - 8);
  const std::string signature =
      " RRSIG TLSA 13 5 3600 20261224000000 20261126000000 1 example.org. "
      "AAAA\n";
  const std::vector<std::string> texts = {
      absl::StrCat(
          "\n; <<>> DiG 9.18.49 <<>> _25._tcp.mx.example.org TLSA +dnssec\n"
          ";; Got answer:\n;; ANSWER SECTION:\n"
          "_25._tcp.mx.example.org. 3600 IN CNAME t.example.org.\n"
          "_25._tcp.mx.example.org. 3600 IN",
          signature, "t.example.org.\t3600\tIN\tTLSA\t", half, " ", rest,
          "\n\n;; AUTHORITY SECTION:\nexample.org. 900 IN SOA ns1.example.org. "
          "h.example.org. 1 2 3 4 5\n\n;; Query time: 3 msec\n"),
      absl::StrCat("$TTL 3600\n$ORIGIN example.org.\n@ SOA ns1 h (\n  1 ; "
                   "serial\n  2 3 4 5 )\n  NS ns1\nns1 A 192.0.2.1\n"
                   "_25._tcp.mx TLSA ( ",
                   half, "\n  ", rest, " ) ; ours\n")};
  for (const std::string& text : texts) {
    const CommandResult result =
        Verify({"--tlsa-file", folder.Write("records", text)});
    EXPECT_EQ(result.exit_code, 0) << text << result.errors;
    EXPECT_THAT(result.output, HasSubstr("authenticated"));
  }
}

// RFC 6698 3: a zone has records of other hosts and ports too
TEST_F(VerifyCommand, TakesTheRecordsOfItsOwnerFromAZone) {
  const Folder folder;
  const std::string good = Record(3, ca_.leaf);
  const std::string bad = Record(3, ca_.root);
  const std::string others =
      absl::StrCat("_465._tcp.mx TLSA ", good, "\n_25._tcp.mx2 TLSA ", good,
                   "\nt TLSA ", good, "\n");
  const auto zone = [&](const std::string& lines) {
    return folder.Write(
        "zone", absl::StrCat("$ORIGIN example.org.\n$TTL 60\n", others, lines));
  };
  const std::string direct =
      zone(absl::StrCat("_25._tcp.MX TLSA ", bad, "\n  TLSA ", bad, "\n"));
  EXPECT_EQ(Verify({"--tlsa-file", direct}).exit_code, 1);
  EXPECT_EQ(Verify({"--tlsa-file", direct, "--port", "465"}).exit_code, 0);
  const std::string alias =
      zone(absl::StrCat("_25._tcp.mx CNAME bad\nbad TLSA ", bad, "\n"));
  EXPECT_EQ(Verify({"--tlsa-file", alias}).exit_code, 1);
  const std::string plain = folder.Write(
      "plain", absl::StrCat("_25._tcp.mx2.example.org. TLSA ", good,
                            "\n_25._tcp.mx.example.org TLSA ", bad, "\n"));
  EXPECT_EQ(Verify({"--tlsa-file", plain}).exit_code, 1);
  const CommandResult none = Verify({"--tlsa-file", zone("")});
  EXPECT_EQ(none.exit_code, 3);
  EXPECT_THAT(none.errors,
              HasSubstr("zone: TLSA records of several owners, and none of "
                        "_25._tcp. and a --name: _25._tcp.mx2.example.org, "
                        "_465._tcp.mx.example.org, t.example.org. Say "));
}

// RFC 1035 5.1: what is refused is named, and nothing is judged that was not
// written
TEST_F(VerifyCommand, NamesTheLineOfAFileThatIsBroken) {
  const Folder folder;
  const std::string digest = Record(3, ca_.leaf).substr(6);
  const std::string half = digest.substr(1);
  const std::string origin = "$ORIGIN example.org.\n$TTL 60\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"mx.example.org. 3600 IN A 192.0.2\n", "line 1: Syntax error"},
      {"_25._tcp.mx.example.org. IN TLSA 3 1\n", "line 1: "},
      {"_25._tcp.mx.example.org. IN TLSA ( 3 1 1 0b\n", "line 1: "},
      {absl::StrCat(origin, "_25._tcp.mx TLSA 3 1 1 ", half, "\n"),
       "line 3: 63 hex digits: an odd number"},
      {absl::StrCat(origin, "\n; ours\n_25._tcp.mx TLSA ( ; key\n 300 1 1 ",
                    digest, " )\n"),
       "line 5: \"300\" is no certificate usage"},
      {absl::StrCat(origin, "_25._tcp.mx TLSA 3 1 300 ", digest, "\n"),
       "line 3: \"300\" is no matching type"},
      {absl::StrCat(origin, "_25._tcp.mx TLSA \\# 4 030101\n"), "line 3: "},
      {absl::StrCat(origin, "@ TXT \"a\"\n_25._tcp.mx TLSA 3 1 1 ", digest,
                    "\n; end\nthis is some junk\n"),
       "line 6: Syntax error"},
      {absl::StrCat("t.example.org.\n3 1 1 ", half, "\n"),
       "line 2: 63 hex digits"},
      {absl::StrCat("t.example.org.\n4711 1 1 ", half, " ab\n"),
       "line 2: \"4711\" is no certificate usage"},
  };
  for (const auto& [text, error] : cases) {
    const CommandResult result =
        Verify({"--tlsa-file", folder.Write("broken", text)});
    EXPECT_EQ(result.exit_code, 3) << text;
    EXPECT_THAT(result.errors, HasSubstr(absl::StrCat("broken: ", error)))
        << text;
  }
}

TEST_F(VerifyCommand, SaysThatAFileHasNoTlsaRecord) {
  const Folder folder;
  for (const char* text :
       {"mx.example.org. 3600 IN A 192.0.2.1\n", "; nothing\n",
        ";; ANSWER SECTION:\n_25._tcp.mx.example.org. 60 IN CNAME "
        "t.example.org.\n",
        ";; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 1\n\n"
        ";; AUTHORITY SECTION:\nexample.org. 900 IN SOA ns1.example.org. "
        "h.example.org. 1 2 3 4 5\n",
        "t.example.org.\n"}) {
    const CommandResult result =
        Verify({"--tlsa-file", folder.Write("none", text)});
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_THAT(result.errors, HasSubstr("none: there is no TLSA record"))
        << text;
  }
}

// RFC 9606, RFC 9859: newer than the ldns of Debian 12
TEST_F(VerifyCommand, PassesOverRecordsOfNewerTypes) {
  const Folder folder;
  const std::string text = absl::StrCat(
      "$ORIGIN example.org.\n@ 60 IN DSYNC CDS NOTIFY 5300 ns1\n"
      "@ RESINFO qnamemin exterr=15-17\n  in newtype a b\n"
      "_25._tcp.mx 60 IN TLSA ",
      Record(3, ca_.leaf), "\n1 60 IN DSYNC ( CDS NOTIFY\n 5300 ns1 )\n");
  const CommandResult result =
      Verify({"--tlsa-file", folder.Write("newer", text)});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
}

TEST_F(VerifyCommand, ReadsWhatDigPrintsInShort) {
  const Folder folder;
  const std::string record = Record(3, ca_.leaf);
  const std::string text = absl::StrCat(
      "t.example.org.\n", record.substr(0, record.size() - 8), " ",
      record.substr(record.size() - 8),
      "\nTLSA 13 5 60 20261224000000 20261126000000 1 example.org. AAAA "
      "BBBB\n");
  const CommandResult result =
      Verify({"--tlsa-file", folder.Write("short", text)});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
}

TEST_F(VerifyCommand, JudgesAtTheTimeGiven) {
  const std::string record = Record(2, ca_.intermediate);
  for (const char* time :
       {"2250000000", "2041-04-19", "2041-04-19T16:00:00Z"}) {
    const Json json = VerifyJson({"--tlsa", record, "--time", time});
    EXPECT_EQ(json["result"], "failed") << time;
    EXPECT_EQ(json["tlsrpt"], "certificate-expired");
  }
}

// A chain of one, and a connection to who shows it.
struct Shown {
  Json json;
  TlsOutcome connected = TlsOutcome::kFailed;
};

Shown Show(const std::string& key_type) {
  const PkeyPtr key = NewKey(key_type);
  const X509Ptr leaf =
      NewCertificate("mx.example.org", key.get(), nullptr, key.get());
  const Tlsa record = RecordFor(3, 1, 1, *leaf);
  Shown shown;
  shown.json = JsonLines(RunCommand({"verify", "--chain", "-", "--name",
                                     "mx.example.org", "--tlsa", ToText(record),
                                     "--json"},
                                    {PemOf(*leaf), {}})
                             .output)
                   .at(0);
  const SslCtxPtr context = NewTlsContext().value();
  const SslPtr ssl(SSL_new(context.get()));
  const HostVerdict host = HostWith({record});
  const TlsSetup setup =
      ConfigureTls(ssl.get(), host, TlsPurpose::kDeliver).value();
  Server server({{leaf.get()}, key.get(), 0, ""});
  server.Meet(ssl.get());
  shown.connected = JudgeTls(ssl.get(), host, setup).outcome;
  return shown;
}

TEST_F(VerifyCommand, NotesWhatNoHandshakeWouldTake) {
  for (const char* curve : {"P-224", "secp256k1"}) {
    const Shown shown = Show(curve);
    EXPECT_EQ(shown.json["result"], "authenticated") << curve;
    EXPECT_THAT(shown.json["note"].get<std::string>(), HasSubstr(curve));
    EXPECT_EQ(shown.connected, TlsOutcome::kFailed) << curve;
  }
}

// RFC 8734: from OpenSSL 3.2 on
TEST_F(VerifyCommand, NotesABrainpoolCurveWhereAHandshakeFails) {
  for (const char* curve :
       {"brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"}) {
    const Shown shown = Show(curve);
    EXPECT_EQ(shown.json["note"].is_null(),
              shown.connected == TlsOutcome::kAuthenticated)
        << curve;
  }
}

TEST_F(VerifyCommand, NotesNothingWhereAHandshakeSucceeds) {
  for (const char* type :
       {"P-256", "P-384", "P-521", "Ed25519", "RSA", "RSA-1024"}) {
    const Shown shown = Show(type);
    EXPECT_EQ(shown.json["note"], nullptr) << type;
    EXPECT_EQ(shown.connected, TlsOutcome::kAuthenticated) << type;
  }
}

TEST_F(VerifyCommand, ShowsTheNoteBelowTheResult) {
  const PkeyPtr key = NewKey("P-224");
  const X509Ptr leaf =
      NewCertificate("mx.example.org", key.get(), nullptr, key.get());
  EXPECT_THAT(
      RunCommand({"verify", "--chain", "-", "--name", "mx.example.org",
                  "--tlsa", ToText(RecordFor(3, 1, 1, *leaf))},
                 {PemOf(*leaf), {}})
          .output,
      HasSubstr("result     authenticated\n           by TLSA 0, at depth 0\n"
                "note       the server's own key is on the curve P-224"));
}

TEST_F(VerifyCommand, TakesMoreThanOneName) {
  const CommandResult result =
      RunCommand({"verify", "--chain", "-", "--name", "other.example", "--name",
                  "mx.example.org", "--tlsa", Record(2, ca_.intermediate)},
                 {PemOf(*ca_.leaf) + PemOf(*ca_.intermediate), {}});
  EXPECT_EQ(result.exit_code, 0) << result.output;
}

// RFC 7672 3.1.1, 3.1.2
TEST_F(VerifyCommand, NeedsNoNameWhereDaneEeAloneCounts) {
  const CommandInput input = {PemOf(*ca_.leaf) + PemOf(*ca_.intermediate), {}};
  const CommandResult good =
      RunCommand({"verify", "--chain", "-", "--tlsa", Record(3, ca_.leaf),
                  "--tlsa", Record(1, ca_.leaf)},
                 input);
  EXPECT_EQ(good.exit_code, 0) << good.errors;
  EXPECT_THAT(good.output, HasSubstr("names      do not count\n"));
  EXPECT_EQ(RunCommand({"verify", "--chain", "-", "--tlsa",
                        Record(3, ca_.intermediate)},
                       input)
                .exit_code,
            1);
  const CommandResult none = RunCommand(
      {"verify", "--chain", "-", "--tlsa", Record(2, ca_.intermediate)}, input);
  EXPECT_EQ(none.exit_code, 3);
  EXPECT_THAT(none.errors, HasSubstr("--name is missing: under DANE-TA(2)"));
}

// RFC 5891
TEST_F(VerifyCommand, TakesNamesInULabels) {
  const X509Ptr leaf = ca_.Leaf([] {
    Recipe recipe;
    recipe.common_name = "xn--bcher-kva.example";
    recipe.subject_alt_name = "DNS:xn--bcher-kva.example";
    return recipe;
  }());
  const CommandResult result =
      RunCommand({"verify", "--chain", "-", "--name", "bücher.example",
                  "--tlsa", Record(2, ca_.intermediate)},
                 {PemOf(*leaf) + PemOf(*ca_.intermediate), {}});
  EXPECT_EQ(result.exit_code, 0) << result.output << result.errors;
  EXPECT_THAT(result.output, HasSubstr("for xn--bcher-kva.example\n"));
}

TEST_F(VerifyCommand, SaysWhatTheRecordWouldBeWhereNoneMatches) {
  const CommandResult result = Verify({"--tlsa", Record(3, ca_.root)});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output,
              HasSubstr(absl::StrCat("would be   3 1 1\n           ",
                                     Record(3, ca_.leaf).substr(6), "\n")));
  EXPECT_EQ(
      VerifyJson({"--tlsa", Record(3, ca_.root)})["chain"][0]["spki_sha256"],
      Record(3, ca_.leaf).substr(6));
  EXPECT_THAT(Verify({"--tlsa", Record(3, ca_.leaf)}).output,
              Not(HasSubstr("would be")));
}

TEST_F(VerifyCommand, SaysWhatARecordWasMadeOf) {
  const Json json = VerifyJson(
      {"--tlsa",
       "3 1 1 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
       "--tlsa", Record(2, ca_.leaf)});
  EXPECT_THAT(json["tlsa"][0]["text"].get<std::string>(),
              HasSubstr("matches no certificate: it is the SHA2-256 digest of "
                        "nothing"));
  EXPECT_EQ(json["tlsa"][1]["text"],
            "matches certificate 0, but DANE-TA(2) is for an authority above "
            "certificate 0");
  EXPECT_THAT(json["why"].get<std::string>(),
              HasSubstr("record 1 (2 1 1) matches certificate 0, but"));
}

// RFC 8446 4.4.2: a server's own comes first
TEST_F(VerifyCommand, SaysSoWhereTheIssuerStandsFirst) {
  const CommandInput turned = {PemOf(*ca_.intermediate) + PemOf(*ca_.leaf), {}};
  const std::vector<std::string> arguments = {
      "verify", "--chain",          "-", "--name", "mx.example.org",
      "--tlsa", Record(3, ca_.leaf)};
  const CommandResult result = RunCommand(arguments, turned);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(
      result.output,
      AllOf(HasSubstr("note       the server's certificate is chain 1, "
                      "CN=mx.example.org"),
            HasSubstr(absl::StrCat("would be   3 1 1\n           ",
                                   Record(3, ca_.leaf).substr(6), "\n"))));
  EXPECT_EQ(VerifyJson({"--tlsa", Record(3, ca_.leaf)})["note"], nullptr);
}

// RFC 2315, RFC 7292
TEST_F(VerifyCommand, NamesAContainerThatIsNotRead) {
  const auto errors = [&](const std::string& file) {
    return RunCommand({"verify", "--chain", "-", "--tlsa", Record(3, ca_.leaf)},
                      {file, {}})
        .errors;
  };
  EXPECT_THAT(errors(Pkcs12Of(*ca_.leaf, *ca_.leaf_key)),
              HasSubstr("-: PKCS #12, which is not read: openssl pkcs12"));
  EXPECT_THAT(errors(Pkcs7Of(*ca_.leaf)),
              HasSubstr("-: PKCS #7, which is not read: openssl pkcs7"));
  EXPECT_THAT(errors(PemOfPublic(ca_.leaf_key.get())),
              HasSubstr("-: a public key; the certificates of a server"));
}

TEST_F(VerifyCommand, ComparesAKeyBesideTheCertificates) {
  const Folder folder;
  const auto verify = [&](const std::string& key) {
    const std::string file = folder.Write("mx.pem", PemOf(*ca_.leaf) + key);
    EXPECT_EQ(chmod(file.c_str(), 0644), 0);
    return RunCommand(
        {"verify", "--chain", file, "--tlsa", Record(3, ca_.leaf)});
  };
  const CommandResult own = verify(PemOfPrivate(ca_.leaf_key.get()));
  EXPECT_EQ(own.exit_code, 0);
  EXPECT_THAT(own.errors,
              HasSubstr("mx.pem: everybody can read this private key"));
  const CommandResult other = verify(PemOfPrivate(ca_.root_key.get()));
  EXPECT_EQ(other.exit_code, 3);
  EXPECT_THAT(other.errors,
              HasSubstr("mx.pem: PEM block 2, PRIVATE KEY: it is of none of "
                        "the certificates beside it"));
  EXPECT_EQ(verify("").errors, "");
}

// RFC 6698 3
TEST_F(VerifyCommand, TakesPortsFromNames) {
  const Folder folder;
  const std::string good = Record(3, ca_.leaf);
  const std::string bad = Record(3, ca_.root);
  const std::string zone = folder.Write(
      "zone",
      absl::StrCat("_25._tcp.mx.example.org. TLSA ", bad,
                   "\n_465._tcp.mx.example.org. TLSA ", good,
                   "\n_465._tcp.xn--bcher-kva.example. TLSA ", bad, "\n"));
  const auto verify = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {"verify", "--chain", "-", "--tlsa-file", zone});
    return RunCommand(arguments, {PemOf(*ca_.leaf), {}});
  };
  for (const char* name : {"mx.example.org:465", "_465._tcp.mx.example.org",
                           "mx.example.org:submissions"}) {
    const CommandResult result = verify({"--name", name});
    EXPECT_EQ(result.exit_code, 0) << name << result.errors;
    EXPECT_THAT(result.output, HasSubstr("names      mx.example.org\n"));
  }
  EXPECT_EQ(verify({"--name", "_25._tcp.mx.example.org"}).exit_code, 1);
  EXPECT_EQ(verify({"--name", "bücher.example:465"}).exit_code, 1);
  EXPECT_EQ(verify({"--name", "mx.example.org:465", "--name", "example.org"})
                .exit_code,
            0);
  for (const std::vector<std::string>& conflict :
       {std::vector<std::string>{"--name", "mx.example.org:465", "--port",
                                 "25"},
        {"--name", "mx.example.org:465", "--name", "example.org:25"}}) {
    const CommandResult result = verify(conflict);
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_THAT(result.errors, HasSubstr("the records of one are judged"));
  }
  EXPECT_THAT(verify({"--name", "_25._udp.mx.example.org"}).errors,
              HasSubstr("mail goes over TCP"));
}

TEST_F(VerifyCommand, PrintsADocumentAtAnError) {
  const CommandResult result =
      RunCommand({"verify", "--chain", "/no/such.pem", "--tlsa",
                  Record(3, ca_.leaf), "--json"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(JsonLines(result.output).at(0)["error"],
            "/no/such.pem: No such file or directory");
}

// Whatever else is wrong, a missing file is what has to be mended first.
TEST_F(VerifyCommand, NamesAMissingChainFirst) {
  for (const char* record : {"3 1 1 abc", "2 1 1"}) {
    const CommandResult result =
        RunCommand({"verify", "--chain", "/no/such.pem", "--name", "a..b",
                    "--tlsa", record});
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_THAT(result.errors, HasSubstr("/no/such.pem: No such file"));
  }
}

TEST_F(VerifyCommand, RefusesWhatItCannotUse) {
  const std::string record = Record(3, ca_.leaf);
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"--tlsa", "3 1 1 abc"}, "--tlsa: line 1: "},
      {{"--tlsa-file", "/no/such"}, "/no/such: No such file"},
      {{}, "--tlsa or --tlsa-file"},
      {{"--tlsa", record, "--time", "never"}, "--time: never is no time"},
      {{"--tlsa", record, "--chain", "/no/such"}, "--chain"},
  };
  for (const auto& [arguments, error] : cases) {
    const CommandResult result = Verify(arguments);
    EXPECT_EQ(result.exit_code, 3) << error;
    EXPECT_EQ(result.output, "");
    EXPECT_THAT(result.errors, HasSubstr(error));
  }
  const CommandResult junk =
      RunCommand({"verify", "--chain", "-", "--name", "a", "--tlsa", record},
                 {"-----BEGIN CERTIFICATE-----\nAAAA\n", {}});
  EXPECT_EQ(junk.exit_code, 3);
  EXPECT_THAT(junk.errors, HasSubstr("danebound: "));
}

// But for the records, which are whole here: the output is no terminal.
TEST_F(VerifyCommand, FitsALineOf80Columns) {
  const CommandResult result =
      Verify({"--tlsa", ToText(RecordFor(3, 0, 0, *ca_.leaf)), "--tlsa",
              Record(3, ca_.root)});
  for (const absl::string_view line : absl::StrSplit(result.output, '\n')) {
    if (absl::StartsWith(line, "TLSA ")) continue;
    EXPECT_LE(line.size(), 80U) << line;
  }
}

}  // namespace
}  // namespace danebound
