#include "stub/cli/forms/rollover_report.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "stub/cli/forms/words.h"
#include "stub/dane/tlsa.h"
#include "stub/nameservers/authority.h"
#include "stub/system/printable.h"

namespace danebound {
namespace {

using Json = nlohmann::ordered_json;

// Blanks before what is said of an owner, and before what is below that.
constexpr size_t kOfOwner = 4;
constexpr size_t kBelow = 6;

std::string RecordText(const std::string& rdata) {
  return ToText(JudgeTlsa({rdata})[0]);
}

std::string TimeText(int64_t time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", absl::FromUnixSeconds(time),
                          absl::UTCTimeZone());
}

bool AnyOwner(const RolloverReport& report,
              bool (*holds)(const OwnerReport& owner)) {
  return std::any_of(report.owners.begin(), report.owners.end(), holds);
}

bool HasAnswers(const OwnerReport& owner) {
  const auto& servers = owner.question.servers;
  return std::all_of(servers.begin(), servers.end(),
                     [](const ServerView& view) { return view.answered; });
}

// All servers told what they have, and the files do not tell enough.
bool IsUntold(const OwnerReport& owner) {
  return owner.answer.state == RolloverState::kUnknown && owner.why.empty() &&
         HasAnswers(owner);
}

bool RefusesCurrent(const OwnerReport& owner) {
  return owner.answer.state == RolloverState::kBroken &&
         !owner.current_refused.empty();
}

bool RefusesNext(const OwnerReport& owner) {
  return owner.answer.state == RolloverState::kUnknown &&
         !owner.next_refused.empty();
}

bool HasRecordsToPublish(const OwnerReport& owner) {
  return !owner.answer.publish.empty();
}

absl::string_view AdviceToPublish(const RolloverReport& report) {
  return AnyOwner(report, HasRecordsToPublish)
             ? "Publish the records below, and keep the others."
             : "Remove the records below, which the next certificate fails.";
}

std::string AdviceToWait(int64_t earliest, int64_t now) {
  return absl::StrCat("Deploy the next certificate from ", TimeText(earliest),
                      " on, in ", LengthOfTime(earliest - now), ".");
}

bool IsBroken(const OwnerReport& owner) {
  return owner.answer.state == RolloverState::kBroken;
}

absl::string_view AdviceWhereBroken(const RolloverReport& report) {
  if (AnyOwner(report, RefusesCurrent)) {
    return "Clients refuse the current certificate, see below: mail is "
           "refused. Deploy one that they take.";
  }
  return AnyOwner(report, IsBroken)
             ? "A name server shows records that the current certificate "
               "fails: mail is refused. Publish the records below."
             : "The host has no addresses any more: no mail comes. Publish the "
               "records below.";
}

absl::string_view AdviceWhereUnknown(const RolloverReport& report) {
  if (AnyOwner(report, RefusesNext)) {
    return "Clients would refuse the next certificate, see below: deploy it "
           "nowhere.";
  }
  return AnyOwner(report, IsUntold)
             ? "The files do not say enough, see below: change nothing."
             : "A name server did not answer, or what it says is not valid: "
               "change nothing, try again.";
}

// What to do, in one sentence.
std::string Advice(const RolloverReport& report, int64_t now) {
  switch (report.state) {
    case RolloverState::kBroken:
      return std::string(AdviceWhereBroken(report));
    case RolloverState::kUnknown:
      return std::string(AdviceWhereUnknown(report));
    case RolloverState::kPublish:
      return std::string(AdviceToPublish(report));
    case RolloverState::kSpreading:
      return "Wait until every name server shows the records below.";
    case RolloverState::kWaiting:
      return AdviceToWait(report.earliest.value_or(now), now);
    case RolloverState::kDeploy:
      return "Deploy the next certificate now.";
    case RolloverState::kRemove:
      return "Remove the records below, which are of what was replaced.";
    case RolloverState::kDone:
      return "Nothing to do.";
  }
  return "";
}

// What a first look cannot know.
std::string UnseenText(const RolloverReport& report, int64_t now) {
  absl::optional<int64_t> until;
  for (const OwnerReport& owner : report.owners) {
    until = std::max(until, owner.answer.unseen_until);
  }
  if (!until || report.state != RolloverState::kDeploy) return "";
  return absl::StrCat(
      "This is one of the first looks: what the zone had before is not known. "
      "If records were removed or changed in the last hours, wait until ",
      TimeText(*until), ", for ", LengthOfTime(*until - now),
      ": caches may hold what the next certificate fails.");
}

std::string EndText(const RolloverReport& report, int64_t now) {
  if (!report.ends) return "";
  const int64_t left = *report.ends - now;
  return left < 0 ? absl::StrCat("The current certificate ended ",
                                 LengthOfTime(-left), " ago.")
                  : absl::StrCat("The current certificate ends in ",
                                 LengthOfTime(left), ".");
}

// Why a combination of parameters can't be told of.
std::string WhyImpossible(const TlsaParameters& parameters) {
  const bool is_anchor = parameters.usage == 0 || parameters.usage == 2;
  return absl::StrCat(
      ToText(parameters),
      is_anchor ? " is of an authority (RFC 7671 5.2), and a file has none: "
                  "give the whole chain, fullchain.pem"
                : " is of a certificate, and a bare key has none: give the "
                  "certificate");
}

std::string WhyHopeless(const TlsaParameters& parameters) {
  return absl::StrCat(ToText(parameters),
                      " is of an authority (RFC 7671 5.2), and a certificate "
                      "that signs itself has none: use 3 1 1");
}

// Which certificates a server promises.
std::string Promised(const ServerView& view, const RolloverQuestion& question) {
  if (!view.answered) return view.why;
  if (view.rdata.empty()) {
    return absl::StrCat("no records, kept by caches for ",
                        LengthOfTime(view.hold));
  }
  const bool current = PromisesAll(view, question.current);
  const bool next = !question.next.empty() && PromisesAll(view, question.next);
  return absl::StrCat(current ? (next ? "current and next" : "current")
                              : (next ? "next, not current" : "neither"),
                      ", kept by caches for ", LengthOfTime(view.hold));
}

// RFC 7672 2.2: what is not secure counts for nobody.
std::string WhyUseless(const OwnerReport& report) {
  std::set<std::string> zones;
  for (const ServerView& view : report.question.servers) {
    if (view.security == absl::make_optional(Security::kInsecure)) {
      zones.insert(view.zone.ToText());
    }
  }
  if (zones.empty()) return "";
  return absl::StrCat(absl::StrJoin(zones, ", "),
                      zones.size() == 1 ? " is" : " are",
                      " not secured by DNSSEC: no mail server looks at TLSA "
                      "records there, and nothing of this was validated");
}

std::string WhyCurrentRefused(const OwnerReport& owner) {
  return absl::StrCat(
      "clients refuse the current certificate, though the records match it: ",
      owner.current_refused);
}

std::string WhyNextRefused(const OwnerReport& owner) {
  return absl::StrCat(
      "clients would refuse the next certificate, though the records match "
      "it: ",
      owner.next_refused);
}

// The first reason of `broken` or `unknown` of one owner.
std::string FirstWhy(const OwnerReport& owner) {
  const RolloverAnswer& answer = owner.answer;
  if (!owner.why.empty()) return owner.why;
  if (RefusesCurrent(owner)) return WhyCurrentRefused(owner);
  if (RefusesNext(owner)) return WhyNextRefused(owner);
  if (IsBroken(owner) && !answer.servers.empty()) {
    return absl::StrCat(answer.servers.front(),
                        " shows records that the current certificate fails");
  }
  for (const ServerView& view : owner.question.servers) {
    if (!view.answered) return absl::StrCat(view.server, ": ", view.why);
  }
  return answer.impossible.empty() ? ""
                                   : WhyImpossible(*answer.impossible.begin());
}

void AddRecords(const OwnerReport& report, const char* verb,
                const std::set<std::string>& records, Block& block) {
  for (const std::string& rdata : records) {
    block.AddLine(absl::StrCat("    ", verb, "  ", TargetOf(report).ToText(),
                               ". IN TLSA ", RecordText(rdata)));
  }
}

// In one line where there is room.
void AddServer(const ServerView& view, const RolloverQuestion& question,
               Block& block) {
  const std::string promised = Printable(Promised(view, question));
  const std::string line = absl::StrCat("    ", view.server, "  ", promised);
  if (Width(line) <= block.style().width) return block.AddLine(line);
  block.AddLine(absl::StrCat("    ", view.server));
  block.AddParagraph(promised, kBelow);
}

void AddNotes(const OwnerReport& report, Block& block) {
  if (!report.current_refused.empty()) {
    block.AddParagraph(WhyCurrentRefused(report), kOfOwner);
  }
  if (!report.next_refused.empty()) {
    block.AddParagraph(WhyNextRefused(report), kOfOwner);
  }
  if (!report.counts) {
    block.AddParagraph(
        "no TLSA records: nothing is promised on this port, and the others do "
        "not wait for it",
        kOfOwner);
  }
  const std::string useless = WhyUseless(report);
  if (!useless.empty()) block.AddParagraph(useless, kOfOwner);
}

void AddOwner(const OwnerReport& report, Block& block) {
  const RolloverAnswer& answer = report.answer;
  block.AddLine(
      absl::StrCat("  ", report.owner.ToText(), ": ", ToText(answer.state)));
  if (!report.why.empty()) block.AddParagraph(report.why, kOfOwner);
  for (const ServerView& view : report.question.servers) {
    AddServer(view, report.question, block);
  }
  AddNotes(report, block);
  AddRecords(report, "publish", answer.publish, block);
  AddRecords(report, "remove ", answer.remove, block);
  AddRecords(report, "matches neither, left alone ", answer.unmatched, block);
  for (const TlsaParameters& parameters : answer.impossible) {
    block.AddParagraph(WhyImpossible(parameters), kOfOwner);
  }
  for (const TlsaParameters& parameters : answer.hopeless) {
    block.AddParagraph(WhyHopeless(parameters), kOfOwner);
  }
}

Json Records(const std::set<std::string>& records) {
  Json json = Json::array();
  for (const std::string& rdata : records) json.push_back(RecordText(rdata));
  return json;
}

Json ServersJson(const RolloverQuestion& question) {
  Json servers = Json::array();
  for (const ServerView& view : question.servers) {
    servers.push_back(
        {{"server", view.server},
         {"answered", view.answered},
         {"why", view.answered ? Json(nullptr) : Json(view.why)},
         {"security", view.security ? Json(std::string(ToText(*view.security)))
                                    : Json(nullptr)},
         {"records", Records(view.rdata)},
         {"hold", view.hold},
         {"current", view.answered && PromisesAll(view, question.current)},
         {"next", view.answered && !question.next.empty() &&
                      PromisesAll(view, question.next)}});
  }
  return servers;
}

Json TextOrNull(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json TimeOrNull(const absl::optional<int64_t>& time) {
  return time ? Json(*time) : Json(nullptr);
}

Json Combinations(const std::set<TlsaParameters>& combinations) {
  Json json = Json::array();
  for (const TlsaParameters& parameters : combinations) {
    json.push_back(ToText(parameters));
  }
  return json;
}

std::vector<std::string> ZoneLines(const HostAddresses& addresses) {
  std::vector<std::string> lines;
  for (const DnsRecord& record : addresses.records) {
    lines.push_back(ZoneLine(addresses.host, record));
  }
  return lines;
}

Json OwnerJson(const OwnerReport& report) {
  const RolloverAnswer& answer = report.answer;
  return {{"owner", report.owner.ToText()},
          {"state", std::string(ToText(answer.state))},
          {"counts", report.counts},
          {"earliest", TimeOrNull(answer.earliest)},
          {"unseen_until", TimeOrNull(answer.unseen_until)},
          {"since", TimeOrNull(answer.memory.since)},
          {"hold", answer.memory.hold},
          {"publish", Records(answer.publish)},
          {"remove", Records(answer.remove)},
          {"unmatched", Records(answer.unmatched)},
          {"impossible", Combinations(answer.impossible)},
          {"hopeless", Combinations(answer.hopeless)},
          {"why", TextOrNull(report.why)},
          {"current_refused", TextOrNull(report.current_refused)},
          {"next_refused", TextOrNull(report.next_refused)},
          {"servers", ServersJson(report.question)}};
}

}  // namespace

namespace {

// All servers deny that there are TLSA records, and did as long as counts.
bool IsBare(const OwnerReport& owner) {
  const auto is_denial = [](const ServerView& view) {
    return view.answered && view.rdata.empty();
  };
  const auto is_none = [](const ShownRecords& shown) {
    return shown.rdata.empty();
  };
  const auto& servers = owner.question.servers;
  const auto& shown = owner.answer.memory.shown;
  return !servers.empty() &&
         std::all_of(servers.begin(), servers.end(), is_denial) &&
         std::all_of(shown.begin(), shown.end(), is_none);
}

// Where no owner has records, all wait for the first ones.
void SetCounts(std::vector<OwnerReport>& owners) {
  if (std::all_of(owners.begin(), owners.end(), IsBare)) return;
  for (OwnerReport& owner : owners) owner.counts = !IsBare(owner);
}

}  // namespace

RolloverReport ReportOf(const std::string& host,
                        std::vector<OwnerReport> owners) {
  SetCounts(owners);
  RolloverReport report{host, RolloverState::kDone, {}, std::move(owners)};
  for (const OwnerReport& owner : report.owners) {
    for (const RolloverIdentity& identity : owner.question.current) {
      if (!identity.ends) continue;
      report.ends =
          std::min(report.ends.value_or(*identity.ends), *identity.ends);
    }
    if (!owner.counts) continue;
    report.state = std::min(report.state, owner.answer.state);
    if (owner.answer.earliest) {
      report.earliest =
          std::max(report.earliest.value_or(0), *owner.answer.earliest);
    }
  }
  return report;
}

void AddAddresses(HostAddresses addresses, RolloverReport& report) {
  if (addresses.state == WildcardState::kCutOff) {
    report.state = RolloverState::kBroken;
  } else if (addresses.state == WildcardState::kUnknown) {
    report.state = std::min(report.state, RolloverState::kUnknown);
  }
  report.addresses = std::move(addresses);
}

Name TargetOf(const OwnerReport& report) {
  const std::vector<ServerView>& servers = report.question.servers;
  const bool is_known = !servers.empty() && !servers.front().owner.IsRoot();
  return is_known ? servers.front().owner : report.owner;
}

std::string FirstWhy(const RolloverReport& report) {
  if (report.state > RolloverState::kUnknown) return "";
  for (const OwnerReport& owner : report.owners) {
    if (!owner.counts || owner.answer.state != report.state) continue;
    std::string why = FirstWhy(owner);
    if (!why.empty()) return why;
  }
  const bool is_before = report.addresses.state == WildcardState::kBefore;
  return is_before ? "" : report.addresses.why;
}

std::string ToText(const RolloverReport& report, int64_t now,
                   const TableStyle& style) {
  Block block(style, 0);
  block.AddLine(absl::StrCat(report.host, ": ", ToText(report.state)));
  for (const std::string& text : {Advice(report, now), UnseenText(report, now),
                                  EndText(report, now), report.addresses.why}) {
    if (!text.empty()) block.AddParagraph(text);
  }
  for (const std::string& line : ZoneLines(report.addresses)) {
    block.AddLine(absl::StrCat("    publish  ", Printable(line)));
  }
  for (const OwnerReport& owner : report.owners) AddOwner(owner, block);
  return block.text();
}

Json ToJson(const RolloverReport& report) {
  Json owners = Json::array();
  for (const OwnerReport& owner : report.owners) {
    owners.push_back(OwnerJson(owner));
  }
  return {{"host", report.host},
          {"state", std::string(ToText(report.state))},
          {"earliest", TimeOrNull(report.earliest)},
          {"ends", TimeOrNull(report.ends)},
          {"addresses", ZoneLines(report.addresses)},
          {"addresses_why", TextOrNull(report.addresses.why)},
          {"owners", owners}};
}

}  // namespace danebound
