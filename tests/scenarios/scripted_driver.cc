#include "tests/scenarios/scripted_driver.h"

#include <deque>

#include "absl/types/optional.h"
#include "stub/dane/conclude.h"
#include "stub/dane/lookup.h"
#include "tests/scenarios/scripted_dns.h"

namespace danebound::scenario {
namespace {

Question TakeNext(std::deque<Question>& open, AnswerOrder order) {
  Question next;
  switch (order) {
    case AnswerOrder::kFirstAskedFirst:
      next = open.front();
      open.pop_front();
      break;
    case AnswerOrder::kLastAskedFirst:
      next = open.back();
      open.pop_back();
      break;
  }
  return next;
}

Answer Forget(AliasSecurity alias_security, Answer answer) {
  if (alias_security == AliasSecurity::kAsked) {
    answer.alias_security = absl::nullopt;
  }
  return answer;
}

}  // namespace

Played PlayScripted(const Scenario& scenario, const Ask& ask, AnswerOrder order,
                    AliasSecurity alias_security, int64_t now) {
  ScriptedDns dns(scenario, now);
  Lookup lookup(ask.next_hop, LookupLimits(), now);
  Played played;
  std::deque<Question> open;
  while (!lookup.done()) {
    for (const Question& question : lookup.TakeQuestions()) {
      open.push_back(question);
      played.asked.insert(question);
    }
    if (open.empty()) break;  // a lookup that is stuck shows in its verdict
    const Question question = TakeNext(open, order);
    lookup.OnAnswer(question, Forget(alias_security, dns.Resolve(question)));
  }
  played.verdict = Conclude(lookup.facts(), ask.choices);
  return played;
}

}  // namespace danebound::scenario
