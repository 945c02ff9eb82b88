// All that `danebound check` knows of one domain: what every form of output is
// made of.
#ifndef DANEBOUND_STUB_CHECK_CHECKED_DOMAIN_H_
#define DANEBOUND_STUB_CHECK_CHECKED_DOMAIN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "stub/check/advice.h"
#include "stub/check/evidence.h"
#include "stub/check/outcome.h"
#include "stub/dane/verdict.h"

namespace danebound {

struct CheckedDomain {
  std::string domain;  // as it was given
  // A host by itself, on a port of submission: DANE under the same rules, but
  // outside RFC 7672, which is about relays (its section 7).
  bool host_level = false;

  // RDATA that were tried in the place of the published TLSA records; none:
  // DNS counts. The verdict is as it would be.
  std::vector<std::string> tried_tlsa;

  absl::optional<Verdict> verdict;
  std::string error;  // why there is no verdict; then report is the default

  DomainEvidence evidence;  // as many hosts and addresses as in the verdict
  DomainReport report;
  absl::optional<std::vector<Advice>> advices;  // nullopt: not asked for
  // The record of MTA-STS, empty where there is none; nullopt: it is no mail
  // domain, takes no mail, or nobody answered.
  absl::optional<std::string> mta_sts;

  int64_t checked = 0;    // seconds since the epoch
  int64_t judged_at = 0;  // when certificates must be valid; else as `checked`
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_CHECK_CHECKED_DOMAIN_H_
