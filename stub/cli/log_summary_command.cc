#include "stub/cli/log_summary_command.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "stub/check/checked_domain.h"
#include "stub/check/probe.h"
#include "stub/cli/forms/log_summary_report.h"
#include "stub/cli/forms/terminal.h"
#include "stub/cli/helo_name.h"
#include "stub/cli/options.h"
#include "stub/cli/resolver.h"
#include "stub/json/verdict_json.h"
#include "stub/serve/log/log_summary.h"
#include "stub/serve/log/log_time.h"
#include "stub/serve/log/mail_log.h"
#include "stub/system/printable.h"

namespace danebound {
namespace {

constexpr const char* kExitCodes =
    "Exit codes; 1 is worse than 3:\n"
    "  0  nobody would be deferred\n"
    "  1  somebody would be deferred\n"
    "  3  could not be found out for all; no decision in the log; a file that\n"
    "     cannot be read; wrong arguments";

constexpr int kNobody = 0;
constexpr int kSomebody = 1;
constexpr int kUnknown = 3;

// Next hops at the same time: what is seen of these is held in memory.
constexpr size_t kBatch = 32;

struct LogSummaryArguments {
  std::vector<std::string> files;
  std::vector<std::string> mail_logs;
  LogWindow window = {absl::nullopt, absl::Now(), absl::LocalTimeZone()};
  bool wide = false;
  bool no_check = false;
  bool json = false;
  Resolver resolver;
  LookupOptions options;
};

// What a decision was made with, apart from the next hop.
using ChoiceKey = std::pair<bool, InsecureMx>;  // require, insecure_mx

int Complain(absl::string_view text) {
  std::cerr << "danebound: " << Printable(text) << "\n";
  return kUnknown;
}

using OnLine = std::function<void(absl::string_view)>;

absl::Status ReadStream(std::istream& stream, const std::string& name,
                        const OnLine& on_line) {
  errno = 0;
  for (std::string line; std::getline(stream, line);) on_line(line);
  if (!stream.bad()) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat(name, ": ", std::strerror(errno != 0 ? errno : EIO)));
}

absl::Status ReadLines(const std::string& path, const OnLine& on_line) {
  if (path == "-") return ReadStream(std::cin, "standard input", on_line);
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::UnavailableError(
        absl::StrCat(path, ": ", std::strerror(errno)));
  }
  return ReadStream(file, path, on_line);
}

std::map<ChoiceKey, std::vector<std::string>> NextHopsToCheck(
    const LogSummary& summary) {
  std::map<ChoiceKey, std::vector<std::string>> next_hops;
  for (const auto& [next_hop, each] : summary.next_hops) {
    if (!each.demands_tls || !ParseNextHop(next_hop).ok()) continue;
    next_hops[{each.last.require, each.last.insecure_mx}].push_back(next_hop);
  }
  return next_hops;
}

// Checks next hops with choices that they have in common.
class Checker {
 public:
  Checker(const LogSummaryArguments& arguments, const ChoiceKey& choices)
      : resolver_(arguments.resolver), options_(arguments.options) {
    options_.choices.require = choices.first;
    options_.choices.insecure_mx = choices.second;
  }

  // Adds what was found out to `now`.
  //
  //   errors  Internal  OpenSSL gives no context.
  absl::Status Check(const std::vector<std::string>& next_hops,
                     NextHopsNow& now) const {
    std::vector<CheckedDomain> checked = LookUp(next_hops);
    std::vector<Verdict> verdicts;
    for (const CheckedDomain& each : checked) {
      if (each.verdict.has_value()) verdicts.push_back(*each.verdict);
    }
    ProbeOptions options;
    options.timeout = options_.timeout;
    options.helo_name = HeloName("");
    absl::StatusOr<std::vector<DomainEvidence>> evidence =
        Probe(verdicts, options, nullptr);
    if (!evidence.ok()) return evidence.status();
    size_t next = 0;
    for (CheckedDomain& each : checked) {
      if (each.verdict.has_value()) {
        each.evidence = std::move((*evidence)[next++]);
        each.report = Judge(*each.verdict, each.evidence, JudgedNow());
      }
      now[each.domain] = NowOf(each);
    }
    return absl::OkStatus();
  }

 private:
  static JudgeOptions JudgedNow() {
    JudgeOptions options;
    options.now = std::time(nullptr);
    return options;
  }

  std::vector<CheckedDomain> LookUp(
      const std::vector<std::string>& next_hops) const {
    std::vector<CheckedDomain> checked(next_hops.size());
    for (size_t i = 0; i < next_hops.size(); ++i) {
      checked[i].domain = next_hops[i];
    }
    LookUpAll(resolver_, next_hops, kSmtpPort, options_,
              [&](size_t index, const absl::StatusOr<Verdict>& verdict) {
                if (verdict.ok()) {
                  checked[index].verdict = *verdict;
                } else {
                  checked[index].error =
                      std::string(verdict.status().message());
                }
              });
    return checked;
  }

