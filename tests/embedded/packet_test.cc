#include "stub/embedded/packet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "stub/dane/rr_type.h"
#include "tests/embedded/octets.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// An MX answer as Unbound packs it: names point back wherever they can.
MessageParts MxAnswer() {
  MessageParts parts;
  parts.name = "a.example";
  // "\2mx" and a pointer to "a.example"; then a pointer to that very name.
  const std::string host = absl::StrCat("\x02mx", QuestionPointer());
  parts.answer = {
      Record(QuestionPointer(), kMx, 300, absl::StrCat(U16(10), host)),
      Record(QuestionPointer(), kRrsig, 300, RrsigRdata(kMx, 300, 2000000000)),
  };
  parts.authority = {Record(QuestionPointer(), kNs, 300, host)};
  parts.additional = {Record(host, kA, 300, std::string("\xc0\0\2\1", 4)),
                      Record(WireName("."), kOpt, 0, "", 1232)};
  return parts;
}

std::string FaultOf(const std::string& octets) {
  const absl::StatusOr<Packet> packet = ParsePacket(octets);
  EXPECT_EQ(packet.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(packet.status().message());
}

// A message whose only answer is an A record owned by `owner`, octets at
// position 27 of the message.
std::string WithOwner(absl::string_view owner) {
  MessageParts parts;
  parts.name = "a.example";
  parts.answer = {Record(owner, kA, 60, "abcd")};
  return MessageOctets(parts);
}
constexpr char kOwnerPosition = 27;

TEST(ParsePacket, ReadsHeaderQuestionAndSections) {
  const absl::StatusOr<Packet> packet = ParsePacket(MessageOctets(MxAnswer()));
  ASSERT_TRUE(packet.ok()) << packet.status();
  EXPECT_EQ(packet->rcode, kRcodeNoError);
  EXPECT_TRUE(packet->response);
  EXPECT_FALSE(packet->truncated);
  EXPECT_EQ(packet->question, Name::ParseText("a.example").value());
  EXPECT_EQ(packet->question_type, kMx);
  ASSERT_THAT(packet->answer, SizeIs(2));
  EXPECT_EQ(packet->answer[0].ttl, 300U);
  EXPECT_THAT(packet->authority, SizeIs(1));
}

TEST(ParsePacket, ReadsRcodeAndTruncationBit) {
  MessageParts parts;
  parts.name = "a.example";
  parts.flags = kResponse | kTruncated | 5;
  const absl::StatusOr<Packet> packet = ParsePacket(MessageOctets(parts));
  ASSERT_TRUE(packet.ok()) << packet.status();
  EXPECT_EQ(packet->rcode, 5);
  EXPECT_TRUE(packet->truncated);
}

// RFC 1035 4.1.4
TEST(ParsePacket, UncompressesNamesInMx) {
  const absl::StatusOr<Packet> packet = ParsePacket(MessageOctets(MxAnswer()));
  ASSERT_TRUE(packet.ok()) << packet.status();
  EXPECT_EQ(packet->answer[0].owner, Name::ParseText("a.example").value());
  EXPECT_EQ(packet->answer[0].rdata,
            absl::StrCat(U16(10), WireName("mx.a.example")));
}

TEST(ParsePacket, UncompressesNamesInCnameNsAndDname) {
  for (const uint16_t type : {kCname, kTypeNs, kDname}) {
    MessageParts parts;
    parts.name = "a.example";
    parts.answer = {Record(QuestionPointer(), type, 60,
                           absl::StrCat("\x01"
                                        "B",
                                        QuestionPointer()))};
    const absl::StatusOr<Packet> packet = ParsePacket(MessageOctets(parts));
    ASSERT_TRUE(packet.ok()) << packet.status();
    EXPECT_EQ(packet->answer[0].rdata, WireName("b.a.example"));
  }
}

// RFC 3597 4: only names in well-known types are compressed.
TEST(ParsePacket, LeavesOtherRdataAsItIs) {
  MessageParts parts;
  parts.name = "a.example";
  parts.type = kTlsa;
  parts.answer = {Record(QuestionPointer(), kTlsa, 60, "\xc0\x0c\xc0\x0c")};
  const absl::StatusOr<Packet> packet = ParsePacket(MessageOctets(parts));
  ASSERT_TRUE(packet.ok()) << packet.status();
  EXPECT_EQ(packet->answer[0].rdata, "\xc0\x0c\xc0\x0c");
}

TEST(ParsePacket, TakesTlsaOfAnySize) {
  for (const size_t size : {0, 1, 2, 3, 4, 35, 60000}) {
    MessageParts parts;
    parts.name = "_25._tcp.mx.example";
    parts.type = kTlsa;
    const std::string rdata(size, '\3');
    parts.answer = {Record(QuestionPointer(), kTlsa, 60, rdata)};
    const absl::StatusOr<Packet> packet = ParsePacket(MessageOctets(parts));
    ASSERT_TRUE(packet.ok()) << packet.status();
    EXPECT_EQ(packet->answer[0].rdata, rdata);
  }
}

TEST(ParsePacket, LeavesOutRecordsOfOtherClasses) {
  MessageParts parts;
  parts.name = "a.example";
  parts.answer = {Record(QuestionPointer(), kA, 60, "abcd", 3)};
  const absl::StatusOr<Packet> packet = ParsePacket(MessageOctets(parts));
  ASSERT_TRUE(packet.ok()) << packet.status();
  EXPECT_THAT(packet->answer, IsEmpty());
}

// RFC 2181 8
TEST(ParsePacket, TakesTtlWithTheTopBitAsZero) {
  MessageParts parts;
  parts.name = "a.example";
  parts.answer = {Record(QuestionPointer(), kA, 0x80000000, "abcd"),
                  Record(QuestionPointer(), kA, 0x7fffffff, "abcd")};
  const absl::StatusOr<Packet> packet = ParsePacket(MessageOctets(parts));
  ASSERT_TRUE(packet.ok()) << packet.status();
  EXPECT_EQ(packet->answer[0].ttl, 0U);
  EXPECT_EQ(packet->answer[1].ttl, 0x7fffffffU);
}

TEST(ParsePacket, RefusesEveryTruncation) {
  const std::string whole = MessageOctets(MxAnswer());
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(ParsePacket(whole.substr(0, size)).ok()) << size;
  }
}

