// What `danebound setup postfix` writes; tests/host has the whole of it on a
// booted Debian.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "stub/cli/setup/setup_host.h"
#include "stub/cli/setup/setup_memory.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;

TEST(WithAudit, SetsThePolicyOfWhatHasNoDestinationOfItsOwn) {
  EXPECT_EQ(WithAudit("[default]\n#policy = \"enforce\"\n"
                      "[destinations.\"a.example\"]\npolicy = \"require\"\n"),
            "[default]\npolicy = \"audit\"\n#policy = \"enforce\"\n"
            "[destinations.\"a.example\"]\npolicy = \"require\"\n");
}

TEST(WithAudit, AddsTheSectionWhereThereIsNone) {
  EXPECT_EQ(WithAudit(""), "\n[default]\npolicy = \"audit\"");
  EXPECT_EQ(WithAudit("max_lookups = 5\n"),
            "max_lookups = 5\n\n[default]\npolicy = \"audit\"");
}

TEST(WithAudit, LeavesThePolicyOfTheOperatorAlone) {
  EXPECT_FALSE(WithAudit("[default]\npolicy = \"require\"\n").has_value());
  EXPECT_FALSE(
      WithAudit("[default]\ninsecure_mx = \"encrypt\"\npolicy=\"off\"\n")
          .has_value());
}

TEST(WithAudit, MakesNoSettingsThatCannotBeRead) {
  EXPECT_FALSE(WithAudit(" [default]  # mine\n").has_value());
  EXPECT_FALSE(WithAudit("nonsense\n").has_value());
}

class SetupMemoryTest : public ::testing::Test {
 protected:
  ~SetupMemoryTest() override { std::remove(path_.c_str()); }

  std::string path_ = ::testing::TempDir() + "setup-memory.json";
};

TEST_F(SetupMemoryTest, ComesBackAsItWas) {
  const SetupMemory memory = {
      "/etc/postfix",
      {{"smtp_tls_policy_maps", absl::nullopt, "socketmap:unix:a:QUERY"},
       {"smtp_tls_security_level", "none", "may"}},
      {{"/etc/resolv.conf", "nameserver 192.0.2.1\n", "nameserver ::1\n"},
       {"/etc/danebound/serve.conf", absl::nullopt, "[default]\n"}},
      true};
  ASSERT_TRUE(SaveSetupMemory(path_, memory).ok());
  const auto read = ReadSetupMemory(path_);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, memory);
}

TEST_F(SetupMemoryTest, IsOneRunsAlone) {
  {
    const auto first = LockSetup(path_);
    ASSERT_TRUE(first.ok()) << first.status();
    EXPECT_FALSE(LockSetup(path_).ok());
  }
  EXPECT_TRUE(LockSetup(path_).ok());
  std::remove((path_ + ".lock").c_str());
}

TEST_F(SetupMemoryTest, IsNotFoundWhereThereIsNone) {
  EXPECT_TRUE(absl::IsNotFound(ReadSetupMemory(path_).status()));
}

TEST_F(SetupMemoryTest, NamesTheFileThatIsSomethingElse) {
  for (const char* text :
       {"", "nonsense", "[]", "{\"version\": 1}", "{\"version\": 2}",
        R"({"version": 1, "folder": 1, "main_cf": [], "files": [],
            "socket": true})"}) {
    std::ofstream(path_) << text;
    const absl::Status status = ReadSetupMemory(path_).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << text << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
  }
}

}  // namespace
}  // namespace danebound
