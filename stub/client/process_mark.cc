#include "stub/client/process_mark.h"

#include <sys/mman.h>
#include <unistd.h>

namespace danebound {
namespace {

// The kernel maps whole pages.
constexpr size_t kSize = 1;

volatile char* NewPage() {
  void* const page = mmap(nullptr, kSize, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return nullptr;
  if (madvise(page, kSize, MADV_WIPEONFORK) == 0) {
    return static_cast<volatile char*>(page);
  }
  munmap(page, kSize);
  return nullptr;
}

}  // namespace

ProcessMark::~ProcessMark() {
  if (page_ != nullptr) munmap(const_cast<char*>(page_), kSize);
}

void ProcessMark::Set() {
  if (page_ == nullptr) page_ = NewPage();
  if (page_ != nullptr) {
    *page_ = 1;
  } else {
    process_ = getpid();
  }
}

bool ProcessMark::IsSet() const {
  return page_ != nullptr ? *page_ == 1 : process_ == getpid();
}

}  // namespace danebound
