#include "tests/oracle/differences.h"

#include <algorithm>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace danebound {
namespace {

using Lines = std::vector<std::string>;

std::string ReasonsText(const std::vector<Reason>& reasons) {
  std::set<std::string> ids;
  for (const Reason& reason : reasons) {
    ids.insert(std::string(ToText(reason.id)));
  }
  return absl::StrCat("  reasons ", absl::StrJoin(ids, " "));
}

std::string AddressesText(const std::vector<HostAddress>& addresses) {
  std::multiset<std::string> texts;
  for (const HostAddress& address : addresses) {
    texts.insert(
        absl::StrCat(address.address.ToText(), " ", ToText(address.security)));
  }
  return absl::StrCat("  addresses ", absl::StrJoin(texts, ", "));
}

std::string LifeText(int64_t expires, int64_t now) {
  if (expires == kNoEnd) return "  lives for ever";
  return absl::StrCat("  lives ", expires - now, " s");
}

std::string YesNo(bool value) { return value ? "yes" : "no"; }

void AddHost(const HostFacts& host, int64_t now, Lines& lines) {
  lines.push_back(absl::StrCat("host ", host.preference, " ",
                               host.name.ToText(), " expanded ",
                               host.expanded.ToText()));
  lines.push_back(absl::StrCat("  state ", static_cast<int>(host.state),
                               " security ", ToText(host.security)));
  lines.push_back(AddressesText(host.addresses));
  lines.push_back(absl::StrCat("  base ", host.base_domain.ToText()));
  for (const std::string& rdata : host.tlsa) {
    lines.push_back(absl::StrCat("  tlsa ", absl::BytesToHexString(rdata)));
  }
  lines.push_back(LifeText(host.expires, now));
  lines.push_back(ReasonsText(host.reasons));
}

std::string RecordText(const Tlsa& record) {
  return absl::StrCat("  tlsa ", record.usage, " ", record.selector, " ",
                      record.matching, " ", ToText(record), " why-not ",
                      ToText(record.why_not), " superseded ",
                      YesNo(record.superseded), " rdata ",
                      absl::BytesToHexString(record.rdata));
}

void AddHost(const HostVerdict& host, int64_t now, Lines& lines) {
  lines.push_back(absl::StrCat("host ", host.preference, " ",
                               host.name.ToText(), " expanded ",
                               host.expanded.ToText()));
  lines.push_back(absl::StrCat("  duty ", ToText(host.duty), " cause ",
                               ToText(host.cause), " permanent ",
                               YesNo(host.permanent), " security ",
                               ToText(host.security)));
  lines.push_back(AddressesText(host.addresses));
  lines.push_back(absl::StrCat("  base ", host.base_domain.ToText(),
                               " tlsa-name ", host.tlsa_name.ToText(), " sni ",
                               host.sni));
  for (const Tlsa& record : host.tlsa) lines.push_back(RecordText(record));
  lines.push_back(absl::StrCat("  names ", absl::StrJoin(host.names, ", ")));
  lines.push_back(LifeText(host.expires, now));
  lines.push_back(ReasonsText(host.reasons));
}

}  // namespace

Lines LinesOf(const Facts& facts, int64_t now) {
  Lines lines = {absl::StrCat("facts ", ToText(facts.next_hop), " port ",
                              facts.next_hop.port, " kind ", ToText(facts.kind),
                              " security ", ToText(facts.security)),
                 absl::StrCat("  expanded ", facts.expanded.ToText(),
                              " truncated ", YesNo(facts.truncated)),
                 LifeText(facts.expires, now), ReasonsText(facts.reasons)};
  for (const HostFacts& host : facts.hosts) AddHost(host, now, lines);
  return lines;
}

Lines LinesOf(const Verdict& verdict, int64_t now) {
  Lines lines = {
      absl::StrCat("verdict ", ToText(verdict.next_hop), " port ",
                   verdict.next_hop.port, " kind ", ToText(verdict.kind),
                   " security ", ToText(verdict.security)),
      absl::StrCat("  ", ToText(verdict.disposition), " dsn ", verdict.dsn),
      absl::StrCat("  expanded ", verdict.expanded.ToText(), " insecure-mx ",
                   YesNo(verdict.insecure_mx), " require ",
                   YesNo(verdict.require), " truncated ",
                   YesNo(verdict.truncated)),
      LifeText(verdict.expires, now), ReasonsText(verdict.reasons)};
  for (const HostVerdict& host : verdict.hosts) AddHost(host, now, lines);
  return lines;
}

std::string DifferenceOf(const Lines& expected, const Lines& found) {
  if (expected == found) return "";
  auto [wanted, got] = std::mismatch(expected.begin(), expected.end(),
                                     found.begin(), found.end());
  return absl::StrCat("first difference: expected '",
                      wanted == expected.end() ? "(the end)" : *wanted,
                      "', found '", got == found.end() ? "(the end)" : *got,
                      "'\n-- expected\n", absl::StrJoin(expected, "\n"),
                      "\n-- found\n", absl::StrJoin(found, "\n"), "\n");
}

}  // namespace danebound
