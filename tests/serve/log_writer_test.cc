#include "stub/serve/log/log_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"

namespace danebound {
namespace {

class LogWriterTest : public ::testing::Test {
 protected:
  LogWriterTest() {
    EXPECT_EQ(pipe2(pipe_.data(), O_CLOEXEC), 0);
    writer_ = std::make_unique<LogWriter>(
        pipe_[1], [](uint64_t lost) { return absl::StrCat("lost ", lost); });
  }
  ~LogWriterTest() override {
    close(pipe_[0]);
    close(pipe_[1]);
  }

  // Reads until the text has come.
  std::string ReadUntil(absl::string_view text) {
    std::string all;
    std::array<char, 4096> buffer{};
    while (!absl::StrContains(all, text)) {
      const ssize_t size = read(pipe_[0], buffer.data(), buffer.size());
      if (size <= 0) break;
      all.append(buffer.data(), static_cast<size_t>(size));
    }
    return all;
  }

  std::array<int, 2> pipe_{};
  std::unique_ptr<LogWriter> writer_;
};

TEST_F(LogWriterTest, WritesLinesInOrder) {
  writer_->Write("one");
  writer_->Write("two");
  EXPECT_EQ(ReadUntil("two\n"), "one\ntwo\n");
  EXPECT_EQ(writer_->lost(), 0U);
}

TEST_F(LogWriterTest, WritesWhatIsQueuedBeforeItGoes) {
  for (int i = 0; i < 100; ++i) writer_->Write("line");
  writer_->Write("last");
  writer_.reset();
  EXPECT_EQ(ReadUntil("last\n").size(), 100 * 5 + 5U);
}

// All that the notices in a text tell of.
uint64_t LostBy(const std::string& text) {
  uint64_t sum = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    uint64_t lost = 0;
    if (!absl::ConsumePrefix(&line, "lost ")) continue;
    EXPECT_TRUE(absl::SimpleAtoi(line, &lost));
    sum += lost;
  }
  return sum;
}

// Nobody reads: Write returns all the same, and says later what was lost.
TEST_F(LogWriterTest, LosesLinesRatherThanWait) {
  const std::string line(1000, 'x');
  for (int i = 0; i < 10000; ++i) writer_->Write(line);
  EXPECT_GT(writer_->lost(), 7000U);
  EXPECT_LT(writer_->lost(), 10000U);
  // There is room again once some of it has been read.
  std::string text;
  uint64_t lost = 0;
  do {
    text += ReadUntil(line + "\n");
    lost = writer_->lost();
    writer_->Write("at last");
  } while (writer_->lost() != lost);
  text += ReadUntil("at last\n");
  EXPECT_EQ(LostBy(text), lost);
}

TEST_F(LogWriterTest, GoesThoughNobodyReads) {
  const std::string line(1000, 'x');
  for (int i = 0; i < 1000; ++i) writer_->Write(line);
  writer_.reset();
}

}  // namespace
}  // namespace danebound
