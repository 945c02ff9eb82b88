#include "stub/cli/table.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "stub/cli/shown_name.h"
#include "stub/cli/words.h"

namespace danebound {
namespace {

constexpr absl::string_view kGood = "32";    // green
constexpr absl::string_view kFair = "36";    // cyan
constexpr absl::string_view kWait = "33";    // yellow
constexpr absl::string_view kBad = "31";     // red
constexpr absl::string_view kHeading = "1";  // bold
constexpr absl::string_view kDetail = "2";   // faint
constexpr absl::string_view kPlain;

constexpr absl::string_view kHostIndent = "       ";
constexpr size_t kLabelWidth = 11;
// Hosts that were not evaluated: so many are listed, the rest are counted.
constexpr size_t kMostIdleHosts = 3;

// Builds one block.
class Table {
 public:
  Table(int64_t now, const TableStyle& style) : now_(now), style_(style) {}

  void AddVerdict(const Verdict& verdict);
  void AddError(absl::string_view next_hop, absl::string_view error);
  const std::string& text() const { return text_; }

 private:
  std::string Coloured(absl::string_view colour, absl::string_view text) const;
  std::string Shown(const Name& name) const;
  std::string Target(const NextHop& next_hop) const;
  std::string Life(const HostVerdict& host) const;
  std::string NameOf(const HostVerdict& host) const;

  void AddHeading(absl::string_view target, absl::string_view colour,
                  absl::string_view word);
  // Adds text in lines, all indented.
  void AddParagraph(absl::string_view indent, absl::string_view text);
  void AddReasons(absl::string_view indent, const std::vector<Reason>& reasons);
  void AddDetail(absl::string_view label, absl::string_view text);
  void AddHosts(const Verdict& verdict);
  void AddHost(const std::string& preference, const HostVerdict& host,
               size_t name_width);
  void AddHostLine(const std::string& preference, const std::string& name,
                   size_t name_width, const HostVerdict& host);
  void AddAddresses(const HostVerdict& host);
  void AddRecord(absl::string_view label, const Tlsa& record);
  void AddTlsa(const HostVerdict& host);

