#include "stub/check/mta_sts.h"

#include <gtest/gtest.h>

#include <string>

namespace danebound {
namespace {

std::string Txt(const std::string& text) {
  return static_cast<char>(text.size()) + text;
}

// RFC 8461 3.1
TEST(MtaSts, HasOneRecordThatBeginsWithItsVersion) {
  const std::string record = "v=STSv1; id=20260101;";
  EXPECT_EQ(MtaStsRecord({Txt("other"), Txt(record)}), record);
  EXPECT_EQ(MtaStsRecord({Txt("v=STSv1; ") + Txt("id=20260101;")}), record);
  EXPECT_EQ(MtaStsRecord({}), "");
  EXPECT_EQ(MtaStsRecord({Txt("v=STSv2; id=1")}), "");
  EXPECT_EQ(MtaStsRecord({Txt(record), Txt(record)}), "");
}

TEST(MtaSts, IsEscapedAndCut) {
  EXPECT_EQ(MtaStsRecord({Txt("v=STSv1;\x1b")}), "v=STSv1;\\x1b");
  EXPECT_EQ(MtaStsRecord({Txt("v=STSv1;" + std::string(240, 'x'))}).size(),
            200U);
  EXPECT_EQ(MtaStsRecord({"\xffv=STSv1;"}), "v=STSv1;");
}

}  // namespace
}  // namespace danebound
