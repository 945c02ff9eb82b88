#include "stub/wire/frame.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/wire/messages.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;

std::string Octets(std::initializer_list<int> octets) {
  std::string text;
  for (const int octet : octets) text.push_back(static_cast<char>(octet));
  return text;
}

absl::StatusCode CodeOfTake(const std::string& octets) {
  absl::string_view rest = octets;
  return TakeFrame(&rest).status().code();
}

TEST(TakeFrame, WaitsForEveryMissingOctet) {
  for (const auto& [name, example] : Examples()) {
    const std::string whole = OctetsOf(example);
    for (size_t size = 0; size < whole.size(); ++size) {
      absl::string_view rest(whole.data(), size);
      const auto frame = TakeFrame(&rest);
      ASSERT_TRUE(frame.ok()) << name << " cut to " << size;
      EXPECT_FALSE(frame->has_value()) << name << " cut to " << size;
      EXPECT_EQ(rest.size(), size);
    }
  }
}

TEST(TakeFrame, LeavesTheNextFrame) {
  const std::string first = EncodeFrame(1, StatsRequest()).value();
  const std::string second = EncodeFrame(2, SelfTestRequest()).value();
  const std::string both = absl::StrCat(first, second);
  absl::string_view rest = both;
  EXPECT_EQ(TakeFrame(&rest).value()->id, 1);
  EXPECT_EQ(rest, second);
  EXPECT_EQ(TakeFrame(&rest).value()->id, 2);
  EXPECT_EQ(rest, "");
}

TEST(TakeFrame, RefusesALengthBelowTheHead) {
  EXPECT_EQ(CodeOfTake(Octets({0, 0, 0, 0})),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOfTake(Octets({0, 0, 0, 3})),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOfTake(Octets({0, 0, 0, 4})), absl::StatusCode::kOk);
}

TEST(TakeFrame, RefusesALengthBeyondTheBoundBeforeItsOctetsCome) {
  EXPECT_EQ(CodeOfTake(Octets({0, 2, 0, 4})), absl::StatusCode::kOk);
  EXPECT_EQ(CodeOfTake(Octets({0, 2, 0, 5})),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOfTake(Octets({0x80, 0, 0, 0})),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOfTake(Octets({0xff, 0xff, 0xff, 0xff})),
            absl::StatusCode::kInvalidArgument);
}

TEST(TakeFrame, RefusesAnotherProtocol) {
  EXPECT_EQ(CodeOfTake("GET / HTTP/1.1\r\n"),
            absl::StatusCode::kInvalidArgument);
}

TEST(ParseMessage, RefusesAnUnknownVersionAndNamesIt) {
  for (const int version : {0, 1, 3, 255}) {
    Frame frame;
    frame.version = static_cast<uint8_t>(version);
    frame.kind = 3;
    const absl::Status status = ParseMessage(frame, kNow).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
    EXPECT_THAT(std::string(status.message()),
                HasSubstr(absl::StrCat("version ", version)));
  }
}

TEST(ParseMessage, RefusesEveryUnknownKind) {
  for (int kind = 0; kind < 256; ++kind) {
    const bool known =
        (kind >= 1 && kind <= 5) || (kind >= 129 && kind <= 133) || kind == 255;
    Frame frame;
    frame.kind = static_cast<uint8_t>(kind);
    const auto message = ParseMessage(frame, kNow);
    EXPECT_EQ(message.status().code() == absl::StatusCode::kUnimplemented,
              !known)
        << kind;
  }
}

TEST(ParseMessage, TakesNoRequestForAReplyAndNoReplyForARequest) {
  for (const auto& [name, example] : Examples()) {
    const std::string octets = OctetsOf(example);
    absl::string_view rest = octets;
    const Frame frame = *TakeFrame(&rest).value();
    const bool is_request = std::holds_alternative<Request>(example.message);
    EXPECT_EQ(ParseRequest(frame).ok(), is_request) << name;
    EXPECT_EQ(ParseReply(frame, kNow).ok(), !is_request) << name;
  }
}

TEST(ParseMessage, RefusesABodyCutAnywhere) {
  for (const auto& [name, example] : Examples()) {
    const std::string octets = OctetsOf(example);
    absl::string_view rest = octets;
    Frame frame = *TakeFrame(&rest).value();
    const std::string body = frame.body;
    for (size_t size = 0; size < body.size(); ++size) {
      frame.body = body.substr(0, size);
      EXPECT_EQ(ParseMessage(frame, kNow).status().code(),
                absl::StatusCode::kInvalidArgument)
          << name << " cut to " << size;
    }
  }
}

TEST(ParseMessage, RefusesOctetsAfterTheBody) {
  for (const auto& [name, example] : Examples()) {
    const std::string octets = OctetsOf(example);
    absl::string_view rest = octets;
    Frame frame = *TakeFrame(&rest).value();
    frame.body.push_back('\0');
    EXPECT_EQ(ParseMessage(frame, kNow).status().code(),
              absl::StatusCode::kInvalidArgument)
        << name;
  }
}

TEST(EncodeFrame, HoldsABodyOfTheGreatestSizeAndNoMore) {
  // A lookup reply of two records, with the second sized to fill the frame.
  LookupReply reply{ExampleFacts(), false};
  reply.facts.hosts.resize(1);
  auto& tlsa = reply.facts.hosts[0].tlsa;
  tlsa = {std::string(65535, 'x'), ""};
  const size_t head = 4;
  const size_t frame_head = 8;
  const size_t without = EncodeFrame(1, reply, kNow)->size() - frame_head;
  tlsa[1] = std::string(kMaxBodySize - without, 'y');
  const std::string frame = EncodeFrame(1, reply, kNow).value();
  EXPECT_EQ(frame.size(), kMaxBodySize + frame_head);
  absl::string_view rest = frame;
  EXPECT_EQ(TakeFrame(&rest).value()->body.size(), kMaxBodySize);
  EXPECT_EQ(frame.substr(0, head), Octets({0, 2, 0, 4}));

  tlsa[1].push_back('y');
  EXPECT_EQ(EncodeFrame(1, reply, kNow).status().code(),
            absl::StatusCode::kOutOfRange);
}

TEST(EncodeFrame, RefusesAStringThatItsLengthFieldCannotCount) {
  EXPECT_TRUE(EncodeFrame(1, HelloRequest{std::string(255, 'x')}).ok());
  EXPECT_EQ(EncodeFrame(1, HelloRequest{std::string(256, 'x')}).status().code(),
            absl::StatusCode::kOutOfRange);
  const ErrorReply reply{ErrorCode::kBusy, std::string(65536, 'x')};
  EXPECT_EQ(EncodeFrame(1, reply, kNow).status().code(),
            absl::StatusCode::kOutOfRange);
}

}  // namespace
}  // namespace danebound