  Resolver resolver_;
  LookupOptions options_;
};

absl::StatusOr<NextHopsNow> CheckAll(const LogSummaryArguments& arguments,
                                     const LogSummary& summary) {
  const auto by_choices = NextHopsToCheck(summary);
  std::vector<std::string> all;
  for (const auto& [choices, next_hops] : by_choices) {
    all.insert(all.end(), next_hops.begin(), next_hops.end());
  }
  Progress progress(all);
  size_t done = 0;
  NextHopsNow now;
  for (const auto& [choices, next_hops] : by_choices) {
    const Checker checker(arguments, choices);
    for (size_t begin = 0; begin < next_hops.size(); begin += kBatch) {
      const auto first = next_hops.begin() + static_cast<ptrdiff_t>(begin);
      const size_t count = std::min(kBatch, next_hops.size() - begin);
      const absl::Status status =
          checker.Check({first, first + static_cast<ptrdiff_t>(count)}, now);
      if (!status.ok()) return status;
      for (size_t i = 0; i < count; ++i) progress.OnEnd(done++);
    }
  }
  return now;
}

int ExitCodeFor(const LogSummary& summary, const NextHopsNow& now) {
  const auto would_defer = [&](const auto& each) {
    return WouldDefer(each.first, each.second, now);
  };
  if (std::any_of(summary.next_hops.begin(), summary.next_hops.end(),
                  would_defer)) {
    return kSomebody;
  }
  const bool all_known = std::all_of(
      now.begin(), now.end(),
      [](const auto& each) { return each.second.outcome.has_value(); });
  return summary.decisions > 0 && all_known ? kNobody : kUnknown;
}

absl::StatusOr<LogSummary> ReadAll(const LogSummaryArguments& arguments) {
  std::vector<std::string> files = arguments.files;
  if (files.empty()) {
    if (isatty(STDIN_FILENO) != 0) throw CLI::RequiredError("FILE");
    files.emplace_back("-");
  }
  LogSummary summary;
  for (const std::string& file : files) {
    const absl::Status status = ReadLines(file, [&](absl::string_view line) {
      AddLogLine(line, summary, arguments.window);
    });
    if (!status.ok()) return status;
  }
  if (arguments.mail_logs.empty()) return summary;
  MailLog mail;
  for (const std::string& file : arguments.mail_logs) {
    const absl::Status status = ReadLines(file, [&](absl::string_view line) {
      mail.AddLine(line, arguments.window);
    });
    if (!status.ok()) return status;
  }
  AddMail(mail, summary);
  return summary;
}

void AddReading(CLI::App& command, LogSummaryArguments& arguments) {
  command
      .add_option_function<std::string>(
          "--since",
          [&arguments](const std::string& text) {
            arguments.window.since = ParseSince(text, arguments.window);
            if (!arguments.window.since) {
              throw CLI::ValidationError(
                  "--since", absl::StrCat(text,
                                          " is no time: give 7d, 12h, 30min, "
                                          "2026-12-31 or "
                                          "2026-12-31T23:59:59Z"));
            }
          },
          "Leave out what is older: 7d, 12h, 30min, 2026-12-31 or "
          "2026-12-31T23:59:59Z; what has no time counts")
      ->type_name("TIME");
  command
      .add_option("--mail-log", arguments.mail_logs,
                  "Postfix's own log, older files first: what became of the "
                  "messages; may be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

int RunLogSummary(const LogSummaryArguments& arguments) {
  const absl::StatusOr<LogSummary> summary = ReadAll(arguments);
  if (!summary.ok()) return Complain(summary.status().message());
  NextHopsNow now;
  if (!arguments.no_check) {
    absl::StatusOr<NextHopsNow> checked = CheckAll(arguments, *summary);
    if (!checked.ok()) return Complain(checked.status().message());
    now = *std::move(checked);
  }
  if (arguments.json) {
    std::cout << ToLine(ToJson(*summary, now)) << "\n";
  } else {
    std::cout << ToTable(*summary, now, StyleOfOutput(arguments.wide));
  }
  if (!std::cout.flush()) return Complain("cannot write the output");
  return ExitCodeFor(*summary, now);
}

}  // namespace

Command AddLogSummary(CLI::App& danebound) {
  auto arguments = std::make_shared<LogSummaryArguments>();
  CLI::App* command = AddSubcommand(
      danebound, "log-summary",
      "Say who would be deferred, by the log of serve", kExitCodes);
  command->add_option("FILE", arguments->files,
                      "The log, older files first; \"-\" or none: standard "
                      "input");
  AddReading(*command, *arguments);
  AddWide(*command, arguments->wide);
  command->add_flag("--no-check", arguments->no_check,
                    "Connect to nobody: what servers show is left out");
  AddJson(*command, arguments->json);
  AddResolver(*command, arguments->resolver);
  AddTimeout(*command, arguments->options.timeout, 30);
  return {command, [arguments] { return RunLogSummary(*arguments); }, kUnknown};
}

}  // namespace danebound
