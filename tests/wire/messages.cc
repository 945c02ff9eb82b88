#include "tests/wire/messages.h"

namespace danebound {
namespace {

constexpr uint8_t kFirstReply = 128;

}  // namespace

std::string OctetsOf(const Example& example) {
  if (const auto* request = std::get_if<Request>(&example.message)) {
    return EncodeFrame(example.id, *request).value();
  }
  return EncodeFrame(example.id, std::get<Reply>(example.message), kNow)
      .value();
}

absl::StatusOr<Message> ParseMessage(const Frame& frame, int64_t now) {
  if (frame.kind < kFirstReply) return ParseRequest(frame);
  return ParseReply(frame, now);
}

Name NameOf(absl::string_view text) { return Name::ParseText(text).value(); }

Address AddressOf(absl::string_view text) {
  return Address::ParseText(text).value();
}

NextHop Domain(absl::string_view text) {
  NextHop next_hop;
  next_hop.name = NameOf(text);
  return next_hop;
}

Facts ExampleFacts() {
  HostFacts first;
  first.name = first.expanded = first.base_domain = NameOf("mx.example.org");
  first.preference = 10;
  first.state = HostState::kTlsa;
  first.security = Security::kSecure;
  first.addresses = {{AddressOf("192.0.2.1"), Security::kSecure}};
  first.tlsa = {std::string("\x03\x01\x01") + std::string(32, '\x01')};
  first.expires = kNow + 300;

  HostFacts second;
  second.name = NameOf("b.example.org");
  second.expanded = NameOf("c.example.org");
  second.preference = 20;
  second.state = HostState::kTlsaFailed;
  second.security = Security::kSecure;
  second.addresses = {{AddressOf("192.0.2.2"), Security::kSecure}};
  second.expires = kNow + 5;
  second.reasons = {{ReasonId::kTlsaFailed, "SERVFAIL", uint16_t{22}}};

  Facts facts;
  facts.next_hop = Domain("example.org");
  facts.expanded = facts.next_hop.name;
  facts.kind = Kind::kMx;
  facts.security = Security::kSecure;
  facts.expires = kNow + 3600;
  facts.hosts = {first, second};
  return facts;
}

std::map<std::string, Example> Examples() {
  const NextHop domain = Domain("example.org");
  NextHop literal;
  literal.form = NextHopForm::kAddress;
  literal.address = AddressOf("192.0.2.1");
  literal.port = 587;
  using Result = SelfTestCheck::Result;
  return {
      {"hello request", {1, HelloRequest{"danebound 1.0"}}},
      {"hello reply",
       {1, HelloReply{"danebound-module 1.0", "unbound 1.17.1"}}},
      {"lookup request", {7, LookupRequest{domain, Freshness::kAny, 30000}}},
      {"lookup of a literal",
       {8, LookupRequest{literal, Freshness::kFresh, 0}}},
      {"lookup reply", {7, LookupReply{ExampleFacts(), true}}},
      {"stats request", {2, StatsRequest{}}},
      {"stats reply", {2, StatsReply{{{"cache.hits", 256}}}}},
      {"flush of one", {3, FlushRequest{domain}}},
      {"flush of all", {4, FlushRequest{}}},
      {"flush reply", {4, FlushReply{42}}},
      {"self-test request", {5, SelfTestRequest{}}},
      {"self-test reply",
       {5, SelfTestReply{{{"trust-anchor", Result::kPassed, "root"}}}}},
      {"error reply", {7, ErrorReply{ErrorCode::kBusy, "full"}}},
  };
}

}  // namespace danebound
