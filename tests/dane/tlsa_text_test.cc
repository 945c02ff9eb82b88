// TLSA records as text.
#include "stub/dane/tlsa_text.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kDigest(64, 'a');

std::vector<std::string> RdataOf(const std::string& text) {
  const auto records = ReadTlsaRecords(text);
  EXPECT_TRUE(records.ok()) << records.status();
  std::vector<std::string> hex;
  for (const TlsaText& record : records.value_or(std::vector<TlsaText>())) {
    hex.push_back(absl::BytesToHexString(record.rdata));
  }
  return hex;
}

std::string ErrorOf(const std::string& text) {
  const auto records = ReadTlsaRecords(text);
  EXPECT_EQ(records.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(records.status().message());
}

// RFC 6698 2.2
TEST(ReadTlsaRecords, TakesRdataAlone) {
  EXPECT_THAT(RdataOf("3 1 1 " + kDigest), ElementsAre("030101" + kDigest));
  EXPECT_THAT(RdataOf("2 0 2 0B9f 00"), ElementsAre("0200020b9f00"));
}

// RFC 6698 2.2
TEST(ReadTlsaRecords, TakesLinesOfAZoneFile) {
  EXPECT_THAT(
      RdataOf("$TTL 3600\n"
              "; the old key\n"
              "_25._tcp.mx.example. 1h IN TLSA 3 1 1 0a\n"
              "\n"
              "          3600 TLSA 3 1 1 0b ; the new one\n"
              "_25._tcp  IN CLASS1 tlsa 3 1 1 0c\r\n"
              "IN TLSA 3 1 1 0d\n"
              "tlsa TLSA 3 1 1 0e\n"),
      ElementsAre("0301010a", "0301010b", "0301010c", "0301010d", "0301010e"));
}

TEST(ReadTlsaRecords, TellsOwnerAndLine) {
  const auto records = ReadTlsaRecords(
      "\n_25._tcp.MX.example. IN TLSA 3 1 1 (\n 0a\n )\n3 1 1 0b\n");
  ASSERT_EQ(records->size(), 2U);
  EXPECT_EQ(records->at(0).owner, "_25._tcp.MX.example.");
  EXPECT_EQ(records->at(0).line, 2U);
  EXPECT_EQ(records->at(1).owner, "");
  EXPECT_EQ(records->at(1).line, 5U);
}

TEST(ReadTlsaRecords, GoesOnOverLinesInParentheses) {
  EXPECT_THAT(RdataOf("x. TLSA 3 1 1 (0a ; half\n\n  0b) \n3 1 1 (0c)"),
              ElementsAre("0301010a0b", "0301010c"));
}

// RFC 3597 5
TEST(ReadTlsaRecords, TakesTheGenericForm) {
  EXPECT_THAT(RdataOf("_25._tcp.mx. IN TYPE52 \\# 5 03 01010a0b\n"
                      "\\# 2 0301\n\\# 0\n"),
              ElementsAre("0301010a0b", "0301", ""));
}

// RFC 7218 2
TEST(ReadTlsaRecords, TakesNamesInAnyCase) {
  EXPECT_THAT(RdataOf("DANE-EE SPKI SHA2-256 0a\n"
                      "dane-ta cert full 0b\n"
                      "PKIX-TA 1 sha2-512 0c\n"
                      "pkix-ee 0 PrivMatch 0d"),
              ElementsAre("0301010a", "0200000b", "0001020c", "0100ff0d"));
}

TEST(ReadTlsaRecords, FindsNoneInABlankText) {
  EXPECT_THAT(RdataOf(""), IsEmpty());
  EXPECT_THAT(RdataOf("\n ; nothing\n"), IsEmpty());
}

TEST(ReadTlsaRecords, NamesLineAndFault) {
  EXPECT_THAT(ErrorOf("3 1 1 0a\n\n4711 1 1 0a"),
              HasSubstr("line 3: \"4711\" is no certificate usage: 0 to 255, "
                        "or PKIX-TA, PKIX-EE, DANE-TA, DANE-EE, PrivCert"));
  EXPECT_THAT(ErrorOf("3 key 1 0a"), HasSubstr("\"key\" is no selector"));
  EXPECT_THAT(ErrorOf("3 1 -1 0a"), HasSubstr("\"-1\" is no matching type"));
  EXPECT_THAT(ErrorOf("3 1 1"), HasSubstr("line 1: no record"));
  EXPECT_THAT(ErrorOf("mx.example. IN MX 10 mail"),
              HasSubstr("\"mx.example.\" is no certificate usage"));
  EXPECT_THAT(ErrorOf("a. b. TLSA 3 1 1 0a"),
              HasSubstr("\"b.\" is no TTL or class"));
  EXPECT_THAT(ErrorOf(std::string(1000, 'x') + " 1 1 0a"),
              HasSubstr(std::string(40, 'x') + "…\""));
}

TEST(ReadTlsaRecords, RefusesDataThatIsNoHex) {
  EXPECT_THAT(ErrorOf("3 1 1 0a0"), HasSubstr("3 hex digits: an odd number"));
  EXPECT_THAT(ErrorOf("3 1 1 0g"), HasSubstr("\"g\" among the data"));
  EXPECT_THAT(ErrorOf("3 1 1 " + std::string(2 * 65533, 'a')),
              HasSubstr("more than 65532 octets"));
}

// RFC 3597 5
TEST(ReadTlsaRecords, RefusesAGenericFormOfAnotherLength) {
  EXPECT_THAT(ErrorOf("\\# 3 0301"),
              HasSubstr("\"\\# 3\" is followed by 2 octets"));
  EXPECT_THAT(ErrorOf("\\# x 0301"), HasSubstr("not followed by a length"));
  EXPECT_THAT(ErrorOf("\\#"), HasSubstr("not followed by a length"));
}

TEST(ReadTlsaRecords, RefusesParenthesesThatDoNotPair) {
  EXPECT_THAT(ErrorOf("3 1 1 (0a\n0b"),
              HasSubstr("line 1: the parenthesis is not closed"));
  EXPECT_THAT(ErrorOf("3 1 1 0a\n3 1 1 0b)"),
              HasSubstr("line 2: a stray \")\""));
  EXPECT_THAT(ErrorOf("3 1 1 ((0a))"), HasSubstr("line 1: a stray \"(\""));
}

TEST(ReadTlsaRecords, BoundsTheText) {
  EXPECT_EQ(
      ReadTlsaRecords(std::string(kMostTlsaText + 1, '\n')).status().code(),
      absl::StatusCode::kOutOfRange);
}

// RFC 7218 2
TEST(TlsaParameters, AreWrittenAsNumbersAndAsNames) {
  EXPECT_EQ(ToText(TlsaParameters()), "3 1 1");
  EXPECT_EQ(ToNames(TlsaParameters()), "DANE-EE SPKI SHA2-256");
  EXPECT_EQ(ToNames({0, 0, 0}), "PKIX-TA Cert Full");
  EXPECT_EQ(ToNames({4, 255, 3}), "4 PrivSel 3");
  EXPECT_EQ(*ParseTlsaParameters(" DANE-ta  0 sha2-512"),
            (TlsaParameters{2, 0, 2}));
  EXPECT_FALSE(ParseTlsaParameters("3 1").ok());
}

// RFC 3597 5
TEST(GenericText, IsReadBack) {
  const std::string rdata("\x03\x01\x01\x0a", 4);
  EXPECT_EQ(ToGenericText(rdata), "\\# 4 0301010a");
  EXPECT_EQ(ToGenericText(""), "\\# 0");
  EXPECT_EQ(ReadTlsaRecords(ToGenericText(rdata))->at(0).rdata, rdata);
}

}  // namespace
}  // namespace danebound
