#include "stub/cli/rollover_report.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "stub/cli/words.h"
#include "stub/dane/tlsa.h"

namespace danebound {
namespace {

using Json = nlohmann::ordered_json;

std::string RecordText(const std::string& rdata) {
  return ToText(JudgeTlsa({rdata})[0]);
}

std::string TimeText(int64_t time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", absl::FromUnixSeconds(time),
                          absl::UTCTimeZone());
}

// What to do, in one sentence.
std::string Advice(RolloverState state, const absl::optional<int64_t>& earliest,
                   int64_t now) {
  switch (state) {
    case RolloverState::kBroken:
      return "A name server shows records that the current certificate fails: "
             "mail is refused. Publish the records below.";
    case RolloverState::kUnknown:
      return "A name server did not answer: change nothing, try again.";
    case RolloverState::kPublish:
      return "Publish the records below, and keep the others.";
    case RolloverState::kSpreading:
      return "Wait until every name server shows the records below.";
    case RolloverState::kWaiting:
      return absl::StrCat("Deploy the next certificate from ",
                          TimeText(*earliest), " on, in ",
                          LengthOfTime(*earliest - now), ".");
    case RolloverState::kDeploy:
      return "Deploy the next certificate now.";
    case RolloverState::kRemove:
      return "Remove the records below, which match nothing.";
    case RolloverState::kDone:
      return "Nothing to do.";
  }
  return "";
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

void AppendRecords(std::string& text, const OwnerReport& report,
                   const char* verb, const std::set<std::string>& records) {
  for (const std::string& rdata : records) {
    absl::StrAppend(&text, "    ", verb, "  ", report.owner.ToText(),
                    ". IN TLSA ", RecordText(rdata), "\n");
  }
}

std::string OwnerText(const OwnerReport& report) {
  const RolloverAnswer& answer = report.answer;
  std::string text = absl::StrCat("  ", report.owner.ToText(), ": ",
                                  ToText(answer.state), "\n");
  if (!report.why.empty()) {
    absl::StrAppend(&text, "    ", Printable(report.why), "\n");
  }
  for (const ServerView& view : report.question.servers) {
    absl::StrAppend(&text, "    ", view.server, "  ",
                    Printable(Promised(view, report.question)), "\n");
  }
  AppendRecords(text, report, "publish", answer.publish);
  AppendRecords(text, report, "remove ", answer.remove);
  for (const TlsaParameters& parameters : answer.impossible) {
    absl::StrAppend(&text, "    ", ToText(parameters),
                    " is published, and a bare key can't match it\n");
  }
  return text;
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
         {"records", Records(view.rdata)},
         {"hold", view.hold},
         {"current", view.answered && PromisesAll(view, question.current)},
         {"next", view.answered && !question.next.empty() &&
                      PromisesAll(view, question.next)}});
  }
  return servers;
}

Json TimeOrNull(const absl::optional<int64_t>& time) {
  return time ? Json(*time) : Json(nullptr);
}

Json OwnerJson(const OwnerReport& report) {
  const RolloverAnswer& answer = report.answer;
  Json impossible = Json::array();
  for (const TlsaParameters& parameters : answer.impossible) {
    impossible.push_back(ToText(parameters));
  }
  return {{"owner", report.owner.ToText()},
          {"state", std::string(ToText(answer.state))},
          {"earliest", TimeOrNull(answer.earliest)},
          {"since", TimeOrNull(answer.memory.since)},
          {"hold", answer.memory.hold},
          {"publish", Records(answer.publish)},
          {"remove", Records(answer.remove)},
          {"impossible", impossible},
          {"why", report.why.empty() ? Json(nullptr) : Json(report.why)},
          {"servers", ServersJson(report.question)}};
}

}  // namespace

RolloverReport ReportOf(const std::string& host,
                        std::vector<OwnerReport> owners) {
  RolloverReport report{host, RolloverState::kDone, {}, std::move(owners)};
  for (const OwnerReport& owner : report.owners) {
    report.state = std::min(report.state, owner.answer.state);
    if (owner.answer.earliest) {
      report.earliest =
          std::max(report.earliest.value_or(0), *owner.answer.earliest);
    }
  }
  return report;
}

std::string ToText(const RolloverReport& report, int64_t now) {
  std::string text =
      absl::StrCat(report.host, ": ", ToText(report.state), "\n  ",
                   Advice(report.state, report.earliest, now), "\n");
  for (const OwnerReport& owner : report.owners) {
    text += OwnerText(owner);
  }
  return text;
}

Json ToJson(const RolloverReport& report) {
  Json owners = Json::array();
  for (const OwnerReport& owner : report.owners) {
    owners.push_back(OwnerJson(owner));
  }
  return {{"host", report.host},
          {"state", std::string(ToText(report.state))},
          {"earliest", TimeOrNull(report.earliest)},
          {"owners", owners}};
}

}  // namespace danebound