TEST(ParsePacket, NamesSectionAndRecordThatIsCutOff) {
  const std::string whole = MessageOctets(MxAnswer());
  EXPECT_THAT(FaultOf(whole.substr(0, 40)),
              HasSubstr("record 1 of 2 in the answer section"));
  EXPECT_THAT(FaultOf(whole.substr(0, 5)), HasSubstr("question"));
}

TEST(ParsePacket, RefusesOctetsAfterTheLastRecord) {
  EXPECT_THAT(FaultOf(MessageOctets(MxAnswer()) + "x"),
              HasSubstr("follow the last record"));
}

TEST(ParsePacket, RefusesAllButOneQuestionOfClassIn) {
  std::string octets = MessageOctets(MxAnswer());
  octets[5] = 0;
  EXPECT_THAT(FaultOf(octets), HasSubstr("question"));
  octets[5] = 2;
  EXPECT_FALSE(ParsePacket(octets).ok());
  octets = WithOwner(QuestionPointer());
  octets[kOwnerPosition - 1] = 3;
  EXPECT_THAT(FaultOf(octets), HasSubstr("question"));
}

TEST(ParsePacket, RefusesPointersThatDoNotGoBack) {
  const std::string to_itself = {'\xc0', kOwnerPosition};
  const std::string forward = {'\xc0', kOwnerPosition + 2};
  // A label, and then a pointer to that label.
  const std::string loop = {'\1', 'x', '\xc0', kOwnerPosition};
  for (const std::string& owner : {to_itself, forward, loop}) {
    EXPECT_THAT(FaultOf(WithOwner(owner)), HasSubstr("record 1 of 1"));
  }
}

TEST(ParsePacket, RefusesReservedLabelTypes) {
  EXPECT_FALSE(ParsePacket(WithOwner(std::string("\x40"
                                                 "a\0",
                                                 3)))
                   .ok());
  EXPECT_FALSE(ParsePacket(WithOwner(std::string("\x80"
                                                 "a\0",
                                                 3)))
                   .ok());
}

TEST(ParsePacket, RefusesNamesOfMoreThan255Octets) {
  const std::string label = absl::StrCat("\x3f", std::string(63, 'a'));
  // With the eleven octets of "a.example" 255 in all, and one more.
  const std::string run = absl::StrCat(label, label, label);
  const std::string longest =
      absl::StrCat(run, "\x33", std::string(51, 'b'), QuestionPointer());
  const std::string too_long =
      absl::StrCat(run, "\x34", std::string(52, 'b'), QuestionPointer());
  EXPECT_TRUE(ParsePacket(WithOwner(longest)).ok());
  EXPECT_FALSE(ParsePacket(WithOwner(too_long)).ok());
}

TEST(ParsePacket, RefusesNamesMadeOfEndlessPointers) {
  // RDATA of 16000 octets of pointers, each to the one before it; the next
  // owner points at the last.
  std::string chain;
  const size_t start = kOwnerPosition + 2 + 10;
  for (size_t at = start; at < 16000; at += 2) {
    const size_t target = at == start ? 12 : at - 2;
    chain += U16(static_cast<uint16_t>(0xc000 | target));
  }
  const size_t last = start + chain.size() - 2;
  MessageParts parts;
  parts.name = "a.example";
  parts.answer = {
      Record(QuestionPointer(), kTlsa, 60, chain),
      Record(U16(static_cast<uint16_t>(0xc000 | last)), kA, 60, "abcd")};
  EXPECT_THAT(FaultOf(MessageOctets(parts)), HasSubstr("record 2 of 2"));
}

TEST(ParsePacket, RefusesRdataThatDoesNotEndWhereItsNameDoes) {
  const std::string host = WireName("mx.example");
  for (const std::string& rdata :
       {absl::StrCat(U16(10), host, "x"),
        absl::StrCat(U16(10), host.substr(0, 5)), U16(10), std::string()}) {
    MessageParts parts;
    parts.name = "a.example";
    parts.answer = {Record(QuestionPointer(), kMx, 60, rdata),
                    Record(QuestionPointer(), kA, 60, "abcd")};
    EXPECT_THAT(FaultOf(MessageOctets(parts)), HasSubstr("record 1 of 2"));
  }
}

// Runs under sanitizers too: no octet may lead out of the message.
TEST(ParsePacket, SurvivesEveryChangeOfOneOctet) {
  const std::string whole = MessageOctets(MxAnswer());
  size_t parsed = 0;
  for (size_t at = 0; at < whole.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = whole;
      changed[at] = static_cast<char>(value);
      parsed += ParsePacket(changed).ok();
    }
  }
  EXPECT_GT(parsed, whole.size());
}

}  // namespace
}  // namespace danebound
