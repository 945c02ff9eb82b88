#include "tests/scenarios/scenario.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "tests/scenarios/ask_lines.h"
#include "tests/scenarios/lines.h"
#include "tests/scenarios/words.h"
#include "tests/scenarios/zone_records.h"

namespace danebound::scenario {
namespace {

constexpr auto kFaults = std::to_array<Word<Fault>>({
    {"servfail", Fault::kServfail},
    {"refused", Fault::kRefused},
    {"notimp", Fault::kNotimp},
    {"formerr", Fault::kFormerr},
    {"drop", Fault::kDrop},
    {"garbage", Fault::kGarbage},
    {"truncate-then-refuse", Fault::kTruncateThenRefuse},
    {"truncate", Fault::kTruncate},
    {"delay", Fault::kDelay},
    {"nxdomain", Fault::kNxdomain},
    {"expired", Fault::kExpired},
    {"future", Fault::kFuture},
    {"wrong-key", Fault::kWrongKey},
    {"wrong-labels", Fault::kWrongLabels},
    {"stripped", Fault::kStripped},
    {"forged-nodata", Fault::kForgedNodata},
    {"forged-nxdomain", Fault::kForgedNxdomain},
});

constexpr auto kSignings = std::to_array<Word<Signing>>({
    {"signed", Signing::kSigned},
    {"unsigned", Signing::kUnsigned},
    {"island", Signing::kIsland},
    {"no-anchor", Signing::kNoAnchor},
    {"expired", Signing::kExpired},
    {"future", Signing::kFuture},
    {"wrong-key", Signing::kWrongKey},
    {"missing-rrsig", Signing::kMissingRrsig},
    {"wrong-ds", Signing::kWrongDs},
    {"unsupported-algorithm", Signing::kUnsupportedAlgorithm},
    {"unsupported-digest", Signing::kUnsupportedDigest},
});

// How a zone is signed makes no difference to the rules; tests/tree reads it.
constexpr auto kSigningDetails = std::to_array<const char*>(
    {"ecdsa", "rsa", "ed25519", "nsec", "nsec3", "optout"});

constexpr auto kDrivers =
    std::to_array<const char*>({"scripted", "told", "embedded", "module"});

template <typename Words>
bool Has(const Words& words, absl::string_view text) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

absl::Status TakeZoneDetail(const Line& line, const std::string& detail,
                            Zone& zone) {
  absl::string_view number = detail;
  if (absl::ConsumePrefix(&number, "ends=")) {
    int64_t end = 0;
    if (!absl::SimpleAtoi(number, &end) || end <= 0) {
      return line.Wrong("ends= takes a number of seconds");
    }
    zone.signatures_end = end;
    return absl::OkStatus();
  }
  if (absl::ConsumePrefix(&number, "iterations=")) {
    if (!absl::SimpleAtoi(number, &zone.iterations) || zone.iterations < 0) {
      return line.Wrong("iterations= takes a number");
    }
    return absl::OkStatus();
  }
  zone.opt_out = zone.opt_out || detail == "optout";
  if (Has(kSigningDetails, detail)) return absl::OkStatus();
  return line.Wrong(
      absl::StrCat("unknown word \"", detail,
                   "\", not one of ends=SECONDS, iterations=NUMBER, ",
                   absl::StrJoin(kSigningDetails, ", ")));
}

class ScenarioParser {
 public:
  explicit ScenarioParser(const Blobs& blobs) : blobs_(blobs) {}

  absl::Status OnLine(const Line& line);
  Scenario Finish() { return std::move(scenario_); }

 private:
  enum class Section { kNone, kZone, kFaultList, kExpect };

  absl::Status OnHead(const Line& line);
  absl::Status OnZone(const Line& line);
  absl::Status OnSkip(const Line& line);
  absl::Status OnAsk(const Line& line);
  absl::Status OnExpect(const Line& line);
  absl::Status OnRecord(const Line& line);
  absl::Status OnFault(const Line& line);

