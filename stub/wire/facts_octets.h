// The octets of next hops and facts within a body. docs/protocol.md has the
// grammar.
#ifndef DANEBOUND_STUB_WIRE_FACTS_OCTETS_H_
#define DANEBOUND_STUB_WIRE_FACTS_OCTETS_H_

#include <cstdint>

#include "stub/dane/facts.h"
#include "stub/dane/next_hop.h"
#include "stub/wire/cursor.h"
#include "stub/wire/writer.h"

namespace danebound {

// Takes a next hop. Its port is 1 to 65535.
NextHop TakeNextHop(Cursor& cursor);
void PutNextHop(const NextHop& next_hop, Writer& writer);

// Takes facts. What the rules never make is refused: an unknown number, TLSA
// records in any state but kTlsa, none in that state, and whatever else
// contradicts itself (ContradictionIn).
//
//   now  seconds since the epoch, to turn remaining lives into ends.
Facts TakeFacts(Cursor& cursor, int64_t now);

//   now  seconds since the epoch, to turn ends into remaining lives; an end
//        that is past becomes 0.
void PutFacts(const Facts& facts, int64_t now, Writer& writer);

}  // namespace danebound

#endif  // DANEBOUND_STUB_WIRE_FACTS_OCTETS_H_
