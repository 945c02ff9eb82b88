// An operator new for a whole Unbound that fails when a file says so: to be
// loaded with LD_PRELOAD. Unbound is C, so that only the module's allocations
// meet it.
//
//   DANEBOUND_SHORTAGE names a file of three numbers, eight octets each in this
//   machine's order, that is mapped and shared with the test:
//
//     offset 0  left      allocations until one fails; counts down
//            8  failures  that follow then, the first one among them
//           16  is_short  0: nothing is counted and nothing fails
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

struct Shortage {
  std::atomic<int64_t> left;
  std::atomic<int64_t> failures;
  std::atomic<int64_t> is_short;
};

Shortage* Map() {
  const char* const path = std::getenv("DANEBOUND_SHORTAGE");
  if (path == nullptr) return nullptr;
  const int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return nullptr;
  void* const memory = mmap(nullptr, sizeof(Shortage), PROT_READ | PROT_WRITE,
                            MAP_SHARED, fd, 0);
  close(fd);
  return memory == MAP_FAILED ? nullptr : static_cast<Shortage*>(memory);
}

bool Fails() {
  static Shortage* const shortage = Map();
  if (shortage == nullptr || shortage->is_short == 0) return false;
  if (shortage->left.fetch_sub(1) > 1) return false;
  return shortage->failures.fetch_sub(1) > 0;
}

void* Allocate(size_t size) {
  return Fails() ? nullptr : std::malloc(size == 0 ? 1 : size);
}

}  // namespace

void* operator new(size_t size) {
  void* const memory = Allocate(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return Allocate(size);
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
