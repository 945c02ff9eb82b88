// The verdict of danebound.h: facts as they came, what the rules come to in
// numbers, and room for the texts, all in two pieces of memory.
//
//   FoundFacts <-- views -- danebound_verdict | hosts | addresses | records |
//                            reasons | room for texts
//
// A text is written into its room when it is asked for first, once, in whatever
// thread; so no getter takes memory, and none can fail.
#ifndef DANEBOUND_STUB_C_VERDICT_H_
#define DANEBOUND_STUB_C_VERDICT_H_

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/duty.h"
#include "stub/dane/facts.h"
#include "stub/dane/tls_key.h"
#include "stub/dane/tlsa.h"
#include "stub/dane/verdict.h"
#include "stub/include/danebound.h"
#include "stub/wire/found_facts.h"

// A text that is written when it is asked for.
//
//   room  for the text and the 0 after it.
struct danebound_text {
  char* room = nullptr;
  mutable std::once_flag once;

  //   write  writes the text into its argument and returns its end.
  template <typename Write>
  const char* Get(const Write& write) const {
    if (room == nullptr) return "";
    std::call_once(once, [&] { *write(room) = '\0'; });
    return room;
  }
};

struct danebound_reason {
  danebound::ReasonId id = danebound::ReasonId::kMxFailed;
  int ede = -1;
  absl::string_view raw;  // as it came
  danebound_text text;
  const char* added = nullptr;  // the text of one that the rules add
};

struct danebound_tlsa {
  absl::string_view rdata;
  danebound::TlsaFields fields;
  danebound::WhyNot why_not = danebound::WhyNot::kTooShort;
  bool superseded = false;
  danebound_text text;

  bool usable() const { return why_not == danebound::WhyNot::kNone; }
  bool counts() const { return usable() && !superseded; }
};

namespace danebound::c {

struct AddressPart {
  Security security = Security::kFailed;
  absl::string_view octets;
  danebound_text text;
};

// Parts of a block, one after the other.
template <typename Part>
struct Parts {
  Part* first = nullptr;
  size_t count = 0;

  const Part* At(size_t index) const {
    return index < count ? first + index : nullptr;
  }
  Part* begin() const { return first; }
  Part* end() const { return first + count; }
};

// A name, in wire form and as text.
struct NamePart {
  absl::string_view wire;  // empty: there is none
  danebound_text text;

  const char* Text() const;
};

}  // namespace danebound::c

struct danebound_host {
  uint16_t port = 0;
  uint16_t preference = 0;
  danebound::Security security = danebound::Security::kFailed;
  danebound::HostDuty found;
  // Those of an address are null, and a base domain that there is not. Two that
  // are the same are one.
  const danebound::c::NamePart* name = nullptr;
  const danebound::c::NamePart* expanded = nullptr;
  const danebound::c::NamePart* base_domain = nullptr;
  danebound_text tlsa_name;
  bool has_tlsa_policy = false;
  const danebound::c::NamePart* policy_domain = nullptr;  // null: none
  danebound::c::Parts<danebound::c::AddressPart> addresses;
  danebound::c::Parts<danebound_tlsa> tlsa;
  danebound::c::Parts<const danebound_tlsa*> by_rdata;       // those of tlsa
  danebound::c::Parts<const danebound::c::NamePart*> names;  // for reference
  danebound::c::Parts<danebound_reason> reasons;
  danebound_text tls_key;
  bool is_made = false;  // by danebound_host_new
};

struct danebound_verdict {
  danebound::Kind kind = danebound::Kind::kFailed;
  danebound::Security security = danebound::Security::kFailed;
  bool insecure_mx = false;
  bool require = false;
  bool truncated = false;
  bool from_cache = false;
  danebound::Decided decided;
  int64_t expires = 0;
  uint16_t port = 0;
  danebound::NextHopForm form = danebound::NextHopForm::kDomain;
  absl::string_view target;
  danebound_text next_hop;
  danebound::c::NamePart domain;    // of the policy; an address has none
  danebound::c::NamePart expanded;  // likewise
  danebound::c::Parts<danebound_host> hosts;
  danebound::c::Parts<danebound_reason> reasons;
  std::forward_list<std::string> added;         // texts of added reasons
  absl::optional<danebound::FoundFacts> facts;  // that the views lie in
};

namespace danebound::c {

// Makes the object that danebound_verdict_free ends: the conclusion from facts,
// hosts of equal preference in an order of chance. Throws std::bad_alloc.
//
//   choices  not needed afterwards.
danebound_verdict* NewVerdict(FoundFacts facts, const Choices& choices,
                              std::mt19937& random);

// Makes a host of no verdict, which danebound_host_free ends. Throws
// std::bad_alloc.
//
//   duty     authenticate, encrypt or opportunistic.
//   records  RDATA.
//   names    at least one: see danebound_host_new.
danebound_host* NewHost(Duty duty, const std::vector<std::string>& records,
                        const std::vector<Name>& names, uint16_t port,
                        const DigestOrder& order);

// The host as a value, for libdanebound-tls. Throws std::bad_alloc.
HostVerdict ValueOf(const danebound_host& host);

}  // namespace danebound::c

#endif  // DANEBOUND_STUB_C_VERDICT_H_
