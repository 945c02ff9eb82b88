// Any body under any kind: parsed or refused, never a crash. The first octet
// is the kind, the rest the body, so that the fuzzer need not find lengths.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "stub/wire/frame.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr int64_t kNow = 1'700'000'000;
  if (size == 0) return 0;
  danebound::Frame frame;
  frame.kind = data[0];
  frame.body.assign(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto message = danebound::ParseMessage(frame, kNow);
  if (!message.ok()) return 0;
  const auto octets = danebound::EncodeFrame(frame.id, *message, kNow);
  if (octets.ok() ? octets->size() > danebound::kMaxBodySize + 8
                  : size - 1 <= danebound::kMaxBodySize) {
    std::abort();
  }
  return 0;
}
