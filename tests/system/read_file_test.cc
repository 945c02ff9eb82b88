#include "stub/system/read_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;

class ReadRegularFileTest : public ::testing::Test {
 protected:
  ReadRegularFileTest()
      : path_(absl::StrCat(
            ::testing::TempDir(), "read-file-test-",
            ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::remove(path_.c_str());
  }
  ~ReadRegularFileTest() override { std::remove(path_.c_str()); }

  const std::string path_;
};

TEST_F(ReadRegularFileTest, GivesAllOctetsUpToTheMost) {
  const std::string octets(10000, '\0');
  std::ofstream(path_) << octets;
  EXPECT_EQ(ReadRegularFile(path_, 10000).value(), octets);
  const auto longer = ReadRegularFile(path_, 9999);
  EXPECT_EQ(longer.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(longer.status().message(),
            absl::StrCat(path_, ": is longer than 9999 octets"));
}

TEST_F(ReadRegularFileTest, SaysWhatTheSystemSaid) {
  const auto missing = ReadRegularFile(path_, 10);
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(missing.status().message(),
            absl::StrCat(path_, ": No such file or directory"));
}

// A pipe without a writer would hold the reader for ever.
TEST_F(ReadRegularFileTest, OpensNothingThatMakesItWait) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  for (const std::string& path :
       {path_, std::string("/dev/zero"), std::string(::testing::TempDir())}) {
    EXPECT_THAT(std::string(ReadRegularFile(path, 10).status().message()),
                HasSubstr("is no regular file"));
  }
}

}  // namespace
}  // namespace danebound
