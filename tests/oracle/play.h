// Plays a world against the engine's Lookup, as a driver without order would.
#ifndef DANEBOUND_TESTS_ORACLE_PLAY_H_
#define DANEBOUND_TESTS_ORACLE_PLAY_H_

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "stub/dane/lookup.h"
#include "tests/oracle/dice.h"
#include "tests/oracle/world.h"

namespace danebound {

struct Played {
  std::set<Question> asked;
  std::set<Question> answered;
  std::string fault;  // the first breach of the contract in lookup.h, or empty
};

// Answers all questions, each in its turn by chance, with answers to questions
// that were not asked in between.
//
//   now  seconds since the epoch, of every answer.
Played PlayToTheEnd(const World& world, int64_t now, Dice& dice,
                    Lookup& lookup);

// Answers some of the questions, then gives up.
Played PlayAndGiveUp(const World& world, int64_t now, Dice& dice,
                     Lookup& lookup);

}  // namespace danebound

#endif  // DANEBOUND_TESTS_ORACLE_PLAY_H_
