#include "tests/oracle/play.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/oracle/resolver.h"

namespace danebound {
namespace {

// Every host costs two address questions, one about its alias and one TLSA
// question a candidate; an evaluated host is one of at most 16.
constexpr size_t kMostQuestionsPerHost = 2 + 1 + 2;

class Player {
 public:
  Player(const World& world, int64_t now, Dice& dice, Lookup& lookup)
      : world_(world), now_(now), dice_(dice), lookup_(lookup) {}

  // Answers one open question. Returns false when there is none.
  bool Step() {
    Take();
    CheckDone();
    if (open_.empty() || !played_.fault.empty()) return false;
    if (dice_.Chance(10)) SayWhatNobodyAsked();
    AnswerOne();
    return true;
  }

  void GiveUp() {
    Take();
    // What is given up has failed; what failed before that is for unit tests.
    while (!again_.empty() && played_.fault.empty()) {
      AnswerTruly(Question(*again_.begin()));
      Take();
    }
    lookup_.GiveUp("given up by the test", now_);
    open_.clear();
    if (!lookup_.done()) Blame("not done after GiveUp");
  }

  const Played& played() const { return played_; }

 private:
  void Blame(absl::string_view fault) {
    if (played_.fault.empty()) played_.fault = std::string(fault);
  }

  void Take() {
    for (const Question& question : lookup_.TakeQuestions()) {
      const bool is_new = played_.asked.insert(question).second;
      if (IsOpen(question) || (!is_new && !again_.contains(question))) {
        Blame(absl::StrCat("asked again: ", ToText(question)));
      }
      ++askings_[question];
      open_.push_back(question);
    }
    for (const Question& question : again_) {
      if (!IsOpen(question)) {
        Blame(absl::StrCat("not asked again: ", ToText(question)));
      }
    }
    const size_t bound =
        1 + world_.limits.evaluated_hosts * kMostQuestionsPerHost;
    if (played_.asked.size() > bound) Blame("more questions than the bound");
  }

  bool IsOpen(const Question& question) const {
    return std::find(open_.begin(), open_.end(), question) != open_.end();
  }

  void CheckDone() {
    if (lookup_.done() != open_.empty()) {
      Blame(lookup_.done() ? "done with open questions"
                           : "not done, but asks nothing");
    }
  }

  // A lie about a question that is not open must change nothing.
  void SayWhatNobodyAsked() {
    Question question{*Name::ParseText("nobody.asked.this"), RrType::kMx};
    if (!played_.answered.empty() && dice_.Chance(70)) {
      const Question& answered = *played_.answered.begin();
      if (!IsOpen(answered)) question = answered;
    }
    Answer lie = FailedAnswer("a lie", now_);
    if (dice_.Chance(50)) lie.security = Security::kSecure;
    lookup_.OnAnswer(question, lie);
  }

  void AnswerOne() {
    const Question question = open_[dice_.Below(open_.size())];
    // What heals at the last asking is as if it had never failed.
    if (MayBeAskedAgain(question) && dice_.Chance(20)) {
      Tell(question, FailedAnswer("a failure that passes", now_));
    } else {
      AnswerTruly(question);
    }
  }

  void AnswerTruly(const Question& question) {
    played_.answered.insert(question);
    Tell(question, Resolve(world_, question, now_));
  }

  void Tell(const Question& question, const Answer& answer) {
    open_.erase(std::find(open_.begin(), open_.end(), question));
    again_.erase(question);
    if (IsFailure(answer.security) && MayBeAskedAgain(question)) {
      again_.insert(question);
    }
    lookup_.OnAnswer(question, answer);
  }

  // RFC 7672 2.1.2: what fails is asked again, but for MX.
  bool MayBeAskedAgain(const Question& question) const {
    return question.type != RrType::kMx &&
           askings_.at(question) < world_.limits.tries;
  }

  const World& world_;
  int64_t now_;
  Dice& dice_;
  Lookup& lookup_;
  std::vector<Question> open_;
  std::map<Question, int> askings_;
  std::set<Question> again_;  // have failed, and must be asked again
  Played played_;
};

}  // namespace

Played PlayToTheEnd(const World& world, int64_t now, Dice& dice,
                    Lookup& lookup) {
  Player player(world, now, dice, lookup);
  while (player.Step()) {
  }
  return player.played();
}

Played PlayAndGiveUp(const World& world, int64_t now, Dice& dice,
                     Lookup& lookup) {
  Player player(world, now, dice, lookup);
  for (size_t steps = dice.Below(8); steps > 0 && player.Step(); --steps) {
  }
  player.GiveUp();
  return player.played();
}

}  // namespace danebound
