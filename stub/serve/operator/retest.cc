#include "stub/serve/operator/retest.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"

namespace danebound {
namespace {

using Json = nlohmann::json;

// Of what is no report, so much is shown.
constexpr size_t kMostShown = 200;

std::string TextAt(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>()
                                                     : "";
}

// The identifiers of findings of a health at any depth.
std::set<std::string> FindingsOf(const Json& json, absl::string_view health) {
  std::set<std::string> ids;
  if (!json.is_object()) return ids;
  if (TextAt(json, "health") == health && !TextAt(json, "id").empty()) {
    ids.insert(TextAt(json, "id"));
  }
  for (const char* list : {"findings", "hosts", "addresses"}) {
    if (!json.contains(list)) continue;
    for (const Json& each : json[list]) ids.merge(FindingsOf(each, health));
  }
  return ids;
}

// What every server looks like from a machine that may not connect to port 25.
bool IsUnreached(const std::set<std::string>& ids) {
  return !ids.empty() &&
         std::all_of(ids.begin(), ids.end(), [](const std::string& id) {
           return id == "no-connection" || id == "timeout" ||
                  id == "local-failure";
         });
}

// The report among what the program and its libraries printed.
Json ReportIn(absl::string_view output) {
  for (const absl::string_view line : absl::StrSplit(output, '\n')) {
    if (absl::StartsWith(line, "{")) return Json::parse(line, nullptr, false);
  }
  return Json();
}

ExceptionState StateOf(const Retest& retest, absl::string_view health) {
  // A null MX: there is nothing that an exception could let through.
  if (health == "good") return ExceptionState::kMended;
  if (retest.outcome == "deferred" || retest.outcome == "undeliverable") {
    return health == "broken" ? ExceptionState::kNeeded
                              : ExceptionState::kUntested;
  }
  return ExceptionState::kMended;
}

Retest Failed(absl::string_view error) {
  Retest retest;
  retest.error = std::string(error.substr(0, kMostShown));
  return retest;
}

}  // namespace

absl::string_view ToText(ExceptionState state) {
  switch (state) {
    case ExceptionState::kUntested:
      return "untested";
    case ExceptionState::kNeeded:
      return "needed";
    case ExceptionState::kMended:
      return "mended";
    case ExceptionState::kExpired:
      return "expired";
  }
  return "untested";
}

Retest ReadRetest(const absl::StatusOr<std::string>& output) {
  if (!output.ok()) return Failed(output.status().message());
  const Json report = ReportIn(*output);
  if (!report.is_object() || TextAt(report, "outcome").empty()) {
    return Failed(absl::StrCat("no report of danebound check: ", *output));
  }
  if (!TextAt(report, "error").empty()) return Failed(TextAt(report, "error"));
  Retest retest;
  retest.outcome = TextAt(report, "outcome");
  const std::set<std::string> broken = FindingsOf(report, "broken");
  std::set<std::string> unreached = FindingsOf(report, "unknown");
  unreached.insert(broken.begin(), broken.end());
  retest.findings = absl::StrJoin(broken, ",");
  retest.state = StateOf(retest, TextAt(report, "health"));
  if (retest.state != ExceptionState::kMended && IsUnreached(unreached)) {
    retest.state = ExceptionState::kUntested;
    retest.error =
        "no server could be reached: may this daemon connect to port 25?";
  }
  return retest;
}

}  // namespace danebound
