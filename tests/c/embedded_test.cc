// Lookups through C without a module; those against real zones are in
// examples_test.py.
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/include/danebound.h"
#include "tests/c/owners.h"
#include "tests/embedded/folder.h"

namespace danebound {
namespace {

using testing::HasSubstr;
using testing::StrEq;

using EmbeddedPtr =
    std::unique_ptr<danebound_embedded, FreeObject<danebound_embedded_free>>;

constexpr const char* kAnchor =
    "server:\n trust-anchor: \". DS 20326 8 2 "
    "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\"\n";

struct Made {
  int error;
  EmbeddedPtr embedded;
  std::string why;
};

Made New(const char* unbound_conf, const char* trust_anchor_file) {
  danebound_embedded* embedded = nullptr;
  char* why = nullptr;
  const int error =
      danebound_embedded_new(unbound_conf, trust_anchor_file, &embedded, &why);
  return {error, EmbeddedPtr(embedded), TakeText(why)};
}

TEST(CEmbedded, NamesAFileThatDoesNotExist) {
  const Made made = New("/nowhere/unbound.conf", nullptr);
  EXPECT_EQ(made.error, DANEBOUND_ERROR_NOT_FOUND);
  EXPECT_EQ(made.embedded, nullptr);
  EXPECT_THAT(made.why, HasSubstr("/nowhere/unbound.conf"));
}

TEST(CEmbedded, RefusesAConfigurationThatIsNone) {
  const Folder folder;
  const std::string conf = folder.Write("bad.conf", "server:\n surely: not\n");
  const Made made = New(conf.c_str(), nullptr);
  EXPECT_EQ(made.error, DANEBOUND_ERROR_ARGUMENT);
  EXPECT_THAT(made.why, HasSubstr("bad.conf"));
}

// RFC 7672 2.1.1: bogus answers would pass for insecure ones.
TEST(CEmbedded, GivesNoVerdictsInPermissiveMode) {
  const Folder folder;
  const std::string conf = folder.Write(
      "unbound.conf", std::string(kAnchor) + " val-permissive-mode: yes\n");
  EXPECT_EQ(New(conf.c_str(), nullptr).error, DANEBOUND_ERROR_STATE);
}

TEST(CEmbedded, MakesTheVerdictsOfTheOtherLibraries) {
  const Folder folder;
  const std::string conf = folder.Write("unbound.conf", kAnchor);
  const Made made = New(conf.c_str(), nullptr);
  ASSERT_EQ(made.error, DANEBOUND_OK) << made.why;
  danebound_verdict* verdict = nullptr;
  ASSERT_EQ(danebound_embedded_lookup(made.embedded.get(), "[192.0.2.1]",
                                      nullptr, &verdict, nullptr),
            DANEBOUND_OK);
  const CVerdictPtr owner(verdict);
  EXPECT_THAT(danebound_host_address(danebound_verdict_host(verdict, 0), 0),
              StrEq("192.0.2.1"));
}

TEST(CEmbedded, RefusesNullAndWhatIsNoNextHop) {
  const Folder folder;
  const std::string conf = folder.Write("unbound.conf", kAnchor);
  const Made made = New(conf.c_str(), nullptr);
  danebound_verdict* verdict = nullptr;
  const int refused = DANEBOUND_ERROR_ARGUMENT;
  EXPECT_EQ(danebound_embedded_new(nullptr, nullptr, nullptr, nullptr),
            refused);
  EXPECT_EQ(danebound_embedded_lookup(nullptr, "a.example", nullptr, &verdict,
                                      nullptr),
            refused);
  EXPECT_EQ(danebound_embedded_lookup(made.embedded.get(), "a..b", nullptr,
                                      &verdict, nullptr),
            refused);
  EXPECT_EQ(danebound_embedded_lookup(made.embedded.get(), nullptr, nullptr,
                                      &verdict, nullptr),
            refused);
  EXPECT_EQ(danebound_embedded_lookup(made.embedded.get(), "[192.0.2.1]",
                                      nullptr, nullptr, nullptr),
            refused);
  EXPECT_EQ(verdict, nullptr);
  danebound_embedded_free(nullptr);
}

}  // namespace
}  // namespace danebound
