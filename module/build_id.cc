#include "module/build_id.h"

#include <elf.h>
#include <link.h>

#include <cstddef>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace danebound {
namespace {

constexpr absl::string_view kExpected = DANEBOUND_UNBOUND_BUILD_ID;

size_t Aligned(size_t size) { return (size + 3) & ~size_t{3}; }

// Finds the GNU build id among the notes of one segment.
absl::string_view BuildIdIn(absl::string_view notes) {
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) header;
    std::memcpy(&header, notes.data(), sizeof(header));
    notes.remove_prefix(sizeof(header));
    const size_t name_size = Aligned(header.n_namesz);
    const size_t data_size = Aligned(header.n_descsz);
    if (notes.size() < name_size + data_size) return "";
    const bool is_build_id =
        header.n_type == NT_GNU_BUILD_ID &&
        notes.substr(0, header.n_namesz) == absl::string_view("GNU\0", 4);
    if (is_build_id) return notes.substr(name_size, header.n_descsz);
    notes.remove_prefix(name_size + data_size);
  }
  return "";
}

// Looks at the first object, which is the program, and stops.
int OnObject(dl_phdr_info* object, size_t, void* out) {
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    const uintptr_t address = object->dlpi_addr + segment.p_vaddr;
    char* notes = nullptr;
    std::memcpy(&notes, &address, sizeof(notes));
    const absl::string_view id = BuildIdIn({notes, segment.p_memsz});
    if (id.empty()) continue;
    *static_cast<absl::string_view*>(out) = id;
    break;
  }
  return 1;
}

// In the program's own memory, as octets.
absl::string_view RunningOctets() {
  absl::string_view id;
  dl_iterate_phdr(OnObject, &id);
  return id;
}

char HexDigit(unsigned value) { return "0123456789abcdef"[value & 15U]; }

}  // namespace

std::string RunningBuildId() { return absl::BytesToHexString(RunningOctets()); }

std::string ExpectedBuildId() { return std::string(kExpected); }

bool IsExpectedBuild() noexcept {
  const absl::string_view running = RunningOctets();
  if (running.empty() || 2 * running.size() != kExpected.size()) return false;
  for (size_t i = 0; i < running.size(); ++i) {
    const auto octet = static_cast<unsigned char>(running[i]);
    if (kExpected[2 * i] != HexDigit(octet >> 4U) ||
        kExpected[2 * i + 1] != HexDigit(octet)) {
      return false;
    }
  }
  return true;
}

}  // namespace danebound
