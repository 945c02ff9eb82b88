#include "stub/cli/lookup_command.h"

#include <algorithm>
#include <ctime>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "stub/cli/forms/table.h"
#include "stub/cli/forms/terminal.h"
#include "stub/cli/forms/words.h"
#include "stub/cli/options.h"
#include "stub/cli/resolver.h"
#include "stub/client/options.h"
#include "stub/json/verdict_json.h"

namespace danebound {
namespace {

ExitCode ExitCodeOf(const Verdict& verdict) {
  switch (verdict.disposition) {
    case Disposition::kDeliver:
      return ExitCode::kSuccess;
    case Disposition::kUndeliverable:
      return ExitCode::kUndeliverable;
    case Disposition::kDefer:
      return ExitCode::kDefer;
  }
  return ExitCode::kDefer;
}

struct LookupArguments {
  Resolver resolver;
  DomainList domains;
  uint16_t port = kSmtpPort;
  LookupOptions options;
  bool fresh = false;
  bool cached = false;
  bool json = false;
  bool wide = false;
  bool unordered = false;
};

// Prints what is known of each domain, and remembers the worst.
class Report {
 public:
  Report(std::vector<std::string> domains, const LookupArguments& arguments)
      : domains_(std::move(domains)),
        json_(arguments.json),
        unordered_(arguments.unordered),
        style_(StyleOfOutput(arguments.wide)),
        entries_(domains_.size()),
        known_(domains_.size()),
        progress_(domains_) {}

  void OnVerdict(size_t index, const Verdict& verdict) {
    const int64_t now = std::time(nullptr);
    Add(index, ExitCodeOf(verdict),
        json_ ? ToLine(ToJson(verdict, now)) + "\n"
              : ToTable(verdict, now, style_));
  }

  void OnError(size_t index, absl::string_view error) {
    Add(index, ExitCode::kNoVerdict,
        json_ ? ToLine(ToJson(domains_[index], error)) + "\n"
              : ToTable(domains_[index], error, style_));
  }

  ExitCode Finish() {
    if (std::cout.flush()) return worst_;
    std::cerr << "danebound: cannot write the output\n";
    return ExitCode::kUsage;
  }

 private:
  void Add(size_t index, ExitCode code, std::string entry) {
    worst_ = std::max(worst_, code);
    progress_.OnEnd(index);
    if (unordered_) {
      progress_.Print([&] { PrintEntry(entry); });
      return;
    }
    entries_[index] = std::move(entry);
    known_[index] = true;
    if (known_[next_]) progress_.Print([this] { PrintReady(); });
  }

  void PrintReady() {
    for (; next_ < entries_.size() && known_[next_]; ++next_) {
      PrintEntry(entries_[next_]);
      entries_[next_] = std::string();
    }
  }

  void PrintEntry(const std::string& entry) {
    if (!json_ && printed_) std::cout << "\n";
    std::cout << entry << std::flush;
    printed_ = true;
  }

  std::vector<std::string> domains_;
  bool json_;
  bool unordered_;
  TableStyle style_;
  std::vector<std::string> entries_;  // in order: what is not printed yet
  std::vector<bool> known_;
  size_t next_ = 0;  // in order: the first that is not printed
  bool printed_ = false;
  ExitCode worst_ = ExitCode::kSuccess;
  Progress progress_;
};

Freshness FreshnessOf(const LookupArguments& arguments) {
  if (arguments.fresh) return Freshness::kFresh;
  if (arguments.cached) return Freshness::kCachedOnly;
  return Freshness::kAny;
}

ExitCode RunLookup(const LookupArguments& arguments) {
  const std::vector<std::string> domains = ReadDomains(arguments.domains);
  if (domains.empty()) {
    std::cerr << "danebound: no domains in what was given\n";
    return ExitCode::kUsage;
  }
  Report report(domains, arguments);
  LookupOptions options = arguments.options;
  options.freshness = FreshnessOf(arguments);
  LookUpAll(arguments.resolver, domains, arguments.port, options,
            [&](size_t index, const absl::StatusOr<Verdict>& verdict) {
              if (verdict.ok()) {
                report.OnVerdict(index, *verdict);
              } else {
                report.OnError(index,
                               absl::string_view(verdict.status().message()));
              }
            });
  return report.Finish();
}

void AddFreshness(CLI::App& command, LookupArguments& arguments,
                  CLI::Option* embedded) {
  CLI::Option* fresh = command.add_flag(
      "--fresh", arguments.fresh,
      "Look it up again, whatever the module has cached; not with --embedded");
  fresh->excludes(embedded);
  command
      .add_flag("--cached", arguments.cached,
                "Ask the module's cache alone, not DNS; not with --embedded")
      ->excludes(fresh)
      ->excludes(embedded);
}

}  // namespace

Command AddLookup(CLI::App& danebound) {
  auto arguments = std::make_shared<LookupArguments>();
  CLI::App* command =
      AddSubcommand(danebound, "lookup", "Print the verdict of each domain",
                    kVerdictExitCodes);
  AddDomains(*command, arguments->domains);
  AddJson(*command, arguments->json);
  AddWide(*command, arguments->wide);
  command->add_flag("--unordered", arguments->unordered,
                    "Print each verdict as it comes: slow domains hold up no "
                    "others");
  CLI::Option* embedded = AddResolver(*command, arguments->resolver);
  AddPort(*command, arguments->port);
  AddTimeout(*command, arguments->options.timeout, 30);
  AddChoices(*command, arguments->options.choices);
  AddFreshness(*command, *arguments, embedded);
  return {command,
          [arguments] { return static_cast<int>(RunLookup(*arguments)); }};
}

}  // namespace danebound
