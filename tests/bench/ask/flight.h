// Clients with several requests open at a time, over one connection.
#ifndef DANEBOUND_TESTS_BENCH_ASK_FLIGHT_H_
#define DANEBOUND_TESTS_BENCH_ASK_FLIGHT_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace danebound::bench {

// Keeps `count` lookups open for so many seconds, by danebound_client_start and
// _take.
//
//   returns  how many were answered.
uint64_t FlyDanebound(const std::string& socket, const std::string& domain,
                      double seconds, size_t count);

// The same octets to bench_echo: as many requests in one write as replies came
// in one read. Place: as MakeEchoAsker's.
uint64_t FlyEcho(const std::string& place, double seconds, size_t count);

}  // namespace danebound::bench

#endif  // DANEBOUND_TESTS_BENCH_ASK_FLIGHT_H_
