// The verdict of danebound.h: a Verdict, and the texts and parts that C's
// getters hand out.
#ifndef DANEBOUND_STUB_C_VERDICT_H_
#define DANEBOUND_STUB_C_VERDICT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "stub/dane/verdict.h"
#include "stub/include/danebound.h"

struct danebound_reason {
  const danebound::Reason* reason;
};

struct danebound_tlsa {
  const danebound::Tlsa* record;
  std::string text;
};

struct danebound_host {
  const danebound::HostVerdict* host;
  uint16_t port;
  std::string name;
  std::string expanded;
  std::string base_domain;
  std::string tlsa_name;
  std::vector<std::string> addresses;
  std::vector<danebound_tlsa> tlsa;
  std::vector<danebound_reason> reasons;
  bool is_made = false;  // by danebound_host_new
};

// Its parts point into `verdict`, which therefore stays where it is.
struct danebound_verdict {
  danebound::Verdict verdict;
  std::string next_hop;
  std::string expanded;
  std::vector<danebound_host> hosts;
  std::vector<danebound_reason> reasons;
  bool from_cache;

  danebound_verdict(danebound::Verdict made, bool is_from_cache);
  danebound_verdict(const danebound_verdict&) = delete;
  danebound_verdict& operator=(const danebound_verdict&) = delete;
};

namespace danebound::c {

// Makes the object that danebound_verdict_free ends. Throws std::bad_alloc.
danebound_verdict* NewVerdict(Verdict verdict, bool from_cache = false);

// The texts and parts of a host, which point into it.
danebound_host PartOf(const HostVerdict& host, const NextHop& next_hop);

}  // namespace danebound::c

#endif  // DANEBOUND_STUB_C_VERDICT_H_
