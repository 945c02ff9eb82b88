// Verdicts and evidence for tests of the rules.
#ifndef DANEBOUND_TESTS_CHECK_MADE_REPORTS_H_
#define DANEBOUND_TESTS_CHECK_MADE_REPORTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "stub/check/evidence.h"
#include "stub/check/outcome.h"
#include "stub/dane/verdict.h"

namespace danebound {

inline constexpr int64_t kTestNow = 1700000000;  // seconds since the epoch

Name NameOf(const std::string& text);
Address AddressOf(const std::string& text);

// A usable record, its data 32 octets.
Tlsa Record(uint8_t usage, uint8_t selector, uint8_t matching);

// A host with one address, and for authenticate and encrypt one 3 1 1 record.
HostVerdict Host(const std::string& name, Duty duty, uint16_t preference = 10);

// A domain with a secure MX that delivers.
Verdict Domain(std::vector<HostVerdict> hosts);

// The address was probed to its end, and TLS came to this.
AddressEvidence Reached(TlsOutcome outcome);
// Something kept the probe from its end.
AddressEvidence Failed(Trouble trouble);

// Evidence of one address for each host.
DomainEvidence Seen(std::vector<AddressEvidence> addresses);

// The report on a domain of one host with one address.
DomainReport ReportOn(Duty duty, const AddressEvidence& evidence);

std::vector<std::string> IdsOf(const DomainReport& report);

}  // namespace danebound

#endif  // DANEBOUND_TESTS_CHECK_MADE_REPORTS_H_
