#include "stub/system/module_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string ErrorOf(absl::string_view text) {
  ModuleSettings settings;
  return std::string(ParseModuleSettings(text, "m.conf", &settings).message());
}

std::string ErrorOfFile(const std::string& path) {
  ModuleSettings settings;
  return std::string(ReadModuleSettings(path, &settings).message());
}

TEST(Settings, TakesEveryKindOfValue) {
  ModuleSettings settings;
  ASSERT_TRUE(
      ParseModuleSettings("socket = \"/run/x.sock\"\nsocket_mode = \"0600\"\n"
                          "cache_bytes = 1\nprefetch = false\n"
                          "log_level = \"debug\"\n",
                          "m.conf", &settings)
          .ok());
  EXPECT_EQ(settings.socket, "/run/x.sock");
  EXPECT_EQ(settings.socket_mode, 0600U);
  EXPECT_EQ(settings.cache_bytes, 1);
  EXPECT_FALSE(settings.prefetch);
  EXPECT_EQ(settings.log_level, LogLevel::kDebug);
}

TEST(Settings, NamesFileLineAndKeyOfAnUnknownKey) {
  EXPECT_EQ(ErrorOf("# one\n\nsokcet = \"/x\"\n"),
            "m.conf:3:10: unknown key \"sokcet\"");
}

TEST(Settings, NamesFileAndLineWhereItIsNoToml) {
  EXPECT_THAT(ErrorOf("prefetch = true\nsocket = /run/x\n"),
              StartsWith("m.conf:2:"));
}

TEST(Settings, NamesAllThatIsWrong) {
  EXPECT_EQ(ErrorOf("prefetch = 1\nsokcet = 1\n"),
            "m.conf:1:12: prefetch must be true or false\n"
            "m.conf:2:10: unknown key \"sokcet\"");
}

TEST(Settings, SaysTheRangeOfANumber) {
  EXPECT_EQ(
      ErrorOf("deadline_ms = 99"),
      "m.conf:1:15: deadline_ms must be a whole number from 100 to 600000");
  EXPECT_THAT(ErrorOf("deadline_ms = \"100\""), HasSubstr("whole number"));
  EXPECT_THAT(ErrorOf("deadline_ms = 1.5"), HasSubstr("whole number"));
}

TEST(Settings, RefusesASocketPathThatIsRelativeOrTooLong) {
  EXPECT_THAT(ErrorOf("socket = \"x.sock\""), HasSubstr("absolute path"));
  const std::string path = absl::StrCat("/", std::string(107, 'x'));
  EXPECT_THAT(ErrorOf(absl::StrCat("socket = \"", path, "\"")),
              HasSubstr("at most 107 octets"));
}

TEST(Settings, RefusesAModeThatIsNotOctal) {
  for (const char* mode : {"\"0680\"", "\"66\"", "\"10660\"", "\"4660\"", "660",
                           "\"\"", "\"rw\""}) {
    EXPECT_THAT(ErrorOf(absl::StrCat("socket_mode = ", mode)),
                HasSubstr("octal"))
        << mode;
  }
}

TEST(Settings, RefusesAFlagThatIsNone) {
  EXPECT_THAT(ErrorOf("prefetch = 1"), HasSubstr("true or false"));
}

TEST(Settings, KnowTheSocketEvenWhenAnotherKeyIsBad) {
  ModuleSettings settings;
  EXPECT_FALSE(ParseModuleSettings("nonsense = 1\nsocket = \"/run/x.sock\"\n",
                                   "m.conf", &settings)
                   .ok());
  EXPECT_EQ(settings.socket, "/run/x.sock");
}

TEST(Settings, AreNotFoundWhenTheFileIsMissing) {
  ModuleSettings settings;
  const absl::Status status =
      ReadModuleSettings("/nonexistent/module.conf", &settings);
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(status.message(),
            "/nonexistent/module.conf: No such file or directory");
}

// An editor or a configuration manager is at it.
TEST(Settings, AreNotFoundWhenTheFileHoldsWhiteSpaceAlone) {
  const std::string path = absl::StrCat("/tmp/settings-test-", getpid());
  std::ofstream(path) << " \n\n";
  ModuleSettings settings;
  const absl::Status status = ReadModuleSettings(path, &settings);
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(status.message(), absl::StrCat(path, ": is empty"));
  unlink(path.c_str());
}

