// Values of messages through octets and back.
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/wire/frame.h"
#include "tests/wire/messages.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<Reply> ThroughOctets(const Reply& reply, int64_t sent,
                                    int64_t received) {
  const std::string octets = EncodeFrame(1, reply, sent).value();
  absl::string_view rest = octets;
  return ParseReply(*TakeFrame(&rest).value(), received);
}

Facts FactsThroughOctets(const Facts& facts, int64_t sent, int64_t received) {
  return std::get<LookupReply>(
             ThroughOctets(LookupReply{facts, false}, sent, received).value())
      .facts;
}

// The example's lookup reply as a frame, to be damaged.
Frame ReplyFrame(const Facts& facts) {
  const std::string octets =
      EncodeFrame(1, LookupReply{facts, false}, kNow).value();
  absl::string_view rest = octets;
  return *TakeFrame(&rest).value();
}

std::string TextOfRefusal(const Frame& frame) {
  const auto message = ParseMessage(frame, kNow);
  EXPECT_EQ(message.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(message.status().message());
}

TEST(Facts, ComeBackAsTheyWere) {
  EXPECT_TRUE(FactsThroughOctets(ExampleFacts(), kNow, kNow) == ExampleFacts());
}

// Facts of a kind that fit together, all of them insecure where they may be.
Facts FactsOf(Kind kind) {
  Facts facts = ExampleFacts();
  facts.kind = kind;
  switch (kind) {
    case Kind::kMx:
    case Kind::kImplicitMx:
      facts.security = Security::kInsecure;
      return facts;
    case Kind::kFailed:
      facts.security = Security::kBogus;
      facts.hosts.clear();
      return facts;
    case Kind::kNullMx:
    case Kind::kNoSuchDomain:
      facts.security = Security::kInsecure;
      facts.hosts.clear();
      return facts;
    case Kind::kHost:
      facts.next_hop.form = NextHopForm::kHost;
      return facts;
    case Kind::kAddress:
      facts.next_hop = NextHop();
      facts.next_hop.form = NextHopForm::kAddress;
      facts.next_hop.address = AddressOf("2001:db8::1");
      facts.expanded = Name();
      facts.security = Security::kInsecure;
      return facts;
  }
  return facts;
}

// A host in a state, as a lookup leaves it.
HostFacts HostIn(HostState state) {
  HostFacts host = ExampleFacts().hosts[1];
  host.state = state;
  if (state < HostState::kTlsaFailed) host.addresses.clear();
  host.security =
      state < HostState::kNoAddress ? Security::kBogus : Security::kInsecure;
  return host;
}

TEST(Facts, OfEveryKindAndStateComeBack) {
  for (int kind = 0; kind <= static_cast<int>(Kind::kAddress); ++kind) {
    Facts facts = FactsOf(static_cast<Kind>(kind));
    facts.truncated = true;
    EXPECT_TRUE(FactsThroughOctets(facts, kNow, kNow) == facts) << kind;
  }
  for (int state = 0; state < static_cast<int>(HostState::kTlsa); ++state) {
    Facts facts = ExampleFacts();
    facts.hosts[1] = HostIn(static_cast<HostState>(state));
    EXPECT_TRUE(FactsThroughOctets(facts, kNow, kNow) == facts) << state;
  }
}

TEST(Facts, OfAnAliasComeBack) {
  Facts facts = ExampleFacts();
  facts.expanded = NameOf("elsewhere.example");
  EXPECT_TRUE(FactsThroughOctets(facts, kNow, kNow) == facts);
}

// RFC 6698 2.1 bounds no RDATA but by its 16-bit length.
TEST(Facts, CarryTlsaRdataOfAnyLength) {
  for (const size_t size : {0, 1, 2, 3, 4, 255, 256, 65535}) {
    Facts facts = ExampleFacts();
    facts.hosts[0].tlsa = {std::string(size, '\xff'), std::string(size, '\0')};
    if (2 * size > kMaxBodySize - 1000) facts.hosts[0].tlsa.pop_back();
    EXPECT_TRUE(FactsThroughOctets(facts, kNow, kNow) == facts) << size;
  }
}

TEST(Facts, CarryFiveHundredHosts) {
  Facts facts = ExampleFacts();
  facts.hosts.resize(500, facts.hosts[1]);
  EXPECT_TRUE(FactsThroughOctets(facts, kNow, kNow) == facts);
}

TEST(Life, IsCountedOnTheReadersClock) {
  const Facts facts = FactsThroughOctets(ExampleFacts(), kNow, 1000);
  EXPECT_EQ(facts.expires, 1000 + 3600);
  EXPECT_EQ(facts.hosts[0].expires, 1000 + 300);
}

TEST(Life, OfWhatIsPastEndsAtOnce) {
  EXPECT_EQ(FactsThroughOctets(ExampleFacts(), kNow + 4000, kNow).expires,
            kNow);
  Facts facts = ExampleFacts();
  facts.expires = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(FactsThroughOctets(facts, kNow, kNow).expires, kNow);
}

TEST(Life, BeyondTheFieldIsCutToIt) {
  Facts facts = ExampleFacts();
  facts.expires = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(FactsThroughOctets(facts, kNow, kNow).expires,
            kNow + 0xffff'ffffLL);
}

TEST(ParseMessage, RefusesTlsaStateWithoutRecords) {
  Facts facts = ExampleFacts();
  facts.hosts[0].tlsa.clear();
  EXPECT_THAT(TextOfRefusal(ReplyFrame(facts)), HasSubstr("TLSA records"));
}

// RFC 7672 2.1.2: a failed MX lookup never passes for records or a denial.
TEST(ParseMessage, RefusesAnAnswerOfAFailedMxLookup) {
  for (const Kind kind : {Kind::kMx, Kind::kImplicitMx, Kind::kNullMx,
                          Kind::kNoSuchDomain, Kind::kHost, Kind::kAddress}) {
    for (const Security security : {Security::kFailed, Security::kBogus}) {
      Facts facts = FactsOf(kind);
      facts.security = security;
      EXPECT_THAT(TextOfRefusal(ReplyFrame(facts)),
                  HasSubstr(absl::StrCat("the kind ", ToText(kind),
                                         " is never ", ToText(security))));
    }
  }
}

TEST(ParseMessage, RefusesAnAnswerOfAFailedAddressLookup) {
  for (const HostState state : {HostState::kNoAddress, HostState::kTlsaFailed,
                                HostState::kNoTlsa, HostState::kTlsa}) {
    for (const Security security : {Security::kFailed, Security::kBogus}) {
      Facts facts = ExampleFacts();
      HostFacts& host = facts.hosts[0];
      if (state != HostState::kTlsa) host = HostIn(state);
      host.security = security;
      EXPECT_THAT(TextOfRefusal(ReplyFrame(facts)), HasSubstr("facts"));
    }
  }
}

// The other ones: Contradiction in tests/dane/facts_test.cc.
TEST(ParseMessage, RefusesFactsThatContradictThemselves) {
  Facts facts = ExampleFacts();
  facts.hosts.clear();
  EXPECT_THAT(TextOfRefusal(ReplyFrame(facts)), HasSubstr("has hosts"));
  facts = ExampleFacts();
  facts.kind = Kind::kHost;
  EXPECT_THAT(TextOfRefusal(ReplyFrame(facts)), HasSubstr("next hop"));
}

TEST(ParseMessage, RefusesNumbersThatNoValueHas) {
  // Offsets within the body of the example, see docs/protocol.md.
  struct Damage {
    size_t offset;
    char octet;
    const char* field;
  };
  for (const Damage& damage : std::initializer_list<Damage>{
           {0, 2, "from cache"},
           {1, 3, "next hop form"},
           {17, 2, "expanded"},
           {18, 7, "kind"},
           {19, 4, "security"},
           {20, 2, "truncated"},
           {48, 7, "host state"},
           {49, 4, "host security"},
           {58, 4, "address security"},
           {59, 5, "address"},
           {4, '\x40', "next hop"},
       }) {
    Frame frame = ReplyFrame(ExampleFacts());
    frame.body[damage.offset] = damage.octet;
    EXPECT_THAT(TextOfRefusal(frame), HasSubstr(damage.field));
  }
}

TEST(ParseMessage, RefusesAnUnknownReason) {
  Facts facts = ExampleFacts();
  facts.hosts[1].reasons[0].id = static_cast<ReasonId>(200);
  EXPECT_THAT(TextOfRefusal(ReplyFrame(facts)), HasSubstr("reason"));
}

TEST(ParseMessage, RefusesPortZero) {
  Frame frame = ReplyFrame(ExampleFacts());
  frame.body[3] = 0;
  EXPECT_THAT(TextOfRefusal(frame), HasSubstr("port"));
}

TEST(ParseMessage, RefusesAnUnknownErrorCode) {
  const std::string octets =
      EncodeFrame(1, ErrorReply{static_cast<ErrorCode>(11), ""}, kNow).value();
  absl::string_view rest = octets;
  EXPECT_THAT(TextOfRefusal(*TakeFrame(&rest).value()),
              HasSubstr("error code"));
}

TEST(ErrorCode, HasAWordForEachNumberAndNoneBeyond) {
  for (int code = 0; code < 256; ++code) {
    EXPECT_EQ(ToText(static_cast<ErrorCode>(code)).empty(),
              code < 1 || code > 10)
        << code;
  }
}

}  // namespace
}  // namespace danebound
