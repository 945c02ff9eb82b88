// From facts and the caller's choices to a verdict: RFC 7672 2.2, 3.2, 6.
#ifndef DANEBOUND_STUB_DANE_CONCLUDE_H_
#define DANEBOUND_STUB_DANE_CONCLUDE_H_

#include <random>

#include "stub/dane/duty.h"
#include "stub/dane/facts.h"
#include "stub/dane/verdict.h"

namespace danebound {

// Draws the conclusion. Hosts stay in preference order, equal ones as in the
// facts. Facts that no lookup can have found (ContradictionIn) count as a
// failed MX lookup: the disposition is kDefer, and there are no hosts.
// The caller sees to it that the facts still live (ExpiryOf).
Verdict Conclude(const Facts& facts, const Choices& choices = {});

// What the rules add to the reasons that facts have: texts for people. Those
// with a name are made of two halves, around it.
inline constexpr absl::string_view kAllUnusableText[] = {"no TLSA record of ",
                                                         " is usable"};
inline constexpr absl::string_view kRequiredOfInsecureMxText =
    "DANE is required, and the MX records are insecure";
inline constexpr absl::string_view kRequiredOfHostText =
    "DANE is required, and the host has no secure usable TLSA records";
inline constexpr absl::string_view kRequiredOfReturnText =
    "DANE is required, and only an insecure answer says that the domain is "
    "undeliverable";
// Between the name and the preference, and after.
inline constexpr absl::string_view kOwnNameText[] = {
    " is this host: hosts of preference ", " and worse are cut"};

// Shuffles hosts of equal preference. RFC 5321 5.1.
void ShuffleEqualPreferences(Verdict& verdict, std::mt19937& random);

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_CONCLUDE_H_
