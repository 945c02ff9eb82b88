// The messages that the examples of docs/protocol.md stand for; with them every
// kind of message, and every field of the facts, has a value to test with.
#ifndef DANEBOUND_TESTS_WIRE_MESSAGES_H_
#define DANEBOUND_TESTS_WIRE_MESSAGES_H_

#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <variant>

#include "stub/wire/frame.h"
#include "stub/wire/message.h"

namespace danebound {

// The time at which the examples are sent, seconds since the epoch.
inline constexpr int64_t kNow = 1'700'000'000;

using Message = std::variant<Request, Reply>;

struct Example {
  uint16_t id = 0;
  Message message;
};

// The octets of an example.
std::string OctetsOf(const Example& example);

// As ParseRequest or ParseReply, by the kind of the frame.
absl::StatusOr<Message> ParseMessage(const Frame& frame, int64_t now);

Name NameOf(absl::string_view text);
Address AddressOf(absl::string_view text);
NextHop Domain(absl::string_view text);

// mx.example.org with a TLSA record, b.example.org without answer.
Facts ExampleFacts();

// By the examples' names.
std::map<std::string, Example> Examples();

}  // namespace danebound

#endif  // DANEBOUND_TESTS_WIRE_MESSAGES_H_