// The unit names it, too.
TEST(Settings, MayBeMissingAtTheDefaultPathHoweverItWasNamed) {
  unsetenv("DANEBOUND_CONF");
  EXPECT_TRUE(FindModuleSettings().is_default);
  setenv("DANEBOUND_CONF", "/etc/danebound/module.conf", 1);
  EXPECT_TRUE(FindModuleSettings().is_default);
  setenv("DANEBOUND_CONF", "/etc/module.conf", 1);
  EXPECT_FALSE(FindModuleSettings().is_default);
  unsetenv("DANEBOUND_CONF");
}

TEST(Settings, AreAnErrorWhenTheFileIsAFolder) {
  EXPECT_EQ(ErrorOfFile("/tmp"), "/tmp: is no regular file");
}

// A reader that opens a pipe, or reads on for ever, would stop DNS.
TEST(Settings, AreAnErrorWhenTheFileIsAPipeOrADevice) {
  const std::string path = absl::StrCat("/tmp/settings-test-", getpid());
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(ErrorOfFile(path), absl::StrCat(path, ": is no regular file"));
  unlink(path.c_str());
  EXPECT_EQ(ErrorOfFile("/dev/zero"), "/dev/zero: is no regular file");
}

TEST(Settings, AreAnErrorWhenTheFileIsTooLong) {
  const std::string path = absl::StrCat("/tmp/settings-test-", getpid());
  std::ofstream(path) << std::string(1048577, '#');
  EXPECT_EQ(ErrorOfFile(path),
            absl::StrCat(path, ": is longer than 1048576 octets"));
  unlink(path.c_str());
}

// A file of release 0.1.0 must not stop the service.
TEST(Settings, SayWhatHasNoEffect) {
  ModuleSettings settings;
  const absl::Status status = ParseModuleSettings(
      "max_prefetches = 32\nmax_lookups_per_worker = 64\nprefetch = false\n",
      "m.conf", &settings);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_FALSE(settings.prefetch);
  EXPECT_THAT(settings.notes, testing::UnorderedElementsAre(
                                  "m.conf:1:18: max_prefetches has no effect: "
                                  "mesh_share bounds lookups",
                                  "m.conf:2:26: max_lookups_per_worker has no "
                                  "effect: mesh_share bounds "
                                  "lookups"));
}

// Takes the comment sign from the lines that are settings.
std::string Uncommented(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  for (std::string line; std::getline(file, line);) {
    const bool is_setting = line.size() > 1 && line[0] == '#' && line[1] != ' ';
    absl::StrAppend(&text, is_setting ? line.substr(1) : line, "\n");
  }
  return text;
}

// The example documents every key, with its default.
TEST(Settings, ExampleShowsTheDefaults) {
  ModuleSettings settings;
  settings.socket.clear();
  settings.socket_mode = 0;
  settings.prefetch = false;
  settings.log_level = LogLevel::kError;
  const auto numbers = [](ModuleSettings& of) {
    return std::vector<int64_t*>{&of.cache_bytes,
                                 &of.max_verdict_life,
                                 &of.deadline_ms,
                                 &of.evaluated_hosts,
                                 &of.listed_hosts,
                                 &of.mesh_share,
                                 &of.max_lookups,
                                 &of.max_lookups_per_user,
                                 &of.fresh_per_second,
                                 &of.prefetch_per_second,
                                 &of.max_connections,
                                 &of.max_connections_per_user,
                                 &of.max_in_flight_per_connection,
                                 &of.idle_seconds};
  };
  for (int64_t* number : numbers(settings)) *number = -1;
  const std::string text = Uncommented(DANEBOUND_EXAMPLE_SETTINGS);
  const absl::Status status =
      ParseModuleSettings(text, "module.conf", &settings);
  ASSERT_TRUE(status.ok()) << status;
  ModuleSettings defaults;
  EXPECT_EQ(settings.socket, defaults.socket);
  EXPECT_EQ(settings.socket_mode, defaults.socket_mode);
  EXPECT_EQ(settings.prefetch, defaults.prefetch);
  EXPECT_EQ(settings.log_level, defaults.log_level);
  for (size_t i = 0; i < numbers(settings).size(); ++i) {
    EXPECT_EQ(*numbers(settings)[i], *numbers(defaults)[i]) << i;
  }
}

}  // namespace
}  // namespace danebound
