#include "stub/c/self_test.h"

#include <algorithm>
#include <utility>

#include "stub/c/part.h"
#include "stub/system/printable.h"

namespace danebound::c {
namespace {

// The numbers of C are the safe one first.
danebound_check_result ResultOf(const SelfTestCheck& check) {
  switch (check.result) {
    case SelfTestCheck::Result::kPassed:
      return DANEBOUND_CHECK_PASSED;
    case SelfTestCheck::Result::kWarning:
      return DANEBOUND_CHECK_WARNING;
    case SelfTestCheck::Result::kFailed:
      return DANEBOUND_CHECK_FAILED;
  }
  return DANEBOUND_CHECK_FAILED;
}

const SelfTestCheck* CheckAt(const danebound_self_test* test, size_t index) {
  return test == nullptr ? nullptr : PartAt(test->checks, index);
}

}  // namespace

danebound_self_test* NewSelfTest(std::vector<SelfTestCheck> checks) {
  for (SelfTestCheck& check : checks) {
    check.name = Printable(check.name);
    check.text = Printable(check.text);
  }
  return new danebound_self_test{std::move(checks)};
}

}  // namespace danebound::c

using danebound::SelfTestCheck;
using danebound::c::CheckAt;
using danebound::c::ResultOf;

void danebound_self_test_free(danebound_self_test* test) { delete test; }

danebound_check_result danebound_self_test_result(
    const danebound_self_test* test) {
  if (test == nullptr || test->checks.empty()) return DANEBOUND_CHECK_FAILED;
  danebound_check_result worst = DANEBOUND_CHECK_PASSED;
  for (const SelfTestCheck& check : test->checks) {
    worst = std::min(worst, ResultOf(check));
  }
  return worst;
}

size_t danebound_self_test_count(const danebound_self_test* test) {
  return test == nullptr ? 0 : test->checks.size();
}

const char* danebound_self_test_check_name(const danebound_self_test* test,
                                           size_t index) {
  const SelfTestCheck* check = CheckAt(test, index);
  return check == nullptr ? "" : check->name.c_str();
}

danebound_check_result danebound_self_test_check_result(
    const danebound_self_test* test, size_t index) {
  const SelfTestCheck* check = CheckAt(test, index);
  return check == nullptr ? DANEBOUND_CHECK_FAILED : ResultOf(*check);
}

const char* danebound_self_test_check_text(const danebound_self_test* test,
                                           size_t index) {
  const SelfTestCheck* check = CheckAt(test, index);
  return check == nullptr ? "" : check->text.c_str();
}
