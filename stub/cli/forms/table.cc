#include "stub/cli/forms/table.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "stub/cli/forms/shown_name.h"
#include "stub/cli/forms/words.h"

namespace danebound {
namespace {

// Hosts that were not evaluated: so many are listed, the rest are counted.
constexpr size_t kMostIdleHosts = 3;
constexpr absl::string_view kHostIndent = "       ";

// Builds one block.
class Table {
 public:
  Table(int64_t now, const TableStyle& style)
      : now_(now), block_(style, kHostIndent.size()) {}

  void AddVerdict(const Verdict& verdict);
  void AddError(absl::string_view next_hop, absl::string_view error);
  const std::string& text() const { return block_.text(); }

 private:
  std::string Shown(const Name& name) const;
  std::string Target(const NextHop& next_hop) const;
  std::string Life(const HostVerdict& host) const;
  std::string NameOf(const HostVerdict& host) const;

  void AddHosts(const Verdict& verdict);
  void AddHost(const std::string& preference, const HostVerdict& host,
               size_t name_width);
  void AddHostLine(const std::string& preference, const std::string& name,
                   size_t name_width, const HostVerdict& host);
  void AddAddresses(const HostVerdict& host);
  void AddTlsa(const HostVerdict& host);

  int64_t now_;
  Block block_;
};

Colour ColourOf(Disposition disposition) {
  switch (disposition) {
    case Disposition::kDeliver:
      return Colour::kGreen;
    case Disposition::kDefer:
      return Colour::kYellow;
    case Disposition::kUndeliverable:
      return Colour::kRed;
  }
  return Colour::kPlain;
}

Colour ColourOf(const HostVerdict& host) {
  switch (host.duty) {
    case Duty::kAuthenticate:
      return Colour::kGreen;
    case Duty::kEncrypt:
      return Colour::kCyan;
    case Duty::kOpportunistic:
      return Colour::kPlain;
    case Duty::kSkip:
      return host.permanent ? Colour::kRed : Colour::kYellow;
  }
  return Colour::kPlain;
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
  return absl::StrCat(reason.text, " (", source, ")");
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

std::string Table::Shown(const Name& name) const {
  return ShownName(name, block_.style().unicode);
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
  block_.AddDetail("addresses", absl::StrCat(absl::StrJoin(addresses, ", "),
                                             "; ", ToText(host.security)));
}

void Table::AddTlsa(const HostVerdict& host) {
  if (host.tlsa.empty()) return;
  const auto counting =
      std::count_if(host.tlsa.begin(), host.tlsa.end(),
                    [](const Tlsa& record) { return record.counts(); });
  block_.AddDetail("TLSA", absl::StrCat(host.tlsa_name.ToText(), ", ", counting,
                                        " of ", host.tlsa.size(), " count"));
  for (const Tlsa& record : host.tlsa) block_.AddRecord("", record);
}

// Name, duty and life in one line where they fit, else in two.
void Table::AddHostLine(const std::string& preference, const std::string& name,
                        size_t name_width, const HostVerdict& host) {
  const std::string duty = DutyText(host);
  const std::string life = Life(host);
  const size_t used = kHostIndent.size() + std::max(Width(name), name_width) +
                      2 + duty.size() + 2 + life.size();
  const std::string front =
      absl::StrCat(block_.Coloured(Colour::kFaint, preference), "  ",
                   block_.Coloured(Colour::kBold, name));
  const std::string back =
      absl::StrCat(block_.Coloured(ColourOf(host), duty), ", ", life);
  if (used > block_.style().width) {
    block_.AddLine(front);
    block_.AddLine(absl::StrCat(kHostIndent, back));
    return;
  }
  const std::string gap(name_width - std::min(name_width, Width(name)), ' ');
  block_.AddLine(absl::StrCat(front, gap, "  ", back));
}

void Table::AddHost(const std::string& preference, const HostVerdict& host,
                    size_t name_width) {
  AddHostLine(preference, NameOf(host), name_width, host);
  if (host.expanded != host.name) {
    block_.AddDetail("alias of", Shown(host.expanded));
  }
  AddAddresses(host);
  AddTlsa(host);
  if (!host.names.empty()) {
    block_.AddDetail("names", absl::StrJoin(host.names, ", "));
  }
  for (const Reason& reason : host.reasons) {
    block_.AddDetail("why", ReasonText(reason));
  }
}

void Table::AddHosts(const Verdict& verdict) {
  size_t name_width = 0;
  for (const HostVerdict& host : verdict.hosts) {
    if (!IsIdle(host)) name_width = std::max(name_width, Width(NameOf(host)));
  }
  const size_t most =
      block_.style().whole ? verdict.hosts.size() : kMostIdleHosts;
  size_t idle = 0;
  for (const HostVerdict& host : verdict.hosts) {
    if (IsIdle(host) && ++idle > most) continue;
    AddHost(PreferenceColumn(verdict.kind, host), host, name_width);
  }
  if (idle > most) {
    block_.AddLine(absl::StrCat(kHostIndent, "and ", idle - most,
                                " more hosts: skip, not-evaluated"));
  }
}

void Table::AddVerdict(const Verdict& verdict) {
  block_.AddHeading(Target(verdict.next_hop), ColourOf(verdict.disposition),
                    ToText(verdict.disposition));
  block_.AddParagraph(Summary(verdict, now_));
  for (const Reason& reason : verdict.reasons) {
    block_.AddParagraph(ReasonText(reason));
  }
  AddHosts(verdict);
}

void Table::AddError(absl::string_view next_hop, absl::string_view error) {
  block_.AddHeading(next_hop, Colour::kRed, "no verdict, defer");
  block_.AddParagraph(error);
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
