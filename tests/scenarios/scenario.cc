#include "tests/scenarios/scenario.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "stub/dane/reason.h"
#include "tests/scenarios/lines.h"
#include "tests/scenarios/zone_records.h"

namespace danebound::scenario {
namespace {

namespace fs = std::filesystem;

template <typename Value>
struct Word {
  const char* text;
  Value value;
};

constexpr Word<Fault> kFaults[] = {
    {"servfail", Fault::kServfail},
    {"refused", Fault::kRefused},
    {"notimp", Fault::kNotimp},
    {"formerr", Fault::kFormerr},
    {"drop", Fault::kDrop},
    {"garbage", Fault::kGarbage},
    {"truncate-then-refuse", Fault::kTruncateThenRefuse},
    {"truncate", Fault::kTruncate},
    {"delay", Fault::kDelay},
    {"expired", Fault::kExpired},
    {"future", Fault::kFuture},
    {"wrong-key", Fault::kWrongKey},
    {"wrong-labels", Fault::kWrongLabels},
    {"stripped", Fault::kStripped},
    {"forged-nodata", Fault::kForgedNodata},
    {"forged-nxdomain", Fault::kForgedNxdomain},
};

constexpr Word<Signing> kSignings[] = {
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
};

// How a zone is signed makes no difference to the rules; tests/tree reads it.
constexpr const char* kSigningDetails[] = {"ecdsa", "rsa",   "ed25519",
                                           "nsec",  "nsec3", "optout"};

constexpr const char* kDrivers[] = {"scripted", "told", "embedded", "module"};

template <typename Value, size_t kCount>
absl::StatusOr<Value> ParseWord(const Line& line, absl::string_view text,
                                const Word<Value> (&words)[kCount]) {
  std::vector<std::string> known;
  for (const Word<Value>& word : words) {
    if (text == word.text) return word.value;
    known.emplace_back(word.text);
  }
  return line.Wrong(absl::StrCat("unknown word \"", text, "\", not one of ",
                                 absl::StrJoin(known, ", ")));
}

// Finds the value of a rules enum whose ToText is `text`.
template <typename Value>
absl::StatusOr<Value> ParseEnum(const Line& line, absl::string_view text,
                                Value last) {
  std::vector<std::string> known;
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const absl::string_view word = ToText(static_cast<Value>(i));
    if (text == word) return static_cast<Value>(i);
    known.emplace_back(word);
  }
  return line.Wrong(absl::StrCat("unknown word \"", text, "\", not one of ",
                                 absl::StrJoin(known, ", ")));
}

absl::Status NeedWords(const Line& line, size_t count,
                       absl::string_view usage) {
  if (line.words.size() >= count) return absl::OkStatus();
  return line.Wrong(absl::StrCat("expected: ", usage));
}

class ScenarioParser {
 public:
  explicit ScenarioParser(const Blobs& blobs) : blobs_(blobs) {}

  absl::Status OnLine(const Line& line);
  Scenario Finish() { return std::move(scenario_); }

 private:
  enum class Section { kNone, kZone, kFaultList, kAsk };

  absl::Status OnHead(const Line& line);
  absl::Status OnZone(const Line& line);
  absl::Status OnZoneDetail(const Line& line, const std::string& detail,
                            Zone& zone);
  absl::Status OnSkip(const Line& line);
  absl::Status OnAsk(const Line& line);
  absl::Status OnAskOption(const Line& line, const std::string& option);
  absl::Status OnExpect(const Line& line);
  absl::Status OnDetail(const Line& line);
  absl::Status OnRecord(const Line& line);
  absl::Status OnFault(const Line& line);
  absl::Status OnUnasked(const Line& line);
  absl::Status OnHost(const Line& line);
  absl::Status OnVerdictDetail(const Line& line);
  absl::Status OnHostDetail(const Line& line);
  absl::Status OnAddress(const Line& line);
  absl::Status OnTlsa(const Line& line);
  absl::Status TakeName(const Line& line, Name& name);
  absl::Status TakeLife(const Line& line, absl::optional<int64_t>& life);
  absl::Status TakeReasons(const Line& line, std::vector<std::string>& reasons);

