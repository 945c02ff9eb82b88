// Any body under any kind: parsed or refused, never a crash. The first octet
// is the kind, the rest the body, so that the fuzzer need not find lengths.
//
// Facts that a reply brings make a verdict under every choice, and never one
// that delivers where nothing is known.
#include <cstddef>
#include <cstdint>
#include <variant>

#include "absl/strings/string_view.h"
#include "stub/dane/conclude.h"
#include "stub/wire/frame.h"
#include "tests/fuzz/require.h"

namespace danebound {
namespace {

constexpr int64_t kNow = 1'700'000'000;
constexpr size_t kHeaderSize = 8;

void CheckVerdict(const Facts& facts, const Choices& choices) {
  const Verdict verdict = Conclude(facts, choices);
  Require(
      verdict.disposition != Disposition::kDeliver || !verdict.hosts.empty(),
      "mail is delivered to no host");
  Require(verdict.kind != Kind::kFailed ||
              verdict.disposition == Disposition::kDefer,
          "a failed lookup does not defer");
  for (const HostVerdict& host : verdict.hosts) {
    Require(host.duty != Duty::kAuthenticate || !host.names.empty(),
            "a peer to authenticate without a name");
    Require(!choices.require || host.duty == Duty::kAuthenticate ||
                host.duty == Duty::kSkip,
            "mandatory DANE is not had");
  }
}

void CheckVerdicts(const Facts& facts) {
  for (const InsecureMx insecure_mx :
       {InsecureMx::kOpportunistic, InsecureMx::kEncrypt,
        InsecureMx::kAuthenticate}) {
    for (const bool require : {false, true}) {
      Choices choices;
      choices.insecure_mx = insecure_mx;
      choices.require = require;
      CheckVerdict(facts, choices);
    }
  }
}

void CheckSize(const Frame& frame, const absl::StatusOr<std::string>& encoded) {
  Require(encoded.ok() ? encoded->size() <= kMaxBodySize + kHeaderSize
                       : frame.body.size() > kMaxBodySize,
          "it cannot be encoded again");
}

void Try(absl::string_view octets) {
  if (octets.empty()) return;
  Frame frame;
  frame.kind = static_cast<uint8_t>(octets[0]);
  frame.body = std::string(octets.substr(1));
  const auto request = ParseRequest(frame);
  if (request.ok()) CheckSize(frame, EncodeFrame(frame.id, *request));
  const auto reply = ParseReply(frame, kNow);
  if (!reply.ok()) return;
  CheckSize(frame, EncodeFrame(frame.id, *reply, kNow));
  const auto* lookup = std::get_if<LookupReply>(&*reply);
  if (lookup != nullptr) CheckVerdicts(lookup->facts);
}

}  // namespace
}  // namespace danebound

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  danebound::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
