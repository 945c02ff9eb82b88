// The next hop of danebound.h.
#include "stub/dane/next_hop.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "stub/c/guard.h"
#include "stub/c/options.h"
#include "stub/include/danebound.h"

struct danebound_next_hop {
  danebound::NextHop next_hop;
  std::string text;
  std::string name;
  std::string address;
};

using danebound::NextHopForm;

static_assert(static_cast<int>(NextHopForm::kDomain) ==
              DANEBOUND_NEXT_HOP_DOMAIN);
static_assert(static_cast<int>(NextHopForm::kHost) == DANEBOUND_NEXT_HOP_HOST);
static_assert(static_cast<int>(NextHopForm::kAddress) ==
              DANEBOUND_NEXT_HOP_ADDRESS);

int danebound_next_hop_parse(const char* text, const danebound_options* options,
                             danebound_next_hop** next_hop, char** why) {
  return danebound::c::Give(
      next_hop, why, [&]() -> absl::StatusOr<danebound_next_hop*> {
        absl::StatusOr<danebound::c::AskedLookup> asked =
            danebound::c::ReadLookup(text, options, danebound_options());
        if (!asked.ok()) return asked.status();
        danebound_next_hop parsed;
        parsed.next_hop = std::move(asked->next_hop);
        parsed.text = danebound::ToText(parsed.next_hop);
        parsed.address = parsed.next_hop.address.ToText();
        if (parsed.next_hop.form != NextHopForm::kAddress) {
          parsed.name = parsed.next_hop.name.ToText();
        }
        return new danebound_next_hop(std::move(parsed));
      });
}

void danebound_next_hop_free(danebound_next_hop* next_hop) { delete next_hop; }

danebound_next_hop_form danebound_next_hop_form_of(
    const danebound_next_hop* next_hop) {
  if (next_hop == nullptr) return DANEBOUND_NEXT_HOP_DOMAIN;
  return static_cast<danebound_next_hop_form>(next_hop->next_hop.form);
}

const char* danebound_next_hop_text(const danebound_next_hop* next_hop) {
  return next_hop == nullptr ? "" : next_hop->text.c_str();
}

uint16_t danebound_next_hop_port(const danebound_next_hop* next_hop) {
  return next_hop == nullptr ? 0 : next_hop->next_hop.port;
}

const char* danebound_next_hop_name(const danebound_next_hop* next_hop) {
  return next_hop == nullptr ? "" : next_hop->name.c_str();
}

const char* danebound_next_hop_address(const danebound_next_hop* next_hop) {
  return next_hop == nullptr ? "" : next_hop->address.c_str();
}
