#include "stub/openssl/mismatch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "made_certificates.h"
#include "stub/dane/hex.h"
#include "stub/openssl/association.h"

namespace danebound {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A leaf and the authority that issued it.
struct Made {
  PkeyPtr authority_key = NewKey();
  PkeyPtr leaf_key = NewKey();
  X509Ptr authority = NewCertificate("CA", authority_key.get(), nullptr,
                                     authority_key.get(), /*is_ca=*/true);
  X509Ptr leaf = NewCertificate("mx.example", leaf_key.get(), authority.get(),
                                authority_key.get());
};

const Made& Chain() {
  static const Made made;
  return made;
}

ShownChain Shown() { return {Chain().leaf.get(), Chain().authority.get()}; }

std::string Rdata(uint8_t usage, uint8_t selector, uint8_t matching,
                  const std::string& data) {
  return std::string({static_cast<char>(usage), static_cast<char>(selector),
                      static_cast<char>(matching)}) +
         data;
}

Tlsa RecordOf(uint8_t usage, uint8_t selector, uint8_t matching,
              const std::string& data) {
  return JudgeTlsa({Rdata(usage, selector, matching, data)})[0];
}

std::string DigestOf(const std::string& octets, const EVP_MD* type) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  EVP_Digest(octets.data(), octets.size(),
             reinterpret_cast<unsigned char*>(digest.data()), &size, type,
             nullptr);
  digest.resize(size);
  return digest;
}

std::string Sha256(const std::string& octets) {
  return DigestOf(octets, EVP_sha256());
}

std::string Data(const X509& certificate, uint8_t selector, uint8_t matching) {
  return AssociationData(certificate, selector, matching).value();
}

std::string MistakeIn(const Tlsa& record, const ShownChain& chain) {
  return Mistakes(chain).In(record);
}

// The digest that a pipe gives whose first command failed.
TEST(Mistake, IsADigestOfNothing) {
  EXPECT_THAT(
      MistakeIn(RecordOf(3, 1, 1,
                         ParseHex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4"
                                  "649b934ca495991b7852b855")),
                Shown()),
      HasSubstr("is the SHA2-256 digest of nothing"));
  EXPECT_THAT(MistakeIn(RecordOf(3, 1, 2, DigestOf("\n", EVP_sha512())), {}),
              HasSubstr("is the SHA2-512 digest of nothing"));
}

TEST(Mistake, IsTheOtherSelector) {
  const X509& leaf = *Chain().leaf;
  EXPECT_EQ(MistakeIn(RecordOf(3, 0, 1, Data(leaf, 1, 1)), Shown()),
            "is the SHA2-256 digest of the key of certificate 0, under "
            "selector Cert(0)");
  EXPECT_EQ(MistakeIn(RecordOf(3, 1, 1, Data(leaf, 0, 1)), Shown()),
            "is the SHA2-256 digest of certificate 0, under selector SPKI(1)");
}

TEST(Mistake, IsPemText) {
  const std::string pem = PemOf(*Chain().leaf);
  for (const std::string& text : {pem, pem.substr(0, pem.size() - 1),
                                  absl::StrReplaceAll(pem, {{"\n", "\r\n"}})}) {
    EXPECT_EQ(MistakeIn(RecordOf(3, 0, 1, Sha256(text)), Shown()),
              "is the SHA2-256 digest of the PEM text of certificate 0, not of "
              "the DER octets that count");
  }
  EXPECT_THAT(
      MistakeIn(RecordOf(3, 1, 1, Sha256(PemOfPublic(Chain().leaf_key.get()))),
                Shown()),
      HasSubstr("the PEM text of the key of certificate 0"));
  EXPECT_THAT(
      MistakeIn(RecordOf(3, 0, 1, Sha256(pem + PemOf(*Chain().authority))),
                Shown()),
      HasSubstr("the PEM file of the chain"));
}

TEST(Mistake, IsAnotherDigestThanTheMatchingTypeSays) {
  const X509& leaf = *Chain().leaf;
  EXPECT_EQ(MistakeIn(RecordOf(3, 1, 1, Data(leaf, 1, 2)), Shown()),
            "is the SHA2-512 digest of the key of certificate 0, under "
            "matching type 1");
  EXPECT_EQ(
      MistakeIn(RecordOf(3, 1, 1, DigestOf(Data(leaf, 1, 0), EVP_sha1())),
                Shown()),
      "is the SHA-1 digest of the key of certificate 0, under matching type "
      "1");
  EXPECT_EQ(MistakeIn(RecordOf(3, 1, 1, std::string(64, '\1')), Shown()),
            "has the length of a SHA2-512 digest, under matching type 1");
  EXPECT_EQ(MistakeIn(RecordOf(3, 1, 2, std::string(32, '\1')), Shown()),
            "has the length of a SHA2-256 digest, under matching type 2");
  EXPECT_EQ(MistakeIn(RecordOf(3, 1, 1, Data(leaf, 1, 0)), Shown()),
            "holds the whole of the key of certificate 0, under selector 1 and "
            "matching type 1");
  EXPECT_EQ(
      MistakeIn(RecordOf(3, 1, 1, absl::BytesToHexString(Data(leaf, 1, 1))),
                Shown()),
      "is the SHA2-256 digest of the key of certificate 0, as "
      "hexadecimal text");
}

TEST(Mistake, IsNoneThatIsKnown) {
  EXPECT_EQ(MistakeIn(RecordOf(3, 1, 1, std::string(32, '\1')), Shown()), "");
}

