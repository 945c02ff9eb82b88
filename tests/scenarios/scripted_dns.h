// A validating resolver made of a scenario's zones, without any network: the
// scripted driver asks it.
//
//   question --> zone of the name --> CNAME, records or denial --> Answer
//                     ^                   |
//                     +-- next name ------+
#ifndef DANEBOUND_TESTS_SCENARIOS_SCRIPTED_DNS_H_
#define DANEBOUND_TESTS_SCENARIOS_SCRIPTED_DNS_H_

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "stub/dane/dns.h"
#include "stub/dane/name.h"
#include "tests/scenarios/scenario.h"

namespace danebound::scenario {

// The longest chain of CNAMEs that the resolver follows, as Unbound does.
inline constexpr int kMostAliases = 11;

// Proofs of more NSEC3 iterations are insecure, as with Unbound. RFC 9276 3.2.
inline constexpr int kMostIterations = 150;

class ScriptedDns {
 public:
  // The scenario must outlive the object.
  //
  //   now  seconds since the epoch, from which records live.
  ScriptedDns(const Scenario& scenario, int64_t now);

  // Resolves and validates. Answer::alias_security is always told.
  Answer Resolve(const Question& question);

 private:
  struct Chain;
  struct Found;

  const Zone* ZoneOf(const Name& name) const;
  const Zone* ParentOf(const Zone& zone) const;
  Security SecurityOf(const Zone& zone) const;
  Security SecurityOf(const Zone& zone, const RrsetKey& rrset) const;
  Security SecurityOf(const Zone& zone, const Found& found) const;
  Found Find(const Zone& zone, const Name& name, uint16_t type) const;
  void FollowLink(const Zone& zone, const Found& found, Chain& chain) const;
  void FinishChain(const Zone& zone, const Found& found, Chain& chain) const;
  void ShortenLife(const Zone& zone, uint32_t ttl, Answer& answer) const;
  bool FaultStops(const RrsetKey& question, Answer& answer) const;
  bool IsBelowFalseNxdomain(const Name& name) const;

  const Scenario& scenario_;
  int64_t now_;
  // By owner and type.
  std::map<RrsetKey, std::vector<const Record*>> rrsets_;
  std::set<Question> asked_;
};

}  // namespace danebound::scenario

#endif  // DANEBOUND_TESTS_SCENARIOS_SCRIPTED_DNS_H_
