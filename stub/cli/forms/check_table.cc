#include "stub/cli/forms/check_table.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "stub/cli/forms/shown_name.h"
#include "stub/cli/forms/words.h"

namespace danebound {
namespace {

constexpr size_t kHostIndent = 7;

Colour ColourOf(Health health) {
  switch (health) {
    case Health::kGood:
      return Colour::kGreen;
    case Health::kWarning:
    case Health::kUnknown:
      return Colour::kYellow;
    case Health::kBroken:
      return Colour::kRed;
  }
  return Colour::kPlain;
}

std::string FindingText(const Finding& finding) {
  const std::string tlsrpt =
      finding.tlsrpt.empty() ? "" : absl::StrCat(", TLSRPT ", finding.tlsrpt);
  return absl::StrCat(finding.text, " (", finding.id, tlsrpt, ")");
}

std::string RecordsText(const std::vector<size_t>& records) {
  if (records.empty()) return "matches no record";
  return absl::StrCat(
      records.size() == 1 ? "matches record " : "matches records ",
      absl::StrJoin(records, ", "));
}

std::string EndText(int64_t end, int64_t now) {
  return end >= now ? absl::StrCat("ends in ", LengthOfTime(end - now))
                    : absl::StrCat("ended ", LengthOfTime(now - end), " ago");
}

std::string CertificateText(const CertificateSeen& seen, int64_t now) {
  const std::string issuer = seen.issuer == seen.subject
                                 ? "self-issued"
                                 : absl::StrCat("from ", seen.issuer);
  const std::string start =
      seen.not_before > now
          ? absl::StrCat("begins in ", LengthOfTime(seen.not_before - now),
                         "; ")
          : "";
  return absl::StrCat(seen.subject, "; ", issuer, "; ", seen.key, "; ", start,
                      EndText(seen.not_after, now), "; ",
                      RecordsText(seen.records));
}

// What authenticated the server, or nothing.
std::string MatchText(const TlsResult& result) {
  if (!result.record.has_value()) return "";
  const std::string name =
      result.matched_name.empty()
          ? ""
          : absl::StrCat(" under the name ", result.matched_name);
  return absl::StrCat(", by record ", *result.record, " at depth ",
                      result.depth, name);
}

// What EHLO listed last: inside TLS, where it came so far.
std::string OffersText(const SmtpSeen& seen) {
  constexpr size_t kMostListed = 24;
  std::vector<std::string> lines =
      seen.tls_extensions.empty() ? seen.extensions : seen.tls_extensions;
  const size_t all = lines.size();
  if (all <= kMostListed) return absl::StrJoin(lines, ", ");
  lines.resize(kMostListed);
  return absl::StrCat(absl::StrJoin(lines, ", "), " and ", all - kMostListed,
                      " more");
}

// Builds one block.
class CheckTable {
 public:
  CheckTable(const CheckedDomain& checked, const TableStyle& style)
      : checked_(checked), block_(style, kHostIndent) {}

  std::string Build();

 private:
  void AddFindings(const std::vector<Finding>& findings);
  void AddSummary();
  void AddHost(size_t index);
  void AddHostHeading(const HostVerdict& host, const HostReport& report);
  void AddRecords(const HostVerdict& host);
  void AddRecordsNow(const HostReport& report);
  void AddAddress(const AddressEvidence& evidence, const AddressReport& report);
  void AddTls(const TlsSeen& tls);
  void AddAdvices();

