// A verdict as it would be if DNS said something else: addresses and TLSA
// records tried before they are published. Pure rules.
#ifndef DANEBOUND_STUB_CHECK_TRIAL_H_
#define DANEBOUND_STUB_CHECK_TRIAL_H_

#include <string>
#include <vector>

#include "stub/dane/address.h"
#include "stub/dane/conclude.h"
#include "stub/dane/verdict.h"

namespace danebound {

struct Trial {
  // Which families of the hosts' addresses are connected to.
  bool ipv4 = true;
  bool ipv6 = true;
  // In the place of the addresses of each host that has some; none: as in DNS.
  std::vector<Address> addresses;
  // RDATA in the place of the TLSA records of each host that has some, or that
  // was asked for some in a signed zone; none: as in DNS.
  std::vector<std::string> tlsa;
};

// Makes of a verdict what it would be.
//
//   choices  with which it was made.
//   source   RFC 7672 2.2: the duty under those records.
Verdict Tried(const Verdict& verdict, const Trial& trial,
              const Choices& choices);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CHECK_TRIAL_H_
