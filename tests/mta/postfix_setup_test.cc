#include "stub/mta/postfix_setup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace danebound {

void PrintTo(const PostfixChange& change, std::ostream* out) {
  *out << change.name << "=" << change.new_value;
}

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kMap = kSetupMap;

TEST(WithDanebound, StandsBehindTheOperatorsOwnTables) {
  EXPECT_EQ(WithDanebound(""), kMap);
  EXPECT_EQ(WithDanebound("hash:/etc/postfix/tls, inline:{a.example=may}"),
            "hash:/etc/postfix/tls, inline:{a.example=may}, " + kMap);
}

TEST(WithDanebound, StandsBeforeTheSocketmapsOfOthers) {
  EXPECT_EQ(WithDanebound("hash:/tls socketmap:inet:127.0.0.1:8461:postfix"),
            "hash:/tls, " + kMap + ", socketmap:inet:127.0.0.1:8461:postfix");
  EXPECT_EQ(WithDanebound("proxy:socketmap:unix:sts:x, lmdb:/tls"),
            kMap + ", proxy:socketmap:unix:sts:x, lmdb:/tls");
}

TEST(ChangesFor, AreNoneWhenAllIsSet) {
  EXPECT_THAT(ChangesFor({{"smtp_dns_support_level", "dnssec"},
                          {"smtp_tls_security_level", "may"},
                          {"smtp_tls_dane_insecure_mx_policy", "dane"},
                          {"smtp_tls_policy_maps", kMap}},
                         {}),
              IsEmpty());
}

TEST(ChangesFor, AreAllOfANewPostfix) {
  EXPECT_THAT(
      ChangesFor({{"smtp_dns_support_level", ""},
                  {"smtp_tls_security_level", ""},
                  {"smtp_tls_dane_insecure_mx_policy", "may"},
                  {"smtp_tls_policy_maps", ""}},
                 {}),
      ElementsAre(
          PostfixChange{"smtp_dns_support_level", absl::nullopt, "dnssec"},
          PostfixChange{"smtp_tls_security_level", absl::nullopt, "may"},
          PostfixChange{"smtp_tls_dane_insecure_mx_policy", absl::nullopt,
                        "dane"},
          PostfixChange{"smtp_tls_policy_maps", absl::nullopt, kMap}));
}

TEST(ChangesFor, LeaveAStrongerLevelAsItIs) {
  for (const char* level : {"may", "encrypt", "dane", "verify", "secure"}) {
    EXPECT_THAT(ChangesFor({{"smtp_dns_support_level", "dnssec"},
                            {"smtp_tls_security_level", level},
                            {"smtp_tls_dane_insecure_mx_policy", "dane"},
                            {"smtp_tls_policy_maps", kMap}},
                           {}),
                IsEmpty())
        << level;
  }
}

TEST(ChangesFor, KeepMacrosOfWhatStandsThere) {
  EXPECT_THAT(
      ChangesFor({{"smtp_dns_support_level", "DNSSEC"},
                  {"smtp_tls_security_level", "None"},
                  {"smtp_tls_dane_insecure_mx_policy", "dane"},
                  {"smtp_tls_policy_maps", "hash:/etc/postfix/tls"}},
                 {{"smtp_tls_security_level", "None"},
                  {"smtp_tls_policy_maps", "hash:$config_directory/tls"}}),
      ElementsAre(
          PostfixChange{"smtp_tls_security_level", "None", "may"},
          PostfixChange{"smtp_tls_policy_maps", "hash:$config_directory/tls",
                        "hash:$config_directory/tls, " + kMap}));
}

TEST(ChangesFor, LeaveAMapOfDaneboundWhereItIs) {
  EXPECT_THAT(
      ChangesFor({{"smtp_dns_support_level", "dnssec"},
                  {"smtp_tls_security_level", "may"},
                  {"smtp_tls_dane_insecure_mx_policy", "dane"},
                  {"smtp_tls_policy_maps", "socketmap:unix:/x/y:QUERY"}},
                 {}),
      IsEmpty());
}

TEST(ObstacleIn, IsASettingOfOldThatWouldBeWeakened) {
  EXPECT_EQ(ObstacleIn(
                {{"smtp_tls_security_level", ""}, {"smtp_enforce_tls", "yes"}}),
            "smtp_enforce_tls = yes counts no longer once there is "
            "smtp_tls_security_level. Run: postconf "
            "smtp_tls_security_level=encrypt");
  EXPECT_EQ(ObstacleIn({{"smtp_tls_security_level", "encrypt"},
                        {"smtp_enforce_tls", "yes"}}),
            "");
  EXPECT_THAT(
      ObstacleIn({{"smtp_tls_per_site", "hash:/etc/postfix/sites"}}),
      testing::HasSubstr("smtp_tls_per_site = hash:/etc/postfix/sites"));
  EXPECT_EQ(ObstacleIn({{"smtp_enforce_tls", "no"}, {"smtp_tls_per_site", ""}}),
            "");
}

TEST(UndoingOf, RestoresWhatWeSetAndNothingElse) {
  const PostfixChange change = {"a", absl::nullopt, "new"};
  EXPECT_EQ(UndoingOf(change, {{"a", "new"}}), Undoing::kRestore);
  EXPECT_EQ(UndoingOf(change, {{"a", "other"}}), Undoing::kLeave);
  EXPECT_EQ(UndoingOf(change, {{"a", ""}}), Undoing::kLeave);
  EXPECT_EQ(UndoingOf(change, {}), Undoing::kDone);
  EXPECT_EQ(UndoingOf({"a", "old", "new"}, {{"a", "old"}}), Undoing::kDone);
  EXPECT_EQ(UndoingOf({"a", "old", "new"}, {}), Undoing::kLeave);
}

}  // namespace
}  // namespace danebound
