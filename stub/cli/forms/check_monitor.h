// Checked domains for monitoring: a plugin of Nagios and its kin, and
// OpenMetrics for Prometheus and its kin.
#ifndef DANEBOUND_STUB_CLI_FORMS_CHECK_MONITOR_H_
#define DANEBOUND_STUB_CLI_FORMS_CHECK_MONITOR_H_

#include <string>
#include <vector>

#include "stub/check/checked_domain.h"

namespace danebound {

// The worst health of several domains; unknown where there is none.
Health WorstHealth(const std::vector<CheckedDomain>& checked);

// One line with the state, the outcomes and, behind "|", the days until
// certificates end; then a line for each finding. The grammar is that of the
// Monitoring Plugins' guidelines:
//
//   DANE CRITICAL - a.example authenticated, b.example deferred | 'a.example'=9
//   b.example: mx.b.example 192.0.2.1: STARTTLS is not offered (downgrade)
//
//   unicode  show U-labels beside A-labels.
std::string ToNagios(const std::vector<CheckedDomain>& checked, bool unicode);

// Metrics, documented in docs/check.md, down to "# EOF". A domain that is given
// twice is there once.
std::string ToOpenMetrics(const std::vector<CheckedDomain>& checked);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_FORMS_CHECK_MONITOR_H_
