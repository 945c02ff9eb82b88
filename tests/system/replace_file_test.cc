#include "stub/system/replace_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace danebound {
namespace {

std::string TextOf(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

mode_t ModeOf(const std::string& path) {
  struct stat file {};
  stat(path.c_str(), &file);
  return file.st_mode & 07777;
}

class ReplaceFileTest : public ::testing::Test {
 protected:
  ReplaceFileTest() { mkdtemp(folder_.data()); }
  ~ReplaceFileTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_ = "/tmp/replace-file-test-XXXXXX";
};

TEST_F(ReplaceFileTest, MakesAFileOfTheModeWhereThereIsNone) {
  const std::string path = folder_ + "/new";
  ASSERT_TRUE(ReplaceFile(path, "a\n", 0640).ok());
  EXPECT_EQ(TextOf(path), "a\n");
  EXPECT_EQ(ModeOf(path), 0640U);
}

TEST_F(ReplaceFileTest, KeepsTheModeOfTheOldOne) {
  const std::string path = folder_ + "/old";
  std::ofstream(path) << "a\n";
  chmod(path.c_str(), 0604);
  ASSERT_TRUE(ReplaceFile(path, "b\n", 0640).ok());
  EXPECT_EQ(TextOf(path), "b\n");
  EXPECT_EQ(ModeOf(path), 0604U);
}

TEST_F(ReplaceFileTest, LeavesALinkAndReplacesWhatItLeadsTo) {
  std::ofstream(folder_ + "/real") << "a\n";
  std::filesystem::create_symlink("real", folder_ + "/link");
  ASSERT_TRUE(ReplaceFile(folder_ + "/link", "b\n", 0640).ok());
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ + "/link"));
  EXPECT_EQ(TextOf(folder_ + "/real"), "b\n");
}

TEST_F(ReplaceFileTest, LeavesNothingBehind) {
  const std::string path = folder_ + "/a";
  std::ofstream(path + ".danebound-new") << "of a run that was killed";
  ASSERT_TRUE(ReplaceFile(path, "b\n", 0640).ok());
  EXPECT_EQ(TextOf(path), "b\n");
  std::filesystem::create_directory(folder_ + "/folder");
  std::ofstream(folder_ + "/folder/in it") << "";
  EXPECT_FALSE(ReplaceFile(folder_ + "/folder", "b\n", 0640).ok());
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator(folder_)) {
    ++count;
  }
  EXPECT_EQ(count, 2U);
}

TEST_F(ReplaceFileTest, NamesTheFileThatCannotBeWritten) {
  const absl::Status status = ReplaceFile(folder_ + "/gone/conf", "b\n", 0640);
  EXPECT_NE(status.message().find("/gone/conf"), std::string::npos);
}

}  // namespace
}  // namespace danebound
