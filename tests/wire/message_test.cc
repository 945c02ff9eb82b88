// Values of messages through octets and back.
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/wire/facts_octets.h"
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

TEST(Life, IsLessByTheAgeOfAReply) {
  const std::string octets = EncodeFacts(ExampleFacts(), kNow).value();
  std::string frames;
  AppendLookupReply(7, true, 5, octets, &frames);
  AppendLookupReply(8, true, 400, octets, &frames);
  absl::string_view rest = frames;
  const auto take = [&rest] {
    const Frame frame = *TakeFrame(&rest).value();
    return std::get<LookupReply>(ParseReply(frame, 1000).value());
  };
  const LookupReply young = take();
  EXPECT_TRUE(young.from_cache);
  EXPECT_EQ(young.facts.expires, 1000 + 3595);
  EXPECT_EQ(young.facts.hosts[0].expires, 1000 + 295);
  EXPECT_EQ(young.facts.hosts[1].expires, 1000);
  const LookupReply old = take();
  EXPECT_EQ(old.facts.expires, 1000 + 3200);
  EXPECT_EQ(old.facts.hosts[0].expires, 1000);
  EXPECT_EQ(rest, "");
}

TEST(EncodeFacts, GivesWhatALookupReplyHolds) {
  const std::string octets = EncodeFacts(ExampleFacts(), kNow).value();
  std::string frame;
  AppendLookupReply(7, true, 0, octets, &frame);
  EXPECT_EQ(frame,
            EncodeFrame(7, LookupReply{ExampleFacts(), true}, kNow).value());
  EXPECT_TRUE(ParseFacts(octets, kNow).value() == ExampleFacts());
  EXPECT_FALSE(ParseFacts(octets + "x", kNow).ok());
}

TEST(EncodeFacts, BeginsWithTheKeyOfTheNextHop) {
  const std::string octets = EncodeFacts(ExampleFacts(), kNow).value();
  const std::string key = KeyOf(ExampleFacts().next_hop);
  EXPECT_EQ(KeySize(octets), key.size());
  EXPECT_EQ(octets.substr(0, key.size()), key);
}

// What the front of a body is when it is no key.
TEST(KeySize, IsNothingForOtherForms) {
  const std::string key = KeyOf(Domain("example.org"));
  EXPECT_EQ(KeySize(key), key.size());
  for (size_t size = 0; size < key.size(); ++size) {
    EXPECT_EQ(KeySize(key.substr(0, size)), 0U) << size;
  }
  const auto with = [&key](size_t at, char octet) {
    std::string other = key;
    other[at] = octet;
    return other;
  };
  EXPECT_EQ(KeySize(with(0, 1)), key.size());
  EXPECT_EQ(KeySize(with(0, 2)), 0U);
  EXPECT_EQ(KeySize(with(0, '\xff')), 0U);
  EXPECT_EQ(KeySize(with(2, 0)), 0U);    // port 0
  EXPECT_EQ(KeySize(with(4, 'E')), 0U);  // ParseRequest makes it lower-case
  EXPECT_EQ(KeySize(with(3, '\xc0')), 0U);
}

TEST(PeekLookup, SeesWhatParseRequestSees) {
  for (const Freshness freshness :
       {Freshness::kAny, Freshness::kCachedOnly, Freshness::kFresh}) {
    const LookupRequest request{Domain("example.org"), freshness, 30000};
    const std::string octets = EncodeFrame(7, request).value();
    absl::string_view rest = octets;
    const Frame frame = *TakeFrame(&rest).value();
    const absl::optional<LookupView> lookup = PeekLookup(frame);
    ASSERT_TRUE(lookup.has_value());
    EXPECT_EQ(lookup->next_hop, KeyOf(request.next_hop));
    EXPECT_EQ(lookup->freshness, freshness);
  }
}

TEST(PeekLookup, LeavesTheRestToParseRequest) {
  for (const auto& [name, example] : Examples()) {
    const std::string octets = OctetsOf(example);
    absl::string_view rest = octets;
    Frame frame = *TakeFrame(&rest).value();
    EXPECT_EQ(PeekLookup(frame).has_value(), name == "lookup request") << name;
    if (name != "lookup request") continue;
    const std::string body = frame.body;
    for (size_t size = 0; size < body.size(); ++size) {
      frame.body = body.substr(0, size);
      EXPECT_FALSE(PeekLookup(frame).has_value()) << size;
    }
    frame.body = body + "x";
    EXPECT_FALSE(PeekLookup(frame).has_value());
    frame.body = body;
    frame.body[body.size() - 5] = 3;
    EXPECT_FALSE(PeekLookup(frame).has_value()) << "freshness";
    frame.body = body;
    frame.version = 1;
    EXPECT_FALSE(PeekLookup(frame).has_value()) << "version";
  }
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
           {5, 3, "next hop form"},
           {21, 2, "expanded"},
           {22, 7, "kind"},
           {23, 4, "security"},
           {24, 2, "truncated"},
           {52, 7, "host state"},
           {53, 4, "host security"},
           {62, 4, "address security"},
           {63, 5, "address"},
           {8, '\x40', "next hop"},
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
  frame.body[7] = 0;
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
