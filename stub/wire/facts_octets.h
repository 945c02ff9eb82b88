// The octets of next hops and facts within a body. docs/protocol.md has the
// grammar.
#ifndef DANEBOUND_STUB_WIRE_FACTS_OCTETS_H_
#define DANEBOUND_STUB_WIRE_FACTS_OCTETS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "stub/dane/facts.h"
#include "stub/dane/next_hop.h"
#include "stub/wire/cursor.h"
#include "stub/wire/facts_view.h"
#include "stub/wire/writer.h"

namespace danebound {

// Takes a next hop. Its port is 1 to 65535.
NextHop TakeNextHop(Cursor& cursor);
void PutNextHop(const NextHop& next_hop, Writer& writer);

// Octets that name a next hop: those of its form, port and target. Equal
// exactly for equal next hops.
std::string KeyOf(const NextHop& next_hop);
void AppendKey(const NextHop& next_hop, std::string* octets);

// How many octets in front of `octets` are the key of a domain or host, in the
// one form that KeyOf gives it; 0 where it is none.
size_t KeySize(absl::string_view octets);

// Takes facts. What the rules never make is refused: an unknown number, TLSA
// records in any state but kTlsa, none in that state, and whatever else
// contradicts itself (ContradictionIn).
//
//   base  to turn remaining lives into ends.
Facts TakeFacts(Cursor& cursor, const LifeBase& base);

//   now  seconds since the epoch, to turn ends into remaining lives; an end
//        that is past becomes 0.
void PutFacts(const Facts& facts, int64_t now, Writer& writer);

// Encode and parse facts alone, as they lie in a lookup reply.
//
//   counted  when their lives are, or were, counted.
//   errors   OutOfRange       more of something than its count can say.
//            InvalidArgument  those are no facts.
absl::StatusOr<std::string> EncodeFacts(const Facts& facts, int64_t counted);
absl::StatusOr<Facts> ParseFacts(absl::string_view octets, int64_t counted);

}  // namespace danebound

#endif  // DANEBOUND_STUB_WIRE_FACTS_OCTETS_H_
