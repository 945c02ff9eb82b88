#include "tests/scenarios/description.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "stub/dane/reason.h"

namespace danebound::scenario {
namespace {

using Strings = std::vector<std::string>;

void AddLine(std::string& text, absl::string_view indent,
             absl::string_view word, absl::string_view value) {
  absl::StrAppend(&text, indent, word, " ", value, "\n");
}

void AddWords(std::string& text, absl::string_view indent,
              absl::string_view word, const Strings& words) {
  if (!words.empty()) {
    AddLine(text, indent, word, absl::StrJoin(words, " "));
  }
}

Strings Sorted(Strings strings) {
  std::sort(strings.begin(), strings.end());
  return strings;
}

// Long RDATA is told by its length and its first octets.
std::string ShortHex(const std::string& octets) {
  constexpr size_t kShown = 40;
  if (octets.size() <= kShown) return absl::BytesToHexString(octets);
  return absl::StrCat(absl::BytesToHexString(octets.substr(0, kShown)), "...(",
                      octets.size(), " octets)");
}

std::string DescribeHost(const ExpectedHost& host) {
  std::string text = absl::StrCat("  host ", host.preference, " ",
                                  host.name.ToText(), " ", ToText(host.duty));
  if (host.duty == Duty::kSkip) {
    absl::StrAppend(&text, " ", ToText(host.cause),
                    host.permanent ? " permanent" : " temporary");
  }
  absl::StrAppend(&text, "\n");
  if (host.expanded != host.name) {
    AddLine(text, "    ", "expanded", host.expanded.ToText());
  }
  Strings addresses;
  for (const HostAddress& address : host.addresses) {
    addresses.push_back(
        absl::StrCat(address.address.ToText(), " ", ToText(address.security)));
  }
  for (const std::string& address : Sorted(addresses)) {
    AddLine(text, "    ", "address", address);
  }
  if (host.base_domain) {
    AddLine(text, "    ", "base", host.base_domain->ToText());
  }
  Strings records;
  for (const ExpectedTlsa& tlsa : host.tlsa) {
    records.push_back(absl::StrCat(ShortHex(tlsa.rdata), " ", tlsa.state));
  }
  for (const std::string& record : Sorted(records)) {
    AddLine(text, "    ", "tlsa", record);
  }
  AddWords(text, "    ", "names", host.names);
  AddWords(text, "    ", "reasons", Sorted(host.reasons));
  return text;
}

bool ComesBefore(const ExpectedHost& a, const ExpectedHost& b) {
  return a.preference != b.preference ? a.preference < b.preference
                                      : a.name.ToText() < b.name.ToText();
}

Strings IdsOf(const std::vector<Reason>& reasons) {
  Strings ids;
  for (const Reason& reason : reasons) ids.emplace_back(ToText(reason.id));
  return ids;
}

std::string StateOf(const Tlsa& tlsa) {
  if (!tlsa.usable()) return std::string(ToText(tlsa.why_not));
  return tlsa.superseded ? "superseded" : "usable";
}

ExpectedHost AsExpectation(const HostVerdict& host) {
  ExpectedHost seen;
  seen.preference = host.preference;
  seen.name = host.name;
  seen.duty = host.duty;
  seen.cause = host.cause;
  seen.permanent = host.permanent;
  seen.expanded = host.expanded;
  seen.addresses = host.addresses;
  if (!host.tlsa.empty()) seen.base_domain = host.base_domain;
  for (const Tlsa& tlsa : host.tlsa) {
    seen.tlsa.push_back({tlsa.rdata, StateOf(tlsa)});
  }
  seen.names = host.names;
  seen.reasons = IdsOf(host.reasons);
  return seen;
}

Expectation AsExpectation(const Verdict& verdict) {
  Expectation seen;
  seen.kind = verdict.kind;
  seen.security = verdict.security;
  seen.disposition = verdict.disposition;
  seen.dsn = verdict.dsn;
  seen.insecure_mx = verdict.insecure_mx;
  seen.truncated = verdict.truncated;
  seen.expanded = verdict.expanded;
  seen.reasons = IdsOf(verdict.reasons);
  for (const HostVerdict& host : verdict.hosts) {
    seen.hosts.push_back(AsExpectation(host));
  }
  return seen;
}

// The fields that a scenario file does not spell out.
std::string DescribeRest(const HostVerdict& host) {
  std::string text = absl::StrCat("  rest of ", host.name.ToText(), "\n");
  AddLine(text, "    ", "security", ToText(host.security));
  AddLine(text, "    ", "tlsa-name", host.tlsa_name.ToText());
  AddLine(text, "    ", "sni", host.sni);
  AddLine(text, "    ", "policy",
          absl::StrCat(host.policy_type, " ", host.policy_domain));
  AddWords(text, "    ", "policy-strings", Sorted(host.policy_strings));
  AddLine(text, "    ", "tls-key", host.tls_key);
  return text;
}

std::string WrongLife(absl::string_view of,
                      const absl::optional<int64_t>& expected, int64_t life,
                      int64_t tolerance) {
  if (!expected) return "";
  if (life <= *expected && life >= *expected - tolerance) return "";
  return absl::StrCat("life of ", of, " is ", life, " s, expected ", *expected,
                      " s\n");
}

}  // namespace

std::string Describe(const Expectation& expectation) {
  std::string text = absl::StrCat("expect ", ToText(expectation.kind), " ",
                                  ToText(expectation.security), " ",
                                  ToText(expectation.disposition));
  if (!expectation.dsn.empty()) absl::StrAppend(&text, " ", expectation.dsn);
  if (expectation.insecure_mx) absl::StrAppend(&text, " insecure-mx");
  if (expectation.truncated) absl::StrAppend(&text, " truncated");
  absl::StrAppend(&text, "\n");
  AddLine(text, "  ", "expanded", expectation.expanded.ToText());
  AddWords(text, "  ", "reasons", Sorted(expectation.reasons));
  std::vector<ExpectedHost> hosts = expectation.hosts;
  std::stable_sort(hosts.begin(), hosts.end(), ComesBefore);
  for (const ExpectedHost& host : hosts) text += DescribeHost(host);
  return text;
}

std::string Describe(const Verdict& verdict) {
  return Describe(AsExpectation(verdict));
}

std::string DescribeWhole(const Verdict& verdict) {
  std::string text = Describe(verdict);
  AddLine(text, "  ", "next-hop",
          absl::StrCat(ToText(verdict.next_hop), ":", verdict.next_hop.port));
  if (verdict.require) AddLine(text, "  ", "require", "yes");
  std::vector<HostVerdict> hosts = verdict.hosts;
  std::stable_sort(hosts.begin(), hosts.end(),
                   [](const HostVerdict& a, const HostVerdict& b) {
                     return ComesBefore(AsExpectation(a), AsExpectation(b));
                   });
  for (const HostVerdict& host : hosts) text += DescribeRest(host);
  return text;
}

std::string WrongLives(const Expectation& expectation, const Verdict& verdict,
                       int64_t now, int64_t tolerance) {
  std::string wrong = WrongLife("the verdict", expectation.life,
                                verdict.expires - now, tolerance);
  for (const ExpectedHost& expected : expectation.hosts) {
    for (const HostVerdict& host : verdict.hosts) {
      if (host.name != expected.name) continue;
      wrong += WrongLife(host.name.ToText(), expected.life, host.expires - now,
                         tolerance);
    }
  }
  return wrong;
}

}  // namespace danebound::scenario
