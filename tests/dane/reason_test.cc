#include "stub/dane/reason.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

namespace danebound {
namespace {

TEST(Reason, HasAnIdentifierOfItsOwnForEachNumber) {
  std::set<std::string> seen;
  int known = 0;
  for (int number = 0; number < 256; ++number) {
    const auto id = ToText(static_cast<ReasonId>(number));
    if (id.empty()) continue;
    ++known;
    seen.insert(std::string(id));
  }
  EXPECT_EQ(known, 26);
  EXPECT_EQ(seen.size(), 26U);
}

// RFC 8460 4.3.2.1
TEST(Reason, HasATlsrptResultTypeOnlyWhereRfc8460HasOne) {
  EXPECT_EQ(TlsrptResultOf(ReasonId::kTlsaBogus), "dnssec-invalid");
  EXPECT_EQ(TlsrptResultOf(ReasonId::kAllUnusable), "tlsa-invalid");
  EXPECT_EQ(TlsrptResultOf(ReasonId::kDaneRequired), "dane-required");
  EXPECT_EQ(TlsrptResultOf(ReasonId::kNullMx), "");
}

}  // namespace
}  // namespace danebound
