// Facts as they lie in octets that came over the socket, checked and not
// copied.
//
//   octets --ViewFacts--> FactsView: numbers, names, and where each list is
//                             | Take..., one after the other
//                         HostView --> AddressView, record, ReasonView
//
// What ViewFacts has checked is taken again without errors.
#ifndef DANEBOUND_STUB_WIRE_FACTS_VIEW_H_
#define DANEBOUND_STUB_WIRE_FACTS_VIEW_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "stub/dane/duty.h"
#include "stub/dane/facts.h"
#include "stub/dane/next_hop.h"
#include "stub/dane/reason.h"

namespace danebound {

class Cursor;

// From when lives count.
struct LifeBase {
  int64_t now = 0;   // seconds since the epoch
  uint32_t age = 0;  // seconds that have passed of each life
};

// Items one after the other.
struct ListView {
  size_t count = 0;
  absl::string_view octets;
};

struct ReasonView {
  ReasonId id = ReasonId::kMxFailed;
  absl::string_view text;
  int ede = -1;  // -1: there is none
};

struct AddressView {
  Security security = Security::kFailed;
  absl::string_view octets;  // 4 or 16
};

// Names are in wire form, lower-case. As HostFacts.
struct HostView {
  absl::string_view name;
  absl::string_view expanded;
  absl::string_view base_domain;  // empty but in state kTlsa
  uint16_t preference = 0;
  HostState state = HostState::kNotEvaluated;
  Security security = Security::kFailed;
  int64_t expires = 0;
  ListView reasons;
  ListView addresses;
  ListView records;  // strings after their lengths of two octets
};

// As Facts.
struct FactsView {
  absl::string_view key;  // the octets that name the next hop: see KeyOf
  NextHopForm form = NextHopForm::kDomain;
  uint16_t port = 0;
  absl::string_view target;    // a name in wire form, or an address
  absl::string_view expanded;  // the root where the next hop is an address
  Kind kind = Kind::kFailed;
  Security security = Security::kFailed;
  bool truncated = false;
  int64_t expires = 0;
  ListView reasons;
  ListView hosts;
  LifeBase base;

  // What there is in all, for who makes room for it.
  struct Totals {
    size_t addresses = 0;
    size_t address_texts = 0;  // octets of their texts, each with a 0
    size_t records = 0;
    size_t record_octets = 0;
    size_t reasons = 0;
    size_t reason_octets = 0;
    size_t names = 0;       // of hosts: each of their names that is its own
    size_t name_texts = 0;  // of those, octets of their texts
  };
  Totals totals;

  MxOutline outline() const { return {kind, security, expires}; }
};

// Checks facts that fill `octets`, which outlive the view. What the rules never
// make is refused: see TakeFacts (facts_octets.h).
//
//   errors  InvalidArgument  those are no facts; the text says where.
absl::StatusOr<FactsView> ViewFacts(absl::string_view octets,
                                    const LifeBase& base);

// The same of facts in front of what a cursor has yet to take.
FactsView TakeFactsView(Cursor& cursor, const LifeBase& base);

// Take the first item of a list of a view, which has one.
HostView TakeHost(ListView* hosts, const LifeBase& base);
AddressView TakeAddress(ListView* addresses);
absl::string_view TakeRecord(ListView* records);
ReasonView TakeReason(ListView* reasons);

// The values that a view is of.
Facts FactsOf(const FactsView& view);
NextHop NextHopOf(const FactsView& view);

}  // namespace danebound

#endif  // DANEBOUND_STUB_WIRE_FACTS_VIEW_H_