  Expectation& expectation() { return scenario_.asks.back().expectation; }
  ExpectedHost& host() { return expectation().hosts.back(); }

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
    case Section::kAsk:
      return OnDetail(line);
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
    absl::Status status = OnZoneDetail(line, line.words[i], zone);
    if (!status.ok()) return status;
  }
  scenario_.zones.push_back(std::move(zone));
  section_ = Section::kZone;
  return absl::OkStatus();
}

absl::Status ScenarioParser::OnZoneDetail(const Line& line,
                                          const std::string& detail,
                                          Zone& zone) {
  absl::string_view seconds = detail;
  if (absl::ConsumePrefix(&seconds, "ends=")) {
    int64_t end = 0;
    if (!absl::SimpleAtoi(seconds, &end) || end <= 0) {
      return line.Wrong("ends= takes a number of seconds");
    }
    zone.signatures_end = end;
    return absl::OkStatus();
  }
  zone.opt_out = zone.opt_out || detail == "optout";
  if (std::find(std::begin(kSigningDetails), std::end(kSigningDetails),
                detail) != std::end(kSigningDetails)) {
    return absl::OkStatus();
  }
  return line.Wrong(absl::StrCat("unknown word \"", detail,
                                 "\", not one of ends=SECONDS, ",
                                 absl::StrJoin(kSigningDetails, ", ")));
}

absl::Status ScenarioParser::OnSkip(const Line& line) {
  absl::Status enough = NeedWords(line, 3, "skip DRIVER WHY");
  if (!enough.ok()) return enough;
  if (std::find(std::begin(kDrivers), std::end(kDrivers), line.words[1]) ==
      std::end(kDrivers)) {
    return line.Wrong("the drivers are scripted, told, embedded, module");
  }
  scenario_.skips[line.words[1]] = line.Rest(2);
  return absl::OkStatus();
}

