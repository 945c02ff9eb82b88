#include "tests/module/failing_new.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace danebound {
namespace {

constexpr int64_t kNever = int64_t{1} << 40;

std::atomic<int64_t> left{kNever};  // allocations until one fails
std::atomic<int64_t> failures{0};   // that follow then
std::atomic<bool> is_short{false};
thread_local bool is_spared = false;

bool Fails() {
  if (!is_short || is_spared || left.fetch_sub(1) > 1) return false;
  return failures.fetch_sub(1) > 0;
}

void* Allocate(size_t size) {
  return Fails() ? nullptr : std::malloc(size == 0 ? 1 : size);
}

}  // namespace

Shortage::Shortage(int64_t n, int64_t count) {
  left = n;
  failures = count;
  is_short = true;
}

Shortage::~Shortage() { End(); }

bool Shortage::was_felt() { return left <= 0; }

void Shortage::End() { is_short = false; }

void SpareThisThread() { is_spared = true; }
void SpareThisThreadNoMore() { is_spared = false; }

}  // namespace danebound

void* operator new(size_t size) {
  void* const memory = danebound::Allocate(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return danebound::Allocate(size);
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
