// The words of danebound.h, and that its numbers are those of the rules.
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <type_traits>

#include "absl/strings/string_view.h"
#include "stub/client/options.h"
#include "stub/client/version.h"
#include "stub/dane/conclude.h"
#include "stub/dane/dns.h"
#include "stub/dane/facts.h"
#include "stub/dane/reason.h"
#include "stub/dane/tlsa.h"
#include "stub/dane/verdict.h"
#include "stub/include/danebound.h"
#include "stub/wire/message.h"

namespace danebound::c {
namespace {

template <typename Enum>
constexpr bool Same(int number, Enum value) {
  return number == static_cast<int>(value);
}

static_assert(Same(DANEBOUND_DISPOSITION_DEFER, Disposition::kDefer));
static_assert(Same(DANEBOUND_DISPOSITION_UNDELIVERABLE,
                   Disposition::kUndeliverable));
static_assert(Same(DANEBOUND_DUTY_SKIP, Duty::kSkip));
static_assert(Same(DANEBOUND_DUTY_AUTHENTICATE, Duty::kAuthenticate));
static_assert(Same(DANEBOUND_DUTY_ENCRYPT, Duty::kEncrypt));
static_assert(Same(DANEBOUND_DUTY_OPPORTUNISTIC, Duty::kOpportunistic));
static_assert(Same(DANEBOUND_CAUSE_NONE, Cause::kNone));
static_assert(Same(DANEBOUND_CAUSE_TLSA_FAILED, Cause::kTlsaFailed));
static_assert(Same(DANEBOUND_CAUSE_DANE_REQUIRED, Cause::kDaneRequired));
static_assert(Same(DANEBOUND_SECURITY_FAILED, Security::kFailed));
static_assert(Same(DANEBOUND_SECURITY_SECURE, Security::kSecure));
static_assert(Same(DANEBOUND_KIND_FAILED, Kind::kFailed));
static_assert(Same(DANEBOUND_KIND_NULL_MX, Kind::kNullMx));
static_assert(Same(DANEBOUND_KIND_ADDRESS, Kind::kAddress));
static_assert(Same(DANEBOUND_WHY_NOT_NONE, WhyNot::kNone));
static_assert(Same(DANEBOUND_WHY_NOT_UNKNOWN_MATCHING,
                   WhyNot::kUnknownMatching));
static_assert(Same(DANEBOUND_WHY_NOT_NOT_A_PUBLIC_KEY, WhyNot::kNotAPublicKey));
static_assert(Same(DANEBOUND_REASON_MX_FAILED, ReasonId::kMxFailed));
static_assert(Same(DANEBOUND_REASON_OWN_NAME, ReasonId::kOwnName));
static_assert(Same(DANEBOUND_REASON_ADDRESS_FAILED, ReasonId::kAddressFailed));
static_assert(Same(DANEBOUND_REASON_ALL_UNUSABLE, ReasonId::kAllUnusable));
static_assert(Same(DANEBOUND_REASON_DANE_REQUIRED, ReasonId::kDaneRequired));
static_assert(Same(DANEBOUND_INSECURE_MX_AUTHENTICATE,
                   InsecureMx::kAuthenticate));
static_assert(Same(DANEBOUND_FRESHNESS_CACHED, Freshness::kCachedOnly));
static_assert(Same(DANEBOUND_FRESHNESS_FRESH, Freshness::kFresh));

// The text of a number of the enum, which is a literal, else "".
template <typename Enum>
const char* TextOf(int number) {
  if (number < 0 || number > std::numeric_limits<uint8_t>::max()) return "";
  return ToText(static_cast<Enum>(number)).data();
}

const char* TextAt(std::initializer_list<const char*> texts, int number) {
  const bool is_one = number >= 0 && static_cast<size_t>(number) < texts.size();
  return is_one ? texts.begin()[number] : "";
}

// By the negated danebound_error.
constexpr std::array<const char*, 11> kErrorTexts = {
    "no error",
    "wrong argument",
    "out of memory",
    "no answer within the timeout",
    "the danebound module cannot be reached; defer and try later",
    "no permission to use the module's socket",
    "not found",
    "a limit is reached; defer and try later",
    "it cannot be trusted, or must not be done",
    "who answers is no danebound module of this release",
    "internal error; please report it",
};

}  // namespace
}  // namespace danebound::c

const char* danebound_version() { return danebound::Version().data(); }

const char* danebound_error_text(int error) {
  const auto& texts = danebound::c::kErrorTexts;
  if (error > 0 || error <= -static_cast<int>(texts.size())) {
    return "unknown error; defer";
  }
  return texts.at(static_cast<size_t>(-error));
}

const char* danebound_disposition_text(int disposition) {
  return danebound::c::TextOf<danebound::Disposition>(disposition);
}

const char* danebound_duty_text(int duty) {
  return danebound::c::TextOf<danebound::Duty>(duty);
}

const char* danebound_cause_text(int cause) {
  return danebound::c::TextOf<danebound::Cause>(cause);
}

const char* danebound_security_text(int security) {
  return danebound::c::TextOf<danebound::Security>(security);
}

const char* danebound_kind_text(int kind) {
  return danebound::c::TextOf<danebound::Kind>(kind);
}

const char* danebound_why_not_text(int why_not) {
  return danebound::c::TextOf<danebound::WhyNot>(why_not);
}

const char* danebound_reason_id_text(int reason_id) {
  return danebound::c::TextOf<danebound::ReasonId>(reason_id);
}

const char* danebound_next_hop_form_text(int form) {
  return danebound::c::TextAt({"domain", "host", "address"}, form);
}

const char* danebound_check_result_text(int result) {
  return danebound::c::TextAt({"failed", "warning", "passed"}, result);
}
