#include "stub/cli/check_table.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "stub/cli/shown_name.h"
#include "stub/cli/words.h"

namespace danebound {
namespace {

constexpr absl::string_view kHostIndent = "       ";
constexpr size_t kLabelWidth = 11;
constexpr absl::string_view kHeading = "1";  // ANSI: bold
constexpr absl::string_view kDetail = "2";   // faint

absl::string_view ColourOf(Health health) {
  switch (health) {
    case Health::kGood:
      return "32";  // green
    case Health::kWarning:
    case Health::kUnknown:
      return "33";  // yellow
    case Health::kBroken:
      return "31";  // red
  }
  return "";
}

std::string Padded(absl::string_view text) {
  const size_t blanks =
      text.size() < kLabelWidth ? kLabelWidth - text.size() : 1;
  return absl::StrCat(text, std::string(blanks, ' '));
}

std::string FindingText(const Finding& finding) {
  const std::string tlsrpt =
      finding.tlsrpt.empty() ? "" : absl::StrCat(", TLSRPT ", finding.tlsrpt);
  return absl::StrCat(Printable(finding.text), " (", finding.id, tlsrpt, ")");
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
      : checked_(checked), style_(style) {}

  std::string Build();

 private:
  std::string Coloured(absl::string_view colour, absl::string_view text) const;
  // Adds text in lines, the first behind the label.
  void AddDetail(absl::string_view label, absl::string_view text,
                 absl::string_view colour = kDetail);
  void AddParagraph(absl::string_view text);
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
  const TableStyle& style_;
  std::string text_;
};

std::string CheckTable::Coloured(absl::string_view colour,
                                 absl::string_view text) const {
  if (!style_.colour) return std::string(text);
  return absl::StrCat("\033[", colour, "m", text, "\033[0m");
}

void CheckTable::AddDetail(absl::string_view label, absl::string_view text,
                           absl::string_view colour) {
  const size_t width = style_.width - kHostIndent.size() - kLabelWidth;
  std::string shown = Padded(label);
  for (const std::string& line : Wrap(text, width)) {
    absl::StrAppend(&text_, kHostIndent, Coloured(colour, shown), line, "\n");
    shown = Padded("");
  }
}

void CheckTable::AddParagraph(absl::string_view text) {
  for (const std::string& line : Wrap(text, style_.width - 2)) {
    absl::StrAppend(&text_, "  ", line, "\n");
  }
}

void CheckTable::AddFindings(const std::vector<Finding>& findings) {
  for (const Finding& each : findings) {
    const absl::string_view label =
        each.health == Health::kGood ? "note" : ToText(each.health);
    AddDetail(label, FindingText(each), ColourOf(each.health));
  }
}

void CheckTable::AddSummary() {
  if (!checked_.verdict.has_value()) {
    AddParagraph(absl::StrCat("no verdict: ", Printable(checked_.error)));
    return;
  }
  AddParagraph(Summary(*checked_.verdict, checked_.checked));
  if (checked_.host_level) {
    AddParagraph("a check of the host alone: submission is outside RFC 7672");
  }
  if (!checked_.tried_tlsa.empty()) {
    AddParagraph(
        "as it would be with the TLSA records of --tlsa, not those of DNS");
  }
  if (checked_.mta_sts.has_value()) {
    AddParagraph(checked_.mta_sts->empty()
                     ? "no record of MTA-STS"
                     : absl::StrCat("MTA-STS: ", *checked_.mta_sts));
  }
  if (checked_.judged_at != checked_.checked) {
    AddParagraph(absl::StrCat(
        "certificates judged as of ",
        LengthOfTime(checked_.judged_at - checked_.checked), " from now"));
  }
}

void CheckTable::AddHostHeading(const HostVerdict& host,
                                const HostReport& report) {
  const bool has_preference = checked_.verdict->kind == Kind::kMx;
  const std::string preference =
      has_preference ? absl::StrCat(host.preference) : "";
  const std::string name =
      host.name.IsRoot() ? "(address)" : ShownName(host.name, style_.unicode);
  absl::StrAppend(&text_, std::string(5 - preference.size(), ' '), preference,
                  "  ", Coloured(kHeading, name), ": ", ToText(report.outcome),
                  "\n");
}

void CheckTable::AddRecords(const HostVerdict& host) {
  if (host.tlsa.empty()) return;
  AddDetail("TLSA", host.tlsa_name.ToText());
  const size_t room = style_.width - kHostIndent.size() - kLabelWidth;
  for (size_t i = 0; i < host.tlsa.size(); ++i) {
    const Tlsa& record = host.tlsa[i];
    const std::string note =
        record.superseded ? "  superseded"
        : record.usable()
            ? ""
            : absl::StrCat("  unusable: ", ToText(record.why_not));
    std::string text = ToText(record);
    if (text.size() + note.size() > room) {
      text.resize(std::max<size_t>(room, note.size() + 11) - note.size() - 3);
      text += "...";
    }
    absl::StrAppend(&text_, kHostIndent,
                    Coloured(kDetail, Padded(absl::StrCat("record ", i))), text,
                    note, "\n");
  }
}

// Whole, on lines of their own: they are there to be copied.
void CheckTable::AddRecordsNow(const HostReport& report) {
  if (report.records_now.empty()) return;
  AddDetail("3 1 1 now", "of what is shown, which nothing has verified:");
  for (const std::string& record : report.records_now) {
    absl::StrAppend(&text_, kHostIndent, record, "\n");
  }
}

void CheckTable::AddTls(const TlsSeen& tls) {
  if (!tls.protocol.empty()) {
    AddDetail("TLS", absl::StrCat(tls.protocol, ", ", tls.cipher));
  }
  for (size_t i = 0; i < tls.chain.size(); ++i) {
    AddDetail(absl::StrCat("cert ", i),
              CertificateText(tls.chain[i], checked_.judged_at));
  }
}

void CheckTable::AddAddress(const AddressEvidence& evidence,
                            const AddressReport& report) {
  AddDetail("address", absl::StrCat(evidence.address.ToText(), ": ",
                                    ToText(report.outcome),
                                    MatchText(evidence.tls.result)));
  if (!evidence.smtp.banner.empty()) {
    AddDetail("banner", evidence.smtp.banner);
  }
  const std::string offers = OffersText(evidence.smtp);
  if (!offers.empty()) AddDetail("offers", offers);
  AddTls(evidence.tls);
  if (evidence.other_key.has_value()) {
    AddDetail("other key",
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
  if (!host.names.empty()) AddDetail("names", absl::StrJoin(host.names, ", "));
  if (report.certificates_end.has_value()) {
    AddDetail("dates", absl::StrCat("count; the first certificate ",
                                    EndText(*report.certificates_end,
                                            checked_.judged_at)));
  }
  if (report.signatures_end.has_value()) {
    AddDetail("signatures",
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
  if (checked_.advices->empty()) AddParagraph("no advice");
  for (const Advice& each : *checked_.advices) {
    const std::string host =
        each.host.empty() ? "" : absl::StrCat(each.host, ": ");
    AddParagraph(
        absl::StrCat("advice: ", host, each.text, " (", each.section, ")"));
  }
}

std::string CheckTable::Build() {
  const DomainReport& report = checked_.report;
  absl::StrAppend(
      &text_, Coloured(kHeading, absl::StrCat(Printable(checked_.domain), ":")),
      " ",
      Coloured(
          ColourOf(report.health),
          absl::StrCat(ToText(report.outcome), ", ", ToText(report.health))),
      "\n");
  AddSummary();
  AddFindings(report.findings);
  for (size_t i = 0; i < report.hosts.size(); ++i) AddHost(i);
  AddAdvices();
  return std::move(text_);
}

}  // namespace

std::string ToTable(const CheckedDomain& checked, const TableStyle& style) {
  return CheckTable(checked, style).Build();
}

}  // namespace danebound
