#include "stub/c/options.h"

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "stub/c/guard.h"

namespace danebound::c {

absl::StatusOr<Name> ParseHostName(const char* text) {
  absl::StatusOr<NextHop> parsed = ParseNextHop(text);
  if (!parsed.ok()) return parsed.status();
  if (parsed->form != NextHopForm::kDomain || absl::StrContains(text, ":")) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", text, "\" is not a host name; give it without [] and port"));
  }
  return std::move(parsed->name);
}

absl::StatusOr<AskedLookup> ReadLookup(const char* next_hop,
                                       const danebound_options* options,
                                       const danebound_options& defaults) {
  if (next_hop == nullptr) return NullArgument();
  if (options == nullptr) options = &defaults;
  absl::StatusOr<NextHop> parsed = ParseNextHop(next_hop, options->port);
  if (!parsed.ok()) return parsed.status();
  return AskedLookup{*std::move(parsed), &options->lookup};
}

}  // namespace danebound::c

namespace {

bool Holds(const danebound::DigestOrder& order, uint8_t matching) {
  return std::find(order.begin(), order.end(), matching) != order.end();
}

}  // namespace

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

int danebound_options_set_digest_order(danebound_options* options,
                                       const uint8_t* matching, size_t count) {
  return danebound::c::Guard(nullptr, [&]() -> absl::Status {
    if (options == nullptr || matching == nullptr) {
      return danebound::c::NullArgument();
    }
    // RFC 7671 9: any order of the digests that the rules can compare.
    const danebound::DigestOrder known = danebound::DefaultDigestOrder();
    danebound::DigestOrder order;
    for (size_t i = 0; i < count; ++i) {
      if (!Holds(known, matching[i]) || Holds(order, matching[i])) {
        return absl::InvalidArgumentError("no digest, or one named twice");
      }
      order.push_back(matching[i]);
    }
    if (order.empty()) return absl::InvalidArgumentError("no digest at all");
    options->lookup.choices.digest_order = std::move(order);
    return absl::OkStatus();
  });
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
