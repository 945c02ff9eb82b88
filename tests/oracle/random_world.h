// Worlds by chance, drawn so that every rule is met often: about half of a
// world is in good order, and names are shared between its parts.
#ifndef DANEBOUND_TESTS_ORACLE_RANDOM_WORLD_H_
#define DANEBOUND_TESTS_ORACLE_RANDOM_WORLD_H_

#include <cstdint>

#include "stub/dane/conclude.h"
#include "stub/dane/facts.h"
#include "tests/oracle/dice.h"
#include "tests/oracle/world.h"

namespace danebound {

// The world of this seed, always the same.
World RandomWorld(uint32_t seed);

// The world that the dice give.
World RandomWorld(Dice& dice);

// What may become of the world after a while: some RRsets and aliases differ.
World LaterWorld(const World& world, Dice& dice);

// What a caller may choose; hosts of the facts are among its own names at
// times.
Choices RandomChoices(const Facts& facts, Dice& dice);

}  // namespace danebound

#endif  // DANEBOUND_TESTS_ORACLE_RANDOM_WORLD_H_
