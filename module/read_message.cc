#include "module/read_message.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace danebound {
namespace {

absl::string_view View(const uint8_t* octets, size_t size) {
  return {reinterpret_cast<const char*>(octets), size};
}

ResolverSecurity ToSecurity(int security) {
  if (security < 0 || security > 5) return ResolverSecurity::kUnchecked;
  return static_cast<ResolverSecurity>(security);
}

// nullopt where the owner cannot be read.
absl::optional<Rrset> ReadRrset(const unbound_result* result, size_t index) {
  unbound_rrset raw;
  unbound_read_rrset(result, index, &raw);
  absl::StatusOr<Name> owner = Name::ParseWire(View(raw.owner, raw.owner_size));
  if (!owner.ok()) return absl::nullopt;
  Rrset rrset;
  rrset.owner = *std::move(owner);
  rrset.type = raw.type;
  rrset.security = SecurityOf(ToSecurity(raw.security));
  rrset.is_from_wildcard = raw.is_from_wildcard != 0;
  rrset.ttl = raw.ttl;
  for (size_t i = 0; i < raw.count; ++i) {
    size_t size = 0;
    const uint8_t* rdata = unbound_read_rdata(&raw, i, &size);
    rrset.rdata.emplace_back(View(rdata, size));
  }
  return rrset;
}

// The resolver's notes come in the order in which they were made.
std::string ReadReasons(const unbound_result* result) {
  std::string reasons;
  void* cursor = nullptr;
  while (const char* reason = unbound_read_reason(result, &cursor)) {
    absl::StrAppend(&reasons, reasons.empty() ? "" : " ", reason);
  }
  return reasons;
}

// Returns false where one of the RRsets cannot be read.
bool ReadRrsets(const unbound_result* result, const unbound_message& raw,
                ResolverMessage* message) {
  for (size_t i = 0; i < raw.answer_count + raw.authority_count; ++i) {
    absl::optional<Rrset> rrset = ReadRrset(result, i);
    if (!rrset) return false;
    auto& section = i < raw.answer_count ? message->answer : message->authority;
    section.push_back(*std::move(rrset));
  }
  return true;
}

}  // namespace

absl::optional<JobQuestion> ReadQuestion(const unbound_result* result) {
  unbound_message raw;
  unbound_read(result, &raw);
  absl::StatusOr<Name> name = Name::ParseWire(View(raw.name, raw.name_size));
  if (!name.ok()) return absl::nullopt;
  return JobQuestion{*std::move(name), raw.type};
}

ResolverMessage ReadMessage(const unbound_result* result) {
  unbound_message raw;
  unbound_read(result, &raw);
  ResolverMessage message;
  message.has_reply = raw.has_reply != 0;
  message.rcode = raw.rcode;
  message.is_expired = raw.is_expired != 0;
  message.security = ToSecurity(raw.security);
  message.ttl = raw.ttl;
  message.reasons = ReadReasons(result);
  if (raw.ede >= 0) message.ede = static_cast<uint16_t>(raw.ede);
  message.is_readable = ReadRrsets(result, raw, &message);
  return message;
}

}  // namespace danebound