absl::Status ScenarioParser::OnAsk(const Line& line) {
  absl::Status enough = NeedWords(line, 2, "ask NEXT-HOP [OPTION…]");
  if (!enough.ok()) return enough;
  Ask ask;
  ask.line = line.number;
  ask.text = line.Rest(1);
  absl::StatusOr<NextHop> next_hop = ParseNextHop(line.words[1]);
  if (!next_hop.ok()) return line.Wrong(next_hop.status().message());
  ask.next_hop = *next_hop;
  ask.expectation.expanded = next_hop->name;
  scenario_.asks.push_back(std::move(ask));
  for (size_t i = 2; i < line.words.size(); ++i) {
    absl::Status status = OnAskOption(line, line.words[i]);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status ScenarioParser::OnAskOption(const Line& line,
                                         const std::string& option) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(option, absl::MaxSplits('=', 1));
  Ask& ask = scenario_.asks.back();
  if (option == "require") {
    ask.choices.require = true;
  } else if (parts.first == "insecure-mx") {
    absl::StatusOr<InsecureMx> choice =
        ParseEnum(line, parts.second, InsecureMx::kAuthenticate);
    if (!choice.ok()) return choice.status();
    ask.choices.insecure_mx = *choice;
  } else if (parts.first == "own-name") {
    absl::StatusOr<Name> name = Name::ParseText(parts.second);
    if (!name.ok()) return line.Wrong(name.status().message());
    ask.choices.own_names.push_back(*name);
  } else {
    return line.Wrong(absl::StrCat("unknown option \"", option,
                                   "\", not one of require, "
                                   "insecure-mx=CHOICE, own-name=NAME"));
  }
  return absl::OkStatus();
}

absl::Status ScenarioParser::OnExpect(const Line& line) {
  if (scenario_.asks.empty()) return line.Wrong("no ask above");
  absl::Status enough =
      NeedWords(line, 4,
                "expect KIND SECURITY DISPOSITION [STATUS-CODE] [insecure-mx] "
                "[truncated]");
  if (!enough.ok()) return enough;
  absl::StatusOr<Kind> kind = ParseEnum(line, line.words[1], Kind::kAddress);
  absl::StatusOr<Security> security =
      ParseEnum(line, line.words[2], Security::kSecure);
  absl::StatusOr<Disposition> disposition =
      ParseEnum(line, line.words[3], Disposition::kUndeliverable);
  if (!kind.ok()) return kind.status();
  if (!security.ok()) return security.status();
  if (!disposition.ok()) return disposition.status();
  expectation().kind = *kind;
  expectation().security = *security;
  expectation().disposition = *disposition;
  for (size_t i = 4; i < line.words.size(); ++i) {
    const std::string& word = line.words[i];
    if (word == "insecure-mx") {
      expectation().insecure_mx = true;
    } else if (word == "truncated") {
      expectation().truncated = true;
    } else {
      expectation().dsn = word;
    }
  }
  section_ = Section::kAsk;
  return absl::OkStatus();
}

absl::Status ScenarioParser::OnDetail(const Line& line) {
  absl::Status enough = NeedWords(line, 2, "WORD VALUE…");
  if (!enough.ok()) return enough;
  if (line.words[0] == "host") return OnHost(line);
  if (line.words[0] == "unasked") return OnUnasked(line);
  return expectation().hosts.empty() ? OnVerdictDetail(line)
                                     : OnHostDetail(line);
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

absl::Status ScenarioParser::OnUnasked(const Line& line) {
  absl::Status enough = NeedWords(line, 3, "unasked NAME TYPE");
  if (!enough.ok()) return enough;
  absl::StatusOr<Name> name = Name::ParseText(line.words[1]);
  if (!name.ok()) return line.Wrong(name.status().message());
  const uint16_t type = ParseType(line.words[2]);
  if (type == 0) return line.Wrong("unknown type");
  scenario_.asks.back().unasked.push_back({*name, static_cast<RrType>(type)});
  return absl::OkStatus();
}

absl::Status ScenarioParser::OnHost(const Line& line) {
  absl::Status enough = NeedWords(
      line, 4, "host PREFERENCE NAME DUTY [CAUSE temporary|permanent]");
  if (!enough.ok()) return enough;
  ExpectedHost host;
  uint32_t preference = 0;
  if (!absl::SimpleAtoi(line.words[1], &preference) || preference > 65535) {
    return line.Wrong("the preference is a number from 0 to 65535");
  }
  host.preference = static_cast<uint16_t>(preference);
  absl::StatusOr<Name> name = Name::ParseText(line.words[2]);
  if (!name.ok()) return line.Wrong(name.status().message());
  host.name = host.expanded = *name;
  absl::StatusOr<Duty> duty =
      ParseEnum(line, line.words[3], Duty::kOpportunistic);
  if (!duty.ok()) return duty.status();
  host.duty = *duty;
  const bool skipped = host.duty == Duty::kSkip;
  if (line.words.size() != (skipped ? 6 : 4)) {
    return line.Wrong("CAUSE and temporary or permanent belong to duty skip");
  }
  if (skipped) {
    absl::StatusOr<Cause> cause =
        ParseEnum(line, line.words[4], Cause::kDaneRequired);
    if (!cause.ok()) return cause.status();
    host.cause = *cause;
    host.permanent = line.words[5] == "permanent";
    if (!host.permanent && line.words[5] != "temporary") {
      return line.Wrong("a skip is temporary or permanent");
    }
  }
  expectation().hosts.push_back(std::move(host));
  return absl::OkStatus();
}

absl::Status ScenarioParser::OnVerdictDetail(const Line& line) {
  const std::string& word = line.words[0];
  if (word == "expanded") return TakeName(line, expectation().expanded);
  if (word == "life") return TakeLife(line, expectation().life);
  if (word == "reasons") return TakeReasons(line, expectation().reasons);
  return line.Wrong(absl::StrCat("unknown word \"", word,
                                 "\", not one of expanded, life, reasons, "
                                 "unasked, host"));
}

absl::Status ScenarioParser::OnHostDetail(const Line& line) {
  const std::string& word = line.words[0];
  if (word == "expanded") return TakeName(line, host().expanded);
  if (word == "base") {
    host().base_domain.emplace();
    return TakeName(line, *host().base_domain);
  }
  if (word == "life") return TakeLife(line, host().life);
  if (word == "reasons") return TakeReasons(line, host().reasons);
  if (word == "address") return OnAddress(line);
  if (word == "tlsa") return OnTlsa(line);
  if (word == "names") {
    host().names.assign(line.words.begin() + 1, line.words.end());
    return absl::OkStatus();
  }
  return line.Wrong(absl::StrCat("unknown word \"", word,
                                 "\", not one of expanded, address, base, "
                                 "tlsa, names, life, reasons, unasked, host"));
}

absl::Status ScenarioParser::OnAddress(const Line& line) {
  absl::Status enough = NeedWords(line, 3, "address ADDRESS SECURITY");
  if (!enough.ok()) return enough;
  absl::StatusOr<Address> address = Address::ParseText(line.words[1]);
  if (!address.ok()) return line.Wrong(address.status().message());
  absl::StatusOr<Security> security =
      ParseEnum(line, line.words[2], Security::kSecure);
  if (!security.ok()) return security.status();
  host().addresses.push_back({*address, *security});
  return absl::OkStatus();
}

absl::Status ScenarioParser::OnTlsa(const Line& line) {
  const std::vector<std::string> words(line.words.begin() + 1,
                                       line.words.end() - 1);
  absl::StatusOr<std::string> rdata = ParseTlsaWords(words, blobs_);
  if (!rdata.ok()) return line.Wrong(rdata.status().message());
  host().tlsa.push_back({*std::move(rdata), line.words.back()});
  return absl::OkStatus();
}

absl::Status ScenarioParser::TakeName(const Line& line, Name& name) {
  absl::StatusOr<Name> parsed = Name::ParseText(line.words[1]);
  if (!parsed.ok()) return line.Wrong(parsed.status().message());
  name = *parsed;
  return absl::OkStatus();
}

absl::Status ScenarioParser::TakeLife(const Line& line,
                                      absl::optional<int64_t>& life) {
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(line.words[1], &seconds) || seconds < 0) {
    return line.Wrong("a life is a number of seconds");
  }
  life = seconds;
  return absl::OkStatus();
}

bool IsReasonId(absl::string_view text) {
  for (int id = 1; id < 256; ++id) {
    if (text == ToText(static_cast<ReasonId>(id))) return true;
  }
  return false;
}

absl::Status ScenarioParser::TakeReasons(const Line& line,
                                         std::vector<std::string>& reasons) {
  reasons.assign(line.words.begin() + 1, line.words.end());
  for (const std::string& reason : reasons) {
    if (!IsReasonId(reason)) {
      return line.Wrong(absl::StrCat("unknown reason \"", reason,
                                     "\": stub/dane/reason.h lists them"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return absl::NotFoundError("cannot read " + path.string());
  return text;
}

absl::StatusOr<Blobs> ReadBlobs(const fs::path& folder) {
  Blobs blobs;
  std::error_code error;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".hex") continue;
    absl::StatusOr<std::string> hex = ReadFile(entry.path());
    if (!hex.ok()) return hex.status();
    blobs[entry.path().stem()] = absl::HexStringToBytes(
        absl::StrJoin(absl::StrSplit(*hex, '\n', absl::SkipEmpty()), ""));
  }
  return blobs;
}

std::vector<fs::path> ScenarioPaths(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".scenario") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

absl::StatusOr<Scenario> ReadScenario(const fs::path& path,
                                      const Blobs& blobs) {
  absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  absl::StatusOr<Scenario> scenario =
      ParseScenario(path.filename().string(), *text, blobs);
  if (scenario.ok()) scenario->name = path.stem();
  return scenario;
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

absl::StatusOr<std::vector<Scenario>> ReadScenarios(const std::string& folder) {
  absl::StatusOr<Blobs> blobs = ReadBlobs(fs::path(folder) / "data");
  if (!blobs.ok()) return blobs.status();
  absl::StatusOr<Scenario> shared =
      ReadScenario(fs::path(folder) / "shared.zones", *blobs);
  if (!shared.ok()) return shared.status();
  std::vector<Scenario> scenarios;
  for (const fs::path& path : ScenarioPaths(folder)) {
    absl::StatusOr<Scenario> scenario = ReadScenario(path, *blobs);
    if (!scenario.ok()) return scenario.status();
    scenario->zones.insert(scenario->zones.begin(), shared->zones.begin(),
                           shared->zones.end());
    scenarios.push_back(*std::move(scenario));
  }
  if (scenarios.empty()) {
    return absl::NotFoundError("no *.scenario file in " + folder);
  }
  return scenarios;
}

}  // namespace danebound::scenario