std::string WhyFor(const std::vector<std::string>& rdata) {
  return WhyNoMatch(JudgeTlsa(rdata), Shown());
}

// RFC 7671 5.1, 5.2, 9; RFC 7672 3.1.3
TEST(WhyNoMatch, NamesRecordsThatMatchAndMayNot) {
  const X509& leaf = *Chain().leaf;
  const X509& authority = *Chain().authority;
  EXPECT_EQ(WhyFor({Rdata(2, 1, 1, Data(leaf, 1, 1))}),
            "record 0 (2 1 1) matches certificate 0, but DANE-TA(2) is of an "
            "authority, not of the server's own");
  EXPECT_EQ(WhyFor({Rdata(3, 1, 1, Data(authority, 1, 1))}),
            "record 0 (3 1 1) matches certificate 1, but DANE-EE(3) is of the "
            "server's own, certificate 0");
  EXPECT_EQ(WhyFor({Rdata(1, 1, 1, Data(leaf, 1, 1))}),
            "record 0 (1 1 1) matches certificate 0, but is unusable for SMTP "
            "(pkix-usage)");
  EXPECT_THAT(WhyFor({Rdata(3, 1, 2, std::string(64, '\1')),
                      Rdata(3, 1, 1, Data(leaf, 1, 1))}),
              HasSubstr("record 1 (3 1 1) matches certificate 0, but does not "
                        "count beside a record with a stronger digest"));
  // The root of another chain, which the server sends along.
  const Identity other = NewIdentity("other root");
  ShownChain chain = Shown();
  chain.push_back(other.certificate.get());
  EXPECT_EQ(
      WhyNoMatch(JudgeTlsa({Rdata(2, 1, 1, Data(*other.certificate, 1, 1))}),
                 chain),
      "record 0 (2 1 1) matches certificate 2, but it issued none of "
      "those that lead to the server's own");
}

TEST(WhyNoMatch, IsShortWhateverTheRecords) {
  const std::string why = WhyFor(std::vector<std::string>(
      1000, Rdata(1, 1, 1, Data(*Chain().leaf, 1, 1))));
  EXPECT_LT(why.size(), 1000U);
  EXPECT_THAT(why, HasSubstr("; and more"));
}

double ThreadSeconds() {
  timespec time = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_nsec) / 1e9;
}

double SecondsFor(size_t records, const ShownChain& chain) {
  const std::vector<Tlsa> judged = JudgeTlsa(
      std::vector<std::string>(records, Rdata(3, 1, 1, std::string(32, '\1'))));
  const double start = ThreadSeconds();
  WhyNoMatch(judged, chain);
  return ThreadSeconds() - start;
}

// Both may be many, and are a stranger's: an MTA waits for this.
TEST(WhyNoMatch, TakesTimeForRecordsAndForCertificatesNotForEachPair) {
  const ShownChain many(100, Chain().leaf.get());
  SecondsFor(1, many);  // what OpenSSL loads once
  EXPECT_LT(SecondsFor(1800, many), 8 * SecondsFor(1, many));
}

TEST(WhyNoMatch, LooksAtTheFirstHundredCertificates) {
  ShownChain chain(100, Chain().leaf.get());
  chain.push_back(Chain().authority.get());
  const std::vector<Tlsa> records =
      JudgeTlsa({Rdata(3, 1, 1, Data(*Chain().authority, 1, 1))});
  EXPECT_EQ(WhyNoMatch(records, chain),
            "no certificate of the chain matches a TLSA record");
  chain.erase(chain.begin());
  EXPECT_THAT(WhyNoMatch(records, chain), HasSubstr("matches certificate 99"));
}

// RFC 6698 2.1.3, RFC 7672 3.1.3
TEST(WhyUnusable, SaysOfEachRecordWhyAndHowThatCame) {
  const std::vector<Tlsa> records =
      JudgeTlsa({Rdata(3, 1, 1, Data(*Chain().leaf, 1, 2)),
                 Rdata(1, 1, 1, Data(*Chain().leaf, 1, 1)),
                 Rdata(4, 1, 1, std::string(32, '\1'))});
  const ShownChain chain = {Chain().leaf.get()};
  EXPECT_EQ(WhyUnusable(records, chain),
            "record 0 (3 1 1) is unusable (wrong-digest-length): it is the "
            "SHA2-512 digest of the key of certificate 0, under matching type "
            "1; record 1 (1 1 1) is unusable (pkix-usage): it is the SHA2-256 "
            "digest of the key of certificate 0; "
            "record 2 (4 1 1) is unusable (unknown-usage)");
  EXPECT_THAT(WhyUnusable(records, {}),
              HasSubstr("has the length of a SHA2-512 digest"));
}

TEST(WhyNoMatch, SaysThatNoneMatchesOnlyWhereNoneDoes) {
  const std::string none = "no certificate of the chain matches a TLSA record";
  EXPECT_EQ(WhyFor({Rdata(3, 1, 1, std::string(32, '\1'))}), none);
  EXPECT_EQ(WhyFor({Rdata(3, 1, 1, Sha256(""))}),
            none +
                "; record 0 (3 1 1) is the SHA2-256 digest of nothing: what "
                "made it read an empty input");
  EXPECT_THAT(WhyFor({Rdata(2, 1, 1, Data(*Chain().leaf, 1, 1)),
                      Rdata(3, 1, 1, Sha256(""))}),
              AllOf(Not(HasSubstr(none)), HasSubstr("digest of nothing")));
}

}  // namespace
}  // namespace danebound
