// Whatever libunbound may hand over: no octets lead out of the packet, and a
// failure never looks like an answer.
#include "stub/embedded/answer.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "stub/embedded/packet.h"

namespace danebound {
namespace {

constexpr int64_t kNow = 1700000000;

// Octets: the security, then a packet. The question is that of the packet, so
// that its sections are read.
void TryAnswer(absl::string_view octets) {
  if (octets.empty()) return;
  UnboundResult result;
  result.rcode = 0;
  result.security = octets[0] % 4;
  result.packet = octets.substr(1);
  const absl::StatusOr<Packet> packet = ParsePacket(result.packet);
  Question question;
  if (packet.ok()) {
    question = {packet->question, static_cast<RrType>(packet->question_type)};
  }
  const Answer answer = AnswerFrom(question, result, kNow);
  const bool known = !IsFailure(answer.security);
  if (known && (!packet.ok() || packet->truncated)) std::abort();
  if (!known && (!answer.rdata.empty() || !answer.aliases.empty())) {
    std::abort();
  }
  if (answer.expires < kNow) std::abort();
  const absl::optional<Name> dname = DnameAbove(question, result.packet);
  if (dname) AliasFromDname(question, *dname, answer, kNow);
}

}  // namespace
}  // namespace danebound

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  danebound::TryAnswer(
      absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
