// Any octets: frames are taken or refused, each parsed message encodes and
// comes back as it was.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "stub/wire/frame.h"

namespace danebound {
namespace {

constexpr int64_t kNow = 1'700'000'000;

// The only frame in the octets.
Frame OnlyFrame(const absl::StatusOr<std::string>& octets) {
  if (!octets.ok()) std::abort();
  absl::string_view rest = *octets;
  const auto frame = TakeFrame(&rest);
  if (!frame.ok() || !frame->has_value() || !rest.empty()) std::abort();
  return **frame;
}

void CheckRoundTrip(const Frame& frame) {
  const auto request = ParseRequest(frame);
  if (request.ok()) {
    const auto again = ParseRequest(OnlyFrame(EncodeFrame(frame.id, *request)));
    if (!again.ok() || !(*again == *request)) std::abort();
  }
  const auto reply = ParseReply(frame, kNow);
  if (reply.ok()) {
    const auto again =
        ParseReply(OnlyFrame(EncodeFrame(frame.id, *reply, kNow)), kNow);
    if (!again.ok() || !(*again == *reply)) std::abort();
  }
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
