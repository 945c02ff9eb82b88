#include "tests/oracle/play.h"

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
      if (!played_.asked.insert(question).second) {
        Blame(absl::StrCat("asked twice: ", ToText(question)));
      }
      open_.push_back(question);
    }
    const size_t bound =
        1 + world_.limits.evaluated_hosts * kMostQuestionsPerHost;
    if (played_.asked.size() > bound) Blame("more questions than the bound");
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
      question = *played_.answered.begin();
    }
    Answer lie = FailedAnswer("a lie", now_);
    if (dice_.Chance(50)) lie.security = Security::kSecure;
    lookup_.OnAnswer(question, lie);
  }

  void AnswerOne() {
    const size_t index = dice_.Below(open_.size());
    const Question question = open_[index];
    open_.erase(open_.begin() + static_cast<int64_t>(index));
    played_.answered.insert(question);
    lookup_.OnAnswer(question, Resolve(world_, question, now_));
  }

  const World& world_;
  int64_t now_;
  Dice& dice_;
  Lookup& lookup_;
  std::vector<Question> open_;
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