  const Blobs& blobs_;
  Scenario scenario_;
  Section section_ = Section::kNone;
};

absl::Status ScenarioParser::OnLine(const Line& line) {
  if (!line.indented) return OnHead(line);
  switch (section_) {
    case Section::kZone:
      return OnRecord(line);
    case Section::kFaultList:
      return OnFault(line);
    case Section::kExpect:
      return TakeDetail(line, blobs_, scenario_.asks.back());
    case Section::kNone:
      break;
  }
  return line.Wrong("an indented line must stand below zone, faults or expect");
}

absl::Status ScenarioParser::OnHead(const Line& line) {
  const std::string& word = line.words[0];
  section_ = Section::kNone;
  if (word == "title") {
    scenario_.title = line.Rest(1);
  } else if (word == "source") {
    scenario_.sources.push_back(line.Rest(1));
  } else if (word == "demo") {
    scenario_.demo = true;
  } else if (word == "faults") {
    section_ = Section::kFaultList;
  } else if (word == "zone") {
    return OnZone(line);
  } else if (word == "skip") {
    return OnSkip(line);
  } else if (word == "ask") {
    return OnAsk(line);
  } else if (word == "expect") {
    return OnExpect(line);
  } else {
    return line.Wrong(absl::StrCat("unknown section \"", word,
                                   "\", not one of title, source, demo, zone, "
                                   "faults, ask, expect, skip"));
  }
  return absl::OkStatus();
}

absl::Status ScenarioParser::OnZone(const Line& line) {
  absl::Status enough = NeedWords(line, 3, "zone NAME SIGNING");
  if (!enough.ok()) return enough;
  Zone zone;
  absl::StatusOr<Name> name = Name::ParseText(line.words[1]);
  if (!name.ok()) return line.Wrong(name.status().message());
  zone.name = *name;
  absl::StatusOr<Signing> signing = ParseWord(line, line.words[2], kSignings);
  if (!signing.ok()) return signing.status();
  zone.signing = *signing;
  for (size_t i = 3; i < line.words.size(); ++i) {
    absl::Status status = TakeZoneDetail(line, line.words[i], zone);
    if (!status.ok()) return status;
  }
  scenario_.zones.push_back(std::move(zone));
  section_ = Section::kZone;
  return absl::OkStatus();
}

absl::Status ScenarioParser::OnSkip(const Line& line) {
  absl::Status enough = NeedWords(line, 3, "skip DRIVER WHY");
  if (!enough.ok()) return enough;
  if (!Has(kDrivers, line.words[1])) {
    return line.Wrong("the drivers are scripted, told, embedded, module");
  }
  scenario_.skips[line.words[1]] = line.Rest(2);
  return absl::OkStatus();
}

absl::Status ScenarioParser::OnAsk(const Line& line) {
  absl::StatusOr<Ask> ask = ParseAsk(line);
  if (!ask.ok()) return ask.status();
  scenario_.asks.push_back(*std::move(ask));
  return absl::OkStatus();
}

absl::Status ScenarioParser::OnExpect(const Line& line) {
  if (scenario_.asks.empty()) return line.Wrong("no ask above");
  section_ = Section::kExpect;
  return TakeExpect(line, scenario_.asks.back());
}

absl::Status ScenarioParser::OnRecord(const Line& line) {
  Zone& zone = scenario_.zones.back();
  absl::StatusOr<Record> record = ParseRecord(line, zone.name, blobs_);
  if (!record.ok()) return record.status();
  if (!record->owner.IsAtOrBelow(zone.name)) {
    return line.Wrong("the owner is not in the zone above");
  }
  if (record->owner == zone.name && record->type == ParseType("CNAME")) {
    return line.Wrong(
        "a CNAME cannot stand at the top of a zone, beside SOA and NS "
        "(RFC 1034 3.6.2)");
  }
  zone.records.push_back(*std::move(record));
  return absl::OkStatus();
}

absl::Status ScenarioParser::OnFault(const Line& line) {
  absl::Status enough = NeedWords(line, 3, "NAME TYPE FAULT");
  if (!enough.ok()) return enough;
  absl::StatusOr<Name> name = Name::ParseText(line.words[0]);
  if (!name.ok()) return line.Wrong(name.status().message());
  const uint16_t type = ParseType(line.words[1]);
  if (type == 0) return line.Wrong("unknown type");
  absl::StatusOr<Fault> fault = ParseWord(line, line.words[2], kFaults);
  if (!fault.ok()) return fault.status();
  scenario_.faults[{*name, type}] = *fault;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Scenario> ParseScenario(absl::string_view name,
                                       absl::string_view text,
                                       const Blobs& blobs) {
  absl::StatusOr<std::vector<Line>> lines = SplitLines(name, text);
  if (!lines.ok()) return lines.status();
  ScenarioParser parser(blobs);
  for (const Line& line : *lines) {
    absl::Status status = parser.OnLine(line);
    if (!status.ok()) return status;
  }
  Scenario scenario = parser.Finish();
  scenario.name = std::string(name);
  return scenario;
}

}  // namespace danebound::scenario
