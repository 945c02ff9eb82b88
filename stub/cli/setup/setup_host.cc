#include "stub/cli/setup/setup_host.h"

#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "stub/cli/read_file.h"
#include "stub/cli/self_test_command.h"
#include "stub/dane/next_hop.h"
#include "stub/mta/resolv_conf_writer.h"
#include "stub/mta/resolver_path.h"
#include "stub/mta/run_program.h"

namespace danebound {

const char* const kResolvConf = "/etc/resolv.conf";
const char* const kSocketUnit = "danebound-serve.socket";
const char* const kServiceUnit = "danebound-serve.service";

namespace {

using Result = SelfTestCheck::Result;

constexpr const char* kOwnResolver = "127.0.0.1";
constexpr absl::Duration kSystemctlTimeout = absl::Seconds(60);
constexpr size_t kMostOctets = size_t{1} << 20;

// What is wrong with the way to DNS, or "".
std::string ResolvConfTrouble(absl::Duration timeout) {
  const std::vector<std::string> trusted = TrustedResolvers();
  const auto checks = CheckResolverPath(kResolvConf, trusted, timeout);
  // Who trusts others may do without the line that WithOwnResolver adds.
  return FirstTrouble(checks,
                      trusted.empty() ? Result::kWarning : Result::kFailed);
}

// All of this machine is going to ask its own resolver.
Look PlanOwnResolver(const std::string& trouble, absl::string_view text,
                     absl::Duration timeout) {
  const SelfTestCheck own =
      CheckNameServer("this machine", kOwnResolver, {}, timeout);
  if (own.result != Result::kPassed) {
    return Stops(absl::StrCat(trouble, ". To be named there: ", own.text,
                              ". Let Unbound answer at ", kOwnResolver));
  }
  Look look{
      Look::State::kToDo, trouble, {absl::StrCat("for ", kResolvConf, ":")}};
  for (const absl::string_view line :
       absl::StrSplit(WithOwnResolver(text), '\n', absl::SkipEmpty())) {
    look.plan.push_back(absl::StrCat("    ", line));
  }
  return look;
}

Look AuditHolds(absl::string_view serve_conf) {
  return Holds(
      absl::StrCat("policy = \"audit\": mail goes as the mail server's own "
                   "settings say, danebound "
                   "log-summary says what would wait",
                   absl::StrContains(serve_conf, "\n[destinations.")
                       ? ". What has a destination of its own goes by that"
                       : ""));
}

}  // namespace

std::string FirstTrouble(const std::vector<SelfTestCheck>& checks,
                         Result least) {
  for (const SelfTestCheck& check : checks) {
    if (check.result >= least) {
      return absl::StrCat(check.name, ": ", check.text);
    }
  }
  return "";
}

std::string FirstFailure(const std::vector<SelfTestCheck>& checks) {
  return FirstTrouble(checks, Result::kFailed);
}

absl::optional<std::string> TextIfAny(const std::string& path) {
  if (access(path.c_str(), F_OK) != 0) return absl::nullopt;
  return ReadFile(path, kMostOctets).value_or("");
}

absl::Status Systemctl(std::vector<std::string> words) {
  words.insert(words.begin(), "systemctl");
  return RunProgram(words, kSystemctlTimeout).status();
}

bool HasUnit(const char* unit) { return Systemctl({"cat", unit}).ok(); }

absl::StatusOr<ServeSettings> ReadServe() {
  absl::StatusOr<ServeSettings> settings = ReadServeSettings(kServeConf);
  if (absl::IsNotFound(settings.status())) return ServeSettings();
  return settings;
}

bool IsAudit(const ServeSettings& settings) {
  const auto any = ParseNextHop("danebound.invalid");
  return any.ok() &&
         DestinationOf(settings, *any, std::time(nullptr)).enforcement ==
             Enforcement::kAudit;
}

absl::optional<std::string> WithAudit(absl::string_view serve_conf) {
  std::vector<std::string> lines = absl::StrSplit(serve_conf, '\n');
  auto place = std::find(lines.begin(), lines.end(), "[default]");
  if (place == lines.end()) place = lines.insert(place, "[default]");
  lines.insert(place + 1, "policy = \"audit\"");
  const std::string text = absl::StrJoin(lines, "\n");
  // A second policy or a second section is none that can be read.
  const auto settings = ParseServeSettings(text, "");
  if (!settings.ok() || !IsAudit(*settings)) return absl::nullopt;
  return text;
}

Look LookAtModule(const Resolver& resolver, absl::Duration timeout) {
  const auto test = TestModule(resolver, timeout);
  if (!test.ok()) return Stops(std::string(test.status().message()));
  if (Passed(*test)) return Holds(test->who);
  return Stops(
      absl::StrCat("danebound self-test: ", FirstFailure(test->checks)));
}

Look LookAtResolvConf(absl::Duration timeout) {
  const std::string trouble = ResolvConfTrouble(timeout);
  if (trouble.empty()) {
    return Holds("it names a resolver of this machine that validates");
  }
  const ResolvConfTraces traces = LookForWriters(kResolvConf);
  const auto writer = FindResolvConfWriter(traces);
  if (!writer.has_value()) {
    return PlanOwnResolver(trouble, traces.text, timeout);
  }
  return Stops(absl::StrCat(trouble, ". ", writer->name,
                            " writes that file: ", writer->remedy));
}

Look LookAtServeConf(bool audit) {
  const absl::StatusOr<ServeSettings> settings = ReadServe();
  if (!settings.ok()) return Stops(std::string(settings.status().message()));
  const std::string text = TextIfAny(kServeConf).value_or("");
  if (IsAudit(*settings)) return AuditHolds(text);
  if (!audit) return Holds("it can be read");
  if (!WithAudit(text).has_value()) {
    return Stops(absl::StrCat("--audit: [default] of ", kServeConf,
                              " is not plain, or names another policy. Say "
                              "policy = \"audit\" there"));
  }
  return {Look::State::kToDo,
          "verdicts would be enforced",
          {absl::StrCat(kServeConf, ", [default]: policy = \"audit\"")}};
}

}  // namespace danebound
