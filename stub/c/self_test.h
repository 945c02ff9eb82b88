// The self-test of danebound.h.
#ifndef DANEBOUND_STUB_C_SELF_TEST_H_
#define DANEBOUND_STUB_C_SELF_TEST_H_

#include <vector>

#include "stub/include/danebound.h"
#include "stub/wire/message.h"

struct danebound_self_test {
  std::vector<danebound::SelfTestCheck> checks;
};

namespace danebound::c {

// Makes the object that danebound_self_test_free ends. Throws std::bad_alloc.
danebound_self_test* NewSelfTest(std::vector<SelfTestCheck> checks);

}  // namespace danebound::c

#endif  // DANEBOUND_STUB_C_SELF_TEST_H_
