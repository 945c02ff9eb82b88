// danebound_host_new: a host made of records of the caller's own.
#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "stub/c/guard.h"
#include "stub/c/options.h"
#include "stub/c/verdict.h"
#include "stub/dane/name.h"
#include "stub/dane/tlsa.h"
#include "stub/dane/verdict.h"
#include "stub/include/danebound.h"

namespace danebound::c {
namespace {

absl::StatusOr<std::vector<std::string>> ReadRecords(
    const uint8_t* const* records, const size_t* lengths, size_t count) {
  std::vector<std::string> rdata;
  for (size_t i = 0; i < count; ++i) {
    if (lengths[i] > std::numeric_limits<uint16_t>::max()) {
      return absl::InvalidArgumentError(
          absl::StrCat("record ", i, " has ", lengths[i],
                       " octets; RDATA has at most 65535"));
    }
    if (records[i] == nullptr && lengths[i] > 0) return NullArgument();
    rdata.emplace_back(reinterpret_cast<const char*>(records[i]), lengths[i]);
  }
  return rdata;
}

bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char octet) { return octet < 0x80; });
}

// A name as DNS has it, of any octets, as danebound_host_reference_name gives
// it; U-labels too.
absl::StatusOr<Name> ReadName(const char* text) {
  if (!IsAscii(text)) return ParseHostName(text);
  absl::StatusOr<Name> name = Name::ParseText(text);
  if (name.ok() && name->IsRoot()) {
    return absl::InvalidArgumentError(
        "the root is no name of a host: write the name of a host or domain");
  }
  return name;
}

absl::StatusOr<std::vector<Name>> ReadNames(const char* const* texts,
                                            size_t count) {
  std::vector<Name> names;
  for (size_t i = 0; i < count; ++i) {
    if (texts[i] == nullptr) return NullArgument();
    absl::StatusOr<Name> name = ReadName(texts[i]);
    if (!name.ok()) return name.status();
    names.push_back(*std::move(name));
  }
  return names;
}

absl::Status CheckDuty(Duty duty, const std::vector<Tlsa>& records) {
  const bool any_counts =
      std::any_of(records.begin(), records.end(),
                  [](const Tlsa& record) { return record.counts(); });
  if (duty != Duty::kAuthenticate || any_counts) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "none of ", records.size(),
      " records can authenticate the host, which its duty demands; duty "
      "encrypt is for a host whose published records are all unusable"));
}

absl::StatusOr<danebound_host*> MakeHost(Duty duty,
                                         const std::vector<std::string>& rdata,
                                         const std::vector<Name>& names,
                                         const danebound_options& options) {
  const DigestOrder& order = options.lookup.choices.digest_order;
  absl::Status status = CheckDuty(duty, JudgeTlsa(rdata, order));
  if (!status.ok()) return status;
  return NewHost(duty, rdata, names, options.port, order);
}

}  // namespace
}  // namespace danebound::c

int danebound_host_new(int duty, const uint8_t* const* records,
                       const size_t* lengths, size_t record_count,
                       const char* const* names, size_t name_count,
                       const danebound_options* options, danebound_host** host,
                       char** why) {
  return danebound::c::Give(
      host, why, [&]() -> absl::StatusOr<danebound_host*> {
        if (names == nullptr || name_count == 0 ||
            (record_count > 0 && (records == nullptr || lengths == nullptr))) {
          return danebound::c::NullArgument();
        }
        if (duty < DANEBOUND_DUTY_AUTHENTICATE ||
            duty > DANEBOUND_DUTY_OPPORTUNISTIC) {
          return absl::InvalidArgumentError(
              "a host that one connects to has duty authenticate, encrypt or "
              "opportunistic");
        }
        const auto rdata =
            danebound::c::ReadRecords(records, lengths, record_count);
        if (!rdata.ok()) return rdata.status();
        const auto parsed = danebound::c::ReadNames(names, name_count);
        if (!parsed.ok()) return parsed.status();
        const danebound_options defaults;
        return danebound::c::MakeHost(static_cast<danebound::Duty>(duty),
                                      *rdata, *parsed,
                                      options == nullptr ? defaults : *options);
      });
}
