// Many domains once each, so many of them side by side: by danebound, and by
// the DNS questions that a verdict takes.
#ifndef DANEBOUND_TESTS_BENCH_ASK_BURST_H_
#define DANEBOUND_TESTS_BENCH_ASK_BURST_H_

#include <cstddef>
#include <functional>
#include <string>

namespace danebound::bench {

// The domain of that number.
using DomainOf = std::function<std::string(size_t number)>;

// Looks the first `total` domains up, `at_once` of them open at a time, by
// danebound_client_start. Ends the program where one has no verdict, or another
// than deliver.
void BurstDanebound(const std::string& socket, const DomainOf& domain_of,
                    size_t total, size_t at_once);

// Asks for MX of each, then A, AAAA and TLSA of each host at once, over one UDP
// socket; a question that is not answered in time is asked again.
//
//   address  of a resolver, port 53.
void BurstDns(const std::string& address, const DomainOf& domain_of,
              size_t total, size_t at_once);

}  // namespace danebound::bench

#endif  // DANEBOUND_TESTS_BENCH_ASK_BURST_H_
