#include "stub/embedded/question_queue.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

constexpr std::chrono::milliseconds kSlow = QuestionQueue::kSlowAfter;
constexpr std::chrono::milliseconds kMoment(1);

class QuestionQueueTest : public ::testing::Test {
 protected:
  void Use(size_t fast, size_t slow) {
    queue_.emplace(QuestionQueue::Bounds{fast, slow});
  }

  void Add(size_t who, int count) {
    for (int i = 0; i < count; ++i) {
      queue_->Add(who,
                  {Name::ParseText(absl::StrCat("q", i)).value(), RrType::kA});
    }
  }

  // Takes all that may be asked: "1 1 2", by lookup.
  std::string Take() {
    std::string taken;
    while (const auto turn = queue_->Take(now_)) {
      absl::StrAppend(&taken, taken.empty() ? "" : " ", turn->who);
    }
    return taken;
  }

  void Answer(size_t who) { queue_->OnAnswer(who, now_); }

  absl::optional<QuestionQueue> queue_{QuestionQueue::Bounds{100, 100}};
  SteadyTime now_{std::chrono::hours(1)};
};

TEST_F(QuestionQueueTest, GivesTheQuestionsOfOneInTheirOrder) {
  Add(7, 2);
  EXPECT_EQ(queue_->Take(now_)->question.name, Name::ParseText("q0").value());
  EXPECT_EQ(queue_->Take(now_)->question.name, Name::ParseText("q1").value());
  EXPECT_FALSE(queue_->Take(now_));
}

TEST_F(QuestionQueueTest, GivesOneFourAtATime) {
  Add(1, 6);
  EXPECT_EQ(Take(), "1 1 1 1");
  Answer(1);
  EXPECT_EQ(Take(), "1");
}

TEST_F(QuestionQueueTest, GoesByLookupInTurn) {
  Use(5, 1);
  Add(1, 9);
  Add(2, 2);
  Add(3, 9);
  EXPECT_EQ(Take(), "1 2 3 1 2");
}

TEST_F(QuestionQueueTest, GivesASlowOneTwoAtATime) {
  Add(1, 9);
  EXPECT_EQ(Take(), "1 1 1 1");
  now_ += kSlow;
  Answer(1);
  EXPECT_EQ(Take(), "1") << "it has moved in the last moment";
  now_ += kSlow;
  EXPECT_EQ(Take(), "");
  Answer(1);
  Answer(1);
  EXPECT_EQ(Take(), "") << "two are open";
  Answer(1);
  EXPECT_EQ(Take(), "1");
}

TEST_F(QuestionQueueTest, TakesASlowOneForFastOnceNothingOfItIsOpen) {
  Add(1, 4);
  Take();
  now_ += kSlow;
  EXPECT_EQ(Take(), "");
  for (int i = 0; i < 4; ++i) Answer(1);
  Add(1, 9);
  EXPECT_EQ(Take(), "1 1 1 1");
}

// Many with dead servers, and then another one.
TEST_F(QuestionQueueTest, KeepsRoomForOthersBesideSlowOnes) {
  Use(20, 10);
  for (size_t who = 1; who <= 50; ++who) Add(who, 32);
  Take();
  Add(99, 1);
  EXPECT_EQ(Take(), "") << "all is taken, for the moment";
  now_ += kSlow;
  EXPECT_NE(Take(), "");
  now_ += kSlow;
  Add(100, 1);
  const std::string taken = Take();
  EXPECT_NE(absl::StrCat(" ", taken, " ").find(" 100 "), std::string::npos)
      << taken;
}

TEST_F(QuestionQueueTest, GivesSlowOnesNoMoreThanTheirBound) {
  Use(8, 3);
  for (size_t who = 1; who <= 2; ++who) Add(who, 9);
  EXPECT_EQ(Take(), "1 2 1 2 1 2 1 2");
  now_ += kSlow;
  for (int i = 0; i < 3; ++i) Answer(1);  // one of it is open, and four of 2
  EXPECT_EQ(Take(), "") << "one at a time beside too many slow ones";
  Answer(1);
  EXPECT_EQ(Take(), "1");
  now_ += kSlow;
  EXPECT_EQ(Take(), "");
  for (int i = 0; i < 3; ++i) Answer(2);
  EXPECT_EQ(Take(), "1") << "two of three were open";
}

TEST_F(QuestionQueueTest, DropsWhatIsForgotten) {
  Use(4, 4);
  Add(1, 9);
  Add(2, 1);
  EXPECT_EQ(Take(), "1 2 1 1");
  queue_->Forget(1);
  queue_->Forget(3);
  Answer(1);
  EXPECT_EQ(Take(), "");
  Add(3, 9);
  EXPECT_EQ(Take(), "3 3 3") << "its room is free";
}

TEST_F(QuestionQueueTest, TellsWhenThereMayBeMoreWithoutAnAnswer) {
  Use(1, 1);
  EXPECT_FALSE(queue_->NextTurn());
  Add(1, 1);
  Add(2, 1);
  EXPECT_EQ(Take(), "1");
  ASSERT_TRUE(queue_->NextTurn());
  EXPECT_EQ(*queue_->NextTurn(), now_ + kSlow);
  now_ += kSlow - kMoment;
  EXPECT_EQ(Take(), "");
  now_ += kMoment;
  EXPECT_EQ(Take(), "2");
  EXPECT_FALSE(queue_->NextTurn());
}

}  // namespace
}  // namespace danebound
