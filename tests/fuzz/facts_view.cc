// Any octets in the place of facts: the view of them is refused, or says the
// same as the values, and so do the verdicts that C's getters show and that
// Conclude makes. The first octet picks the choices.
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "stub/c/verdict.h"
#include "stub/dane/conclude.h"
#include "stub/wire/facts_octets.h"
#include "stub/wire/found_facts.h"
#include "tests/fuzz/require.h"

namespace danebound {
namespace {

constexpr int64_t kNow = 1'700'000'000;

Choices ChoicesOf(uint8_t octet) {
  Choices choices;
  choices.insecure_mx = static_cast<InsecureMx>(octet % 3);
  choices.require = (octet & 4) != 0;
  if ((octet & 8) != 0) choices.digest_order = {kSha256, kSha512};
  if ((octet & 16) != 0) {
    choices.own_names = {Name::ParseText("b.example.org").value()};
  }
  return choices;
}

void RequireText(const char* seen, absl::string_view text) {
  if (seen == text) return;
  Blame(absl::StrCat("C has the text \"", seen, "\", not \"", text, "\""));
}

template <typename ReasonAt>
void CheckReasons(const std::vector<Reason>& reasons, size_t count,
                  const ReasonAt& at) {
  Require(count == reasons.size(), "C has other reasons");
  for (size_t i = 0; i < count; ++i) {
    Require(danebound_reason_identifier(at(i)) ==
                static_cast<danebound_reason_id>(reasons[i].id),
            "C has another reason");
    Require(std::string(danebound_reason_text(at(i))).size() <=
                reasons[i].text.size(),
            "a reason has grown");
  }
}

void CheckRecord(const Tlsa& record, const danebound_tlsa* seen) {
  Require(danebound_tlsa_counts(seen) == (record.counts() ? 1 : 0),
          "C counts another record");
  Require(danebound_tlsa_why_not(seen) ==
              static_cast<danebound_why_not>(record.why_not),
          "C judges another way");
  RequireText(danebound_tlsa_text(seen), ToText(record));
}

void CheckHost(const HostVerdict& host, const danebound_host* seen) {
  Require(danebound_host_duty(seen) == static_cast<danebound_duty>(host.duty),
          "C has another duty");
  Require(
      danebound_host_cause(seen) == static_cast<danebound_cause>(host.cause),
      "C has another cause");
  Require(danebound_host_expires(seen) == host.expires,
          "C has another end of life");
  if (!host.name.IsRoot()) {
    RequireText(danebound_host_name(seen), host.name.ToText());
    RequireText(danebound_host_expanded(seen), host.expanded.ToText());
  }
  RequireText(danebound_host_tls_key(seen), host.tls_key);
  RequireText(danebound_host_sni(seen), host.sni);
  RequireText(danebound_host_policy_type(seen), host.policy_type);
  Require(danebound_host_reference_name_count(seen) == host.names.size(),
          "C has other names");
  for (size_t i = 0; i < host.names.size(); ++i) {
    RequireText(danebound_host_reference_name(seen, i), host.names[i]);
  }
  Require(danebound_host_address_count(seen) == host.addresses.size(),
          "C has other addresses");
  for (size_t i = 0; i < host.addresses.size(); ++i) {
    RequireText(danebound_host_address(seen, i),
                host.addresses[i].address.ToText());
  }
  Require(danebound_host_tlsa_count(seen) == host.tlsa.size(),
          "C has other records");
  for (size_t i = 0; i < host.tlsa.size(); ++i) {
    CheckRecord(host.tlsa[i], danebound_host_tlsa(seen, i));
  }
  if (!host.tlsa.empty()) {
    RequireText(danebound_host_tlsa_name(seen), host.tlsa_name.ToText());
  }
  CheckReasons(host.reasons, danebound_host_reason_count(seen),
               [seen](size_t i) { return danebound_host_reason(seen, i); });
}

// As the preferences of a reply need not be sorted, or unequal, hosts are
// compared only where chance has nothing to choose.
bool IsOrdered(const Verdict& verdict) {
  for (size_t i = 1; i < verdict.hosts.size(); ++i) {
    if (verdict.hosts[i - 1].preference == verdict.hosts[i].preference) {
      return false;
    }
  }
  return true;
}

void CheckVerdict(FoundFacts found, const Choices& choices) {
  const Verdict verdict = Conclude(found.ToFacts(), choices);
  std::mt19937 random;
  danebound_verdict* const seen =
      c::NewVerdict(std::move(found), choices, random);
  Require(danebound_verdict_disposition(seen) ==
              static_cast<danebound_disposition>(verdict.disposition),
          "C has another disposition");
  RequireText(danebound_verdict_dsn(seen), verdict.dsn);
  RequireText(danebound_verdict_next_hop(seen), ToText(verdict.next_hop));
  Require(danebound_verdict_expires(seen) == verdict.expires,
          "C has another end of life");
  Require(danebound_verdict_host_count(seen) == verdict.hosts.size(),
          "C has other hosts");
  CheckReasons(verdict.reasons, danebound_verdict_reason_count(seen),
               [seen](size_t i) { return danebound_verdict_reason(seen, i); });
  for (size_t i = 0; IsOrdered(verdict) && i < verdict.hosts.size(); ++i) {
    CheckHost(verdict.hosts[i], danebound_verdict_host(seen, i));
  }
  danebound_verdict_free(seen);
}

void Try(absl::string_view octets) {
  if (octets.empty()) return;
  const Choices choices = ChoicesOf(static_cast<uint8_t>(octets[0]));
  octets.remove_prefix(1);
  absl::StatusOr<FoundFacts> found =
      FoundFacts::Copy(octets, {kNow, 0}, /*from_cache=*/true);
  const absl::StatusOr<Facts> facts = ParseFacts(octets, kNow);
  Require(found.ok() == facts.ok(), "the view takes what the values do not");
  if (!found.ok()) return;
  Require(found->ToFacts() == *facts, "the view says something else");
  CheckVerdict(*std::move(found), choices);
}

}  // namespace
}  // namespace danebound

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  danebound::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