  int64_t now_;
  TableStyle style_;
  std::string text_;
};

absl::string_view ColourOf(Disposition disposition) {
  switch (disposition) {
    case Disposition::kDeliver:
      return kGood;
    case Disposition::kDefer:
      return kWait;
    case Disposition::kUndeliverable:
      return kBad;
  }
  return kPlain;
}

absl::string_view ColourOf(const HostVerdict& host) {
  switch (host.duty) {
    case Duty::kAuthenticate:
      return kGood;
    case Duty::kEncrypt:
      return kFair;
    case Duty::kOpportunistic:
      return kPlain;
    case Duty::kSkip:
      return host.permanent ? kBad : kWait;
  }
  return kPlain;
}

absl::string_view Described(Kind kind) {
  switch (kind) {
    case Kind::kFailed:
      return "MX lookup";
    case Kind::kMx:
      return "MX records";
    case Kind::kImplicitMx:
      return "no MX records, the domain is its own host,";
    case Kind::kNullMx:
      return "null MX, the domain takes no mail,";
    case Kind::kNoSuchDomain:
      return "no such domain,";
    case Kind::kHost:
      return "host as given,";
    case Kind::kAddress:
      return "address as given,";
  }
  return "";
}

std::string DutyText(const HostVerdict& host) {
  if (host.duty != Duty::kSkip) return std::string(ToText(host.duty));
  return absl::StrCat("skip, ", ToText(host.cause));
}

std::string ReasonText(const Reason& reason) {
  std::string source(ToText(reason.id));
  if (reason.ede.has_value()) absl::StrAppend(&source, ", EDE ", *reason.ede);
  return absl::StrCat(Printable(reason.text), " (", source, ")");
}

// Five columns, right-aligned; blank where there is no MX record.
std::string PreferenceColumn(Kind kind, const HostVerdict& host) {
  const std::string text =
      kind == Kind::kMx ? absl::StrCat(host.preference) : "";
  return absl::StrCat(Padded("", 5 - text.size()), text);
}

bool IsIdle(const HostVerdict& host) {
  return host.cause == Cause::kNotEvaluated;
}

std::string Table::Coloured(absl::string_view colour,
                            absl::string_view text) const {
  if (!style_.colour || colour.empty()) return std::string(text);
  return absl::StrCat("\033[", colour, "m", text, "\033[0m");
}

std::string Table::Shown(const Name& name) const {
  return ShownName(name, style_.unicode);
}

std::string Table::Target(const NextHop& next_hop) const {
  std::string text = next_hop.form == NextHopForm::kDomain
                         ? Shown(next_hop.name)
                         : ToText(next_hop);
  if (next_hop.port != kSmtpPort) absl::StrAppend(&text, ":", next_hop.port);
  return text;
}

std::string Table::NameOf(const HostVerdict& host) const {
  return host.name.IsRoot() ? "(address)" : Shown(host.name);
}

std::string Table::Life(const HostVerdict& host) const {
  const std::string left = LengthOfTime(host.expires - now_);
  if (host.duty != Duty::kSkip) return absl::StrCat("holds ", left);
  if (host.permanent) return absl::StrCat("for ", left);
  return absl::StrCat("ask again in ", left);
}

void Table::AddHeading(absl::string_view target, absl::string_view colour,
                       absl::string_view word) {
  absl::StrAppend(&text_, Coloured(kHeading, absl::StrCat(target, ":")), " ",
                  Coloured(colour, word), "\n");
}

void Table::AddParagraph(absl::string_view indent, absl::string_view text) {
  for (const std::string& line : Wrap(text, style_.width - indent.size())) {
    absl::StrAppend(&text_, indent, line, "\n");
  }
}

void Table::AddReasons(absl::string_view indent,
                       const std::vector<Reason>& reasons) {
  for (const Reason& reason : reasons) {
    AddParagraph(indent, ReasonText(reason));
  }
}

void Table::AddDetail(absl::string_view label, absl::string_view text) {
  const size_t width = style_.width - kHostIndent.size() - kLabelWidth;
  absl::string_view shown_label = label;
  for (const std::string& line : Wrap(text, width)) {
    absl::StrAppend(&text_, kHostIndent,
                    Coloured(kDetail, Padded(shown_label, kLabelWidth)), line,
                    "\n");
    shown_label = "";
  }
}

void Table::AddAddresses(const HostVerdict& host) {
  std::vector<std::string> addresses;
  for (const HostAddress& address : host.addresses) {
    std::string text = address.address.ToText();
    if (address.security != host.security) {
      absl::StrAppend(&text, " (", ToText(address.security), ")");
    }
    addresses.push_back(std::move(text));
  }
  if (addresses.empty()) return;
  AddDetail("addresses", absl::StrCat(absl::StrJoin(addresses, ", "), "; ",
                                      ToText(host.security)));
}

// One line a record; the data is cut to fit a terminal.
void Table::AddRecord(absl::string_view label, const Tlsa& record) {
  const std::string note =
      record.superseded ? "  superseded"
      : record.usable() ? ""
                        : absl::StrCat("  unusable: ", ToText(record.why_not));
  const size_t room = style_.width - kHostIndent.size() - kLabelWidth;
  std::string text = ToText(record);
  if (!style_.whole && text.size() + note.size() > room) {
    text.resize(std::max<size_t>(room, note.size() + 11) - note.size() - 3);
    text += "...";
  }
  absl::StrAppend(&text_, kHostIndent,
                  Coloured(kDetail, Padded(label, kLabelWidth)),
                  record.counts() ? text : Coloured(kDetail, text),
                  Coloured(record.usable() ? kDetail : kWait, note), "\n");
}

void Table::AddTlsa(const HostVerdict& host) {
  if (host.tlsa.empty()) return;
  const auto counting =
      std::count_if(host.tlsa.begin(), host.tlsa.end(),
                    [](const Tlsa& record) { return record.counts(); });
  AddDetail("TLSA", absl::StrCat(host.tlsa_name.ToText(), ", ", counting,
                                 " of ", host.tlsa.size(), " count"));
  for (const Tlsa& record : host.tlsa) AddRecord("", record);
}

// Name, duty and life in one line where they fit, else in two.
void Table::AddHostLine(const std::string& preference, const std::string& name,
                        size_t name_width, const HostVerdict& host) {
  const std::string duty = DutyText(host);
  const std::string life = Life(host);
  const size_t used = kHostIndent.size() + std::max(Width(name), name_width) +
                      2 + duty.size() + 2 + life.size();
  absl::StrAppend(&text_, Coloured(kDetail, preference), "  ",
                  Coloured(kHeading, name));
  if (used > style_.width) {
    absl::StrAppend(&text_, "\n", kHostIndent);
  } else {
    absl::StrAppend(&text_,
                    Padded("", name_width - std::min(name_width, Width(name))),
                    "  ");
  }
  absl::StrAppend(&text_, Coloured(ColourOf(host), duty), ", ", life, "\n");
}

void Table::AddHost(const std::string& preference, const HostVerdict& host,
                    size_t name_width) {
  AddHostLine(preference, NameOf(host), name_width, host);
  if (host.expanded != host.name) AddDetail("alias of", Shown(host.expanded));
  AddAddresses(host);
  AddTlsa(host);
  if (!host.names.empty()) AddDetail("names", absl::StrJoin(host.names, ", "));
  for (const Reason& reason : host.reasons) {
    AddDetail("why", ReasonText(reason));
  }
}

void Table::AddHosts(const Verdict& verdict) {
  size_t name_width = 0;
  for (const HostVerdict& host : verdict.hosts) {
    if (!IsIdle(host)) name_width = std::max(name_width, Width(NameOf(host)));
  }
  const size_t most = style_.whole ? verdict.hosts.size() : kMostIdleHosts;
  size_t idle = 0;
  for (const HostVerdict& host : verdict.hosts) {
    if (IsIdle(host) && ++idle > most) continue;
    AddHost(PreferenceColumn(verdict.kind, host), host, name_width);
  }
  if (idle > most) {
    absl::StrAppend(&text_, kHostIndent, "and ", idle - most,
                    " more hosts: skip, not-evaluated\n");
  }
}

void Table::AddVerdict(const Verdict& verdict) {
  AddHeading(Target(verdict.next_hop), ColourOf(verdict.disposition),
             ToText(verdict.disposition));
  AddParagraph("  ", Summary(verdict, now_));
  AddReasons("  ", verdict.reasons);
  AddHosts(verdict);
}

void Table::AddError(absl::string_view next_hop, absl::string_view error) {
  AddHeading(Printable(next_hop), kBad, "no verdict, defer");
  AddParagraph("  ", Printable(error));
}

}  // namespace

std::string Summary(const Verdict& verdict, int64_t now) {
  std::vector<std::string> parts = {
      absl::StrCat(Described(verdict.kind), " ", ToText(verdict.security))};
  if (verdict.expanded != verdict.next_hop.name) {
    parts.push_back(absl::StrCat("an alias of ", verdict.expanded.ToText()));
  }
  if (verdict.require) parts.emplace_back("DANE required");
  if (!verdict.dsn.empty()) parts.push_back(absl::StrCat("DSN ", verdict.dsn));
  if (verdict.truncated) parts.emplace_back("not all hosts evaluated");
  if (verdict.kind != Kind::kAddress) {
    parts.push_back(
        absl::StrCat(verdict.kind == Kind::kFailed ? "ask again in " : "holds ",
                     LengthOfTime(verdict.expires - now)));
  }
  return absl::StrJoin(parts, ", ");
}

std::string ToTable(const Verdict& verdict, int64_t now,
                    const TableStyle& style) {
  Table table(now, style);
  table.AddVerdict(verdict);
  return table.text();
}

std::string ToTable(absl::string_view next_hop, absl::string_view error,
                    const TableStyle& style) {
  Table table(0, style);
  table.AddError(next_hop, error);
  return table.text();
}

}  // namespace danebound
