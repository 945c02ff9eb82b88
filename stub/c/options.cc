#include "stub/c/options.h"

#include <limits>
#include <new>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "stub/c/guard.h"

namespace danebound::c {
namespace {

// A host name as administrators write it.
absl::StatusOr<Name> ParseHostName(const char* text) {
  absl::StatusOr<NextHop> parsed = ParseNextHop(text);
  if (!parsed.ok()) return parsed.status();
  if (parsed->form != NextHopForm::kDomain) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is not a host name; give it without []"));
  }
  return std::move(parsed->name);
}

}  // namespace

absl::StatusOr<AskedLookup> ReadLookup(const char* next_hop,
                                       const danebound_options* options) {
  if (next_hop == nullptr) return NullArgument();
  const danebound_options defaults;
  if (options == nullptr) options = &defaults;
  absl::StatusOr<NextHop> parsed = ParseNextHop(next_hop, options->port);
  if (!parsed.ok()) return parsed.status();
  return AskedLookup{*std::move(parsed), options->lookup};
}

}  // namespace danebound::c

danebound_options* danebound_options_new() {
  danebound_options* options = nullptr;
  danebound::c::Guard(nullptr, [&] {
    options = new danebound_options;
    return absl::OkStatus();
  });
  return options;
}

void danebound_options_free(danebound_options* options) { delete options; }

int danebound_options_set_timeout(danebound_options* options,
                                  uint32_t timeout_ms) {
  if (options == nullptr || timeout_ms == 0) return DANEBOUND_ERROR_ARGUMENT;
  options->lookup.timeout = absl::Milliseconds(timeout_ms);
  return DANEBOUND_OK;
}

int danebound_options_set_port(danebound_options* options, uint32_t port) {
  if (options == nullptr || port == 0 ||
      port > std::numeric_limits<uint16_t>::max()) {
    return DANEBOUND_ERROR_ARGUMENT;
  }
  options->port = static_cast<uint16_t>(port);
  return DANEBOUND_OK;
}

int danebound_options_set_require(danebound_options* options, int require) {
  if (options == nullptr) return DANEBOUND_ERROR_ARGUMENT;
  options->lookup.choices.require = require != 0;
  return DANEBOUND_OK;
}

int danebound_options_set_insecure_mx(danebound_options* options, int choice) {
  if (options == nullptr || choice < DANEBOUND_INSECURE_MX_OPPORTUNISTIC ||
      choice > DANEBOUND_INSECURE_MX_AUTHENTICATE) {
    return DANEBOUND_ERROR_ARGUMENT;
  }
  options->lookup.choices.insecure_mx =
      static_cast<danebound::InsecureMx>(choice);
  return DANEBOUND_OK;
}

int danebound_options_set_freshness(danebound_options* options, int freshness) {
  if (options == nullptr || freshness < DANEBOUND_FRESHNESS_ANY ||
      freshness > DANEBOUND_FRESHNESS_FRESH) {
    return DANEBOUND_ERROR_ARGUMENT;
  }
  options->lookup.freshness = static_cast<danebound::Freshness>(freshness);
  return DANEBOUND_OK;
}

int danebound_options_add_own_name(danebound_options* options, const char* name,
                                   char** why) {
  return danebound::c::Guard(why, [&]() -> absl::Status {
    if (options == nullptr || name == nullptr)
      return danebound::c::NullArgument();
    absl::StatusOr<danebound::Name> parsed = danebound::c::ParseHostName(name);
    if (!parsed.ok()) return parsed.status();
    options->lookup.choices.own_names.push_back(*std::move(parsed));
    return absl::OkStatus();
  });
}
