// Any octets: frames are taken or refused, each parsed message encodes and
// comes back as it was.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "stub/wire/frame.h"

namespace danebound {
namespace {

constexpr int64_t kNow = 1'700'000'000;

void CheckRoundTrip(const Frame& frame) {
  const absl::StatusOr<Message> message = ParseMessage(frame, kNow);
  if (!message.ok()) return;
  const auto octets = EncodeFrame(frame.id, *message, kNow);
  if (!octets.ok()) std::abort();
  absl::string_view rest = *octets;
  const auto again = TakeFrame(&rest);
  if (!again.ok() || !again->has_value() || !rest.empty()) std::abort();
  const auto message_again = ParseMessage(**again, kNow);
  if (!message_again.ok() || !(*message_again == *message)) std::abort();
}

void TakeAll(absl::string_view octets) {
  while (true) {
    const size_t before = octets.size();
    const auto frame = TakeFrame(&octets);
    if (!frame.ok() || !frame->has_value()) {
      if (octets.size() != before) std::abort();
      return;
    }
    if (octets.size() >= before) std::abort();
    CheckRoundTrip(**frame);
  }
}

}  // namespace
}  // namespace danebound

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  danebound::TakeAll({reinterpret_cast<const char*>(data), size});
  return 0;
}
