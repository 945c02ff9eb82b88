// The state file: kept whole, or not touched.
#include "stub/rollover/memory_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RolloverMemoryFile : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(mkdir(folder_.c_str(), 0700), 0); }
  void TearDown() override {
    for (const char* suffix : {"", ".lock", ".danebound-new"}) {
      std::remove((path_ + suffix).c_str());
    }
    rmdir(folder_.c_str());
  }
  std::string Text() const {
    std::stringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }

  std::string folder_ =
      absl::StrCat(::testing::TempDir(), "/memory.", getpid());
  std::string path_ = folder_ + "/state.json";
  RolloverMemory memory_ = {
      {std::string("\x03\x01\x01\x0a", 4)},
      1700000000,
      3600,
      1700000100,
      {std::string("\x03\x01\x01\x0b", 4)},
      {std::string("\x03\x01\x01\x0c", 4)},
      {{{std::string("\x03\x01\x01\x0b", 4), "short", "", "\x03"}, {}},
       {{}, 1700000050}},
      1690000000};
};

TEST_F(RolloverMemoryFile, IsEmptyWhereThereIsNone) {
  EXPECT_THAT(MemoryFile::Open(path_)->owners(), IsEmpty());
}

TEST_F(RolloverMemoryFile, ReadsBackWhatWasSaved) {
  {
    auto file = MemoryFile::Open(path_);
    file->owners()["_25._tcp.mx.example"] = memory_;
    file->owners()["_25._tcp.other.example"] = {};
    ASSERT_TRUE(file->Save().ok());
  }
  auto file = MemoryFile::Open(path_);
  EXPECT_EQ(file->owners().at("_25._tcp.mx.example"), memory_);
  EXPECT_EQ(file->owners().at("_25._tcp.other.example"), RolloverMemory());
}

// danebound 0.1
TEST_F(RolloverMemoryFile, IsReadWithoutWhatCameLater) {
  std::ofstream(path_) << R"({"version":1,"owners":{"x":{"next":["3 1 1 0a"],)"
                          R"("since":1700000000,"hold":3600,)"
                          R"("hold_seen":1700000100}}})";
  const RolloverMemory memory = MemoryFile::Open(path_)->owners().at("x");
  EXPECT_EQ(memory.since, 1700000000);
  EXPECT_EQ(memory.begun, absl::nullopt);
}

TEST_F(RolloverMemoryFile, MakesItsFolder) {
  const std::string path = folder_ + "/new/state.json";
  EXPECT_TRUE(MemoryFile::Open(path)->Save().ok());
  EXPECT_EQ(std::remove(path.c_str()), 0);
  std::remove((path + ".lock").c_str());
  rmdir((folder_ + "/new").c_str());
}

TEST_F(RolloverMemoryFile, IsLeftAsItIsWhereItCannotBeRead) {
  for (const char* text :
       {"", "[]", "{\"version\":1}", "{\"version\":2,\"owners\":{}}",
        "{\"version\":1,\"owners\":{\"a\":{\"next\":[\"x\"],\"since\":1,"
        "\"hold\":1,\"hold_seen\":1}}}"}) {
    std::ofstream(path_) << text;
    const auto file = MemoryFile::Open(path_);
    EXPECT_EQ(file.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(file.status().message(),
                HasSubstr("state.json: no state of danebound rollover"));
    EXPECT_EQ(Text(), text);
  }
}

TEST_F(RolloverMemoryFile, KeepsTheOldOneWhereTheNewCannotBeWritten) {
  auto file = MemoryFile::Open(path_);
  ASSERT_TRUE(file->Save().ok());
  const std::string before = Text();
  ASSERT_EQ(mkdir((path_ + ".danebound-new").c_str(), 0700), 0);
  file->owners()["x"] = memory_;
  EXPECT_EQ(file->Save().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Text(), before);
  rmdir((path_ + ".danebound-new").c_str());
}

TEST_F(RolloverMemoryFile, IsHeldByOneAtATime) {
  auto first = MemoryFile::Open(path_);
  first->owners()["x"] = memory_;
  auto second = std::async(std::launch::async,
                           [this] { return MemoryFile::Open(path_); });
  ASSERT_TRUE(first->Save().ok());
  // Destroyed: the second one goes on, and sees what the first one saved.
  first = absl::CancelledError();
  EXPECT_EQ(second.get()->owners().count("x"), 1U);
}

}  // namespace
}  // namespace danebound
