// A lookup: the conversation that finds the facts of one next hop.
//
//                 +-- null MX, no such domain, failed, [address] --> facts
//   MX question --+
//                 +-- hosts --> one HostWalk each (host_walk.h) ---> facts
//
// It knows no resolver. A driver takes the open questions, answers them in any
// order, and repeats until the lookup is done:
//
//   Lookup lookup(next_hop, LookupLimits(), now);
//   while (!lookup.done()) {
//     for (const Question& question : lookup.TakeQuestions()) ask(question);
//     ... lookup.OnAnswer(question, answer) ...
//   }
//   use(lookup.facts());
#ifndef DANEBOUND_STUB_DANE_LOOKUP_H_
#define DANEBOUND_STUB_DANE_LOOKUP_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/dns.h"
#include "stub/dane/facts.h"
#include "stub/dane/host_walk.h"
#include "stub/dane/mx.h"
#include "stub/dane/next_hop.h"

namespace danebound {

// Bounds on the work that one domain can cause.
struct LookupLimits {
  size_t evaluated_hosts = 16;  // the best by preference
  size_t listed_hosts = 500;    // the rest of these are listed, not evaluated
  // How often a question about a host is asked before its failure counts. A
  // resolver that trips over a server's mistake (NXDOMAIN for a name that has
  // names below it) succeeds at the second asking. MX is asked once.
  int tries = 2;
};

// Seconds that the facts of an address literal live. They rest on no DNS, so
// that any end will do.
inline constexpr int64_t kLiteralLife = 86400;

class Lookup {
 public:
  // Starts from nothing.
  //
  //   now  seconds since the epoch.
  Lookup(const NextHop& next_hop, const LookupLimits& limits, int64_t now);

  // Starts from facts found earlier and asks only for what has ended by `now`:
  // the MX part, or single hosts, failed ones among them. Hosts that live are
  // kept also when the MX part is asked for again. Failed MX lookups are asked
  // again at once.
  Lookup(const Facts& earlier, const LookupLimits& limits, int64_t now);

  // Returns the questions that came up since the last call. A question is
  // returned once, however many hosts wait for it; and again, up to
  // LookupLimits::tries times in all, after each answer that is a failure.
  std::vector<Question> TakeQuestions();

  // Feeds the answer to a question returned by TakeQuestions; any other answer
  // is ignored.
  void OnAnswer(const Question& question, const Answer& answer);

  // Answers every question that is still open with a failure, so that the
  // lookup is done: the hosts already known stand. A question that has failed
  // and was asked again keeps the failure that it had.
  //
  //   why  what happened, e.g. "no answer within 10 s".
  //   now  seconds since the epoch.
  void GiveUp(absl::string_view why, int64_t now);

  bool done() const { return open_.empty(); }

  // What is known. Complete when done; before, hosts that are still asked for
  // are kNotEvaluated and an open MX lookup is kFailed.
  const Facts& facts() const { return facts_; }

 private:
  // A question without an answer that counts.
  struct Open {
    int tries = 1;                   // how often it was asked
    absl::optional<Answer> failure;  // the last answer
  };

  void Take(const Question& question, const Answer& answer);
  void OnMxAnswer(const Answer& answer);
  void OnNoMxRecords(const Answer& answer);
  void OnMxRecords(const std::vector<MxRecord>& records);
  void AddHost(const Name& name, uint16_t preference);
  void AddAddressHost(const MxRecord& mx);
  void AddHostNotEvaluated(const MxRecord& mx);
  HostFacts HostOf(const MxRecord& mx) const;
  void Walk(size_t host);
  void WalkOn();
  void Settle(size_t host, const HostFacts& facts);
  void Ask(const Question& question);
  void AddReason(ReasonId id, absl::string_view text);
  Question MxQuestion() const;

  Facts facts_;
  LookupLimits limits_;
  std::vector<HostFacts> living_hosts_;  // of earlier facts, to be kept
  std::map<size_t, HostWalk> walks_;     // open ones, by index in facts_.hosts
  std::vector<Question> fresh_;          // came up, not yet taken
  std::map<Question, Open> open_;
  std::map<Question, Answer> answered_;  // one answer for all who ask
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_LOOKUP_H_
