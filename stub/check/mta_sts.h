// Whether a domain has a policy of MTA-STS: the record that says so. RFC 8461
// 3.1.
#ifndef DANEBOUND_STUB_CHECK_MTA_STS_H_
#define DANEBOUND_STUB_CHECK_MTA_STS_H_

#include <string>
#include <vector>

namespace danebound {

// The record among the TXT records of _mta-sts.example.org.
//
//   rdata    of each: strings, each behind its length.
//   returns  its text, escaped and cut; empty where there is none, or more than
//            one, which counts as none.
//   source   RFC 8461 3.1.
std::string MtaStsRecord(const std::vector<std::string>& rdata);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CHECK_MTA_STS_H_