  const CheckedDomain& checked_;
  Block block_;
};

void CheckTable::AddFindings(const std::vector<Finding>& findings) {
  for (const Finding& each : findings) {
    const absl::string_view label =
        each.health == Health::kGood ? "note" : ToText(each.health);
    block_.AddDetail(label, FindingText(each), ColourOf(each.health));
  }
}

void CheckTable::AddSummary() {
  if (!checked_.verdict.has_value()) {
    block_.AddParagraph(absl::StrCat("no verdict: ", checked_.error));
    return;
  }
  block_.AddParagraph(Summary(*checked_.verdict, checked_.checked));
  if (checked_.host_level) {
    block_.AddParagraph(
        "a check of the host alone: submission is outside RFC 7672");
  }
  if (!checked_.tried_tlsa.empty()) {
    block_.AddParagraph(
        "as it would be with the TLSA records of --tlsa, not those of DNS");
  }
  if (checked_.mta_sts.has_value()) {
    block_.AddParagraph(checked_.mta_sts->empty()
                            ? "no record of MTA-STS"
                            : absl::StrCat("MTA-STS: ", *checked_.mta_sts));
  }
  if (checked_.judged_at != checked_.checked) {
    block_.AddParagraph(absl::StrCat(
        "certificates judged as of ",
        LengthOfTime(checked_.judged_at - checked_.checked), " from now"));
  }
}

void CheckTable::AddHostHeading(const HostVerdict& host,
                                const HostReport& report) {
  const bool has_preference = checked_.verdict->kind == Kind::kMx;
  const std::string preference =
      has_preference ? absl::StrCat(host.preference) : "";
  const std::string name = host.name.IsRoot()
                               ? "(address)"
                               : ShownName(host.name, block_.style().unicode);
  block_.AddLine(absl::StrCat(
      std::string(5 - preference.size(), ' '), preference, "  ",
      block_.Coloured(Colour::kBold, name), ": ", ToText(report.outcome)));
}

void CheckTable::AddRecords(const HostVerdict& host) {
  if (host.tlsa.empty()) return;
  block_.AddDetail("TLSA", host.tlsa_name.ToText());
  for (size_t i = 0; i < host.tlsa.size(); ++i) {
    block_.AddRecord(absl::StrCat("record ", i), host.tlsa[i]);
  }
}

// Whole, on lines of their own: they are there to be copied.
void CheckTable::AddRecordsNow(const HostReport& report) {
  if (report.records_now.empty()) return;
  block_.AddDetail("3 1 1 now",
                   "of what is shown, which nothing has verified:");
  for (const std::string& record : report.records_now) {
    block_.AddLine(absl::StrCat(block_.indent(), record));
  }
}

void CheckTable::AddTls(const TlsSeen& tls) {
  if (!tls.protocol.empty()) {
    block_.AddDetail("TLS", absl::StrCat(tls.protocol, ", ", tls.cipher));
  }
  for (size_t i = 0; i < tls.chain.size(); ++i) {
    block_.AddDetail(absl::StrCat("cert ", i),
                     CertificateText(tls.chain[i], checked_.judged_at));
  }
  if (tls.raw_key.has_value()) {
    block_.AddDetail("raw key",
                     absl::StrCat(tls.raw_key->key, ", without a certificate; ",
                                  RecordsText(tls.raw_key->records)));
  }
}

void CheckTable::AddAddress(const AddressEvidence& evidence,
                            const AddressReport& report) {
  block_.AddDetail("address", absl::StrCat(evidence.address.ToText(), ": ",
                                           ToText(report.outcome),
                                           MatchText(evidence.tls.result)));
  if (!evidence.smtp.banner.empty()) {
    block_.AddDetail("banner", evidence.smtp.banner);
  }
  const std::string offers = OffersText(evidence.smtp);
  if (!offers.empty()) block_.AddDetail("offers", offers);
  AddTls(evidence.tls);
  if (evidence.other_key.has_value()) {
    block_.AddDetail("other key",
                     absl::StrCat(ToText(evidence.other_key->key_type), ": ",
                                  ToText(evidence.other_key->result.outcome),
                                  MatchText(evidence.other_key->result)));
    AddTls(*evidence.other_key);
  }
  AddFindings(report.findings);
}

void CheckTable::AddHost(size_t index) {
  const HostVerdict& host = checked_.verdict->hosts[index];
  const HostReport& report = checked_.report.hosts[index];
  AddHostHeading(host, report);
  AddRecords(host);
  if (!host.names.empty())
    block_.AddDetail("names", absl::StrJoin(host.names, ", "));
  if (report.certificates_end.has_value()) {
    block_.AddDetail("dates", absl::StrCat("count; the first certificate ",
                                           EndText(*report.certificates_end,
                                                   checked_.judged_at)));
  }
  if (report.signatures_end.has_value()) {
    block_.AddDetail(
        "signatures",
        absl::StrCat("of the TLSA records: the first ",
                     EndText(*report.signatures_end, checked_.checked)));
  }
  AddFindings(report.findings);
  const HostEvidence& evidence = checked_.evidence.hosts[index];
  for (size_t i = 0; i < report.addresses.size(); ++i) {
    if (evidence.addresses[i].trouble == Trouble::kNotProbed) continue;
    AddAddress(evidence.addresses[i], report.addresses[i]);
  }
  AddRecordsNow(report);
}

void CheckTable::AddAdvices() {
  if (!checked_.advices.has_value()) return;
  if (checked_.advices->empty()) block_.AddParagraph("no advice");
  for (const Advice& each : *checked_.advices) {
    const std::string host =
        each.host.empty() ? "" : absl::StrCat(each.host, ": ");
    block_.AddParagraph(
        absl::StrCat("advice: ", host, each.text, " (", each.section, ")"));
  }
}

std::string CheckTable::Build() {
  const DomainReport& report = checked_.report;
  block_.AddHeading(
      checked_.domain, ColourOf(report.health),
      absl::StrCat(ToText(report.outcome), ", ", ToText(report.health)));
  AddSummary();
  AddFindings(report.findings);
  for (size_t i = 0; i < report.hosts.size(); ++i) AddHost(i);
  AddAdvices();
  return block_.text();
}

}  // namespace

std::string ToTable(const CheckedDomain& checked, const TableStyle& style) {
  return CheckTable(checked, style).Build();
}

}  // namespace danebound
