// An operator new that fails when it is told to. Linking failing_new.cc puts it
// in the place of the usual one.
#ifndef DANEBOUND_TESTS_MODULE_FAILING_NEW_H_
#define DANEBOUND_TESTS_MODULE_FAILING_NEW_H_

#include <cstdint>

namespace danebound {

// While it lives, `count` allocations fail, beginning with the n-th, of all
// threads that are not spared. One at a time.
class Shortage {
 public:
  Shortage(int64_t n, int64_t count);
  ~Shortage();
  Shortage(const Shortage&) = delete;
  Shortage& operator=(const Shortage&) = delete;

  // Says whether the n-th allocation was made.
  static bool was_felt();
  static void End();
};

// The calling thread gets what it asks for.
void SpareThisThread();
void SpareThisThreadNoMore();

}  // namespace danebound

#endif  // DANEBOUND_TESTS_MODULE_FAILING_NEW_H_
