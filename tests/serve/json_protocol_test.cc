#include "stub/serve/json/json_protocol.h"

#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/module_server.h"

namespace danebound {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// One host with so many TLSA records, when the test says so.
class HostOfRecords : public FactsSource {
 public:
  explicit HostOfRecords(size_t records) : records_(records) {}

  void Ask(const NextHop& next_hop, absl::Duration /*timeout*/,
           OnFacts on_facts) override {
    next_hop_ = next_hop;
    on_facts_ = std::move(on_facts);
  }
  std::string Name() const override { return "test"; }
  bool HasCache() const override { return false; }

  void Answer() {
    Facts facts = FactsFor(next_hop_);
    facts.hosts.resize(1);
    facts.hosts.front().tlsa.clear();
    for (size_t i = 0; i < records_; ++i) {
      std::string digest(32, '\0');
      digest[0] = static_cast<char>(i % 256);
      digest[1] = static_cast<char>(i / 256);
      facts.hosts.front().tlsa.push_back(absl::StrCat("\3\1\1", digest));
    }
    on_facts_(FoundFacts::Encode(facts, std::time(nullptr)));
  }

 private:
  size_t records_;
  NextHop next_hop_;
  OnFacts on_facts_;
};

class Asker : public Caller {
 public:
  const std::string& user() const override { return user_; }
  void Push(absl::string_view /*octets*/) override {}
  void StayOpen(std::shared_ptr<void> /*held*/) override {}

 private:
  std::string user_ = "uid 1";
};

// What so many equal lines get of a host with so many records.
std::vector<std::string> RepliesTo(size_t lines, size_t records) {
  auto facts = std::make_unique<HostOfRecords>(records);
  HostOfRecords* host = facts.get();
  VerdictSource source(
      std::move(facts), ServeSettings(), [](const std::string& /*line*/) {},
      SystemClock());
  JsonProtocol json(&source, /*watches=*/nullptr);
  const auto asker = std::make_shared<Asker>();
  std::vector<std::string> replies;
  for (size_t i = 0; i < lines; ++i) {
    json.Answer(
        R"({"domain": "example.org"})", asker,
        [&replies](std::string line) { replies.push_back(std::move(line)); });
  }
  host->Answer();
  return replies;
}

TEST(JsonProtocol, AnswersEachLine) {
  for (const size_t records : {size_t{1}, size_t{300}}) {
    const std::vector<std::string> replies = RepliesTo(3, records);
    EXPECT_THAT(replies, SizeIs(3));
    EXPECT_THAT(replies, Each(HasSubstr(R"("disposition":"deliver")")))
        << records;
  }
}

TEST(JsonProtocol, SaysThatAVerdictIsTooLarge) {
  const std::vector<std::string> replies = RepliesTo(3, 2000);
  EXPECT_THAT(replies, SizeIs(3));
  EXPECT_THAT(replies, Each(HasSubstr("more than 128 KiB")));
  EXPECT_THAT(replies, Each(HasSubstr(R"("disposition":"defer")")));
}

// The bound is by an estimate, which must not be too low.
TEST(JsonProtocol, MakesNoLineThatIsLongerThanItsBound) {
  for (size_t records = 200; records <= 600; records += 50) {
    for (const std::string& line : RepliesTo(1, records)) {
      EXPECT_LE(line.size(), size_t{128} << 10) << records;
    }
  }
}

}  // namespace
}  // namespace danebound
