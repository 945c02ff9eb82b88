#include "stub/cli/lookup_command.h"

#include <algorithm>
#include <ctime>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "stub/cli/json.h"
#include "stub/cli/table.h"
#include "stub/cli/terminal.h"
#include "stub/client/client.h"
#include "stub/embedded/embedded.h"

namespace danebound {
namespace {

// How long `lookup` bears a socket that is gone: a reload, not an absence.
constexpr absl::Duration kPatience = absl::Seconds(2);

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

// Prints what is known of each domain, in order, and remembers the worst.
class Report {
 public:
  Report(std::vector<std::string> domains, bool json)
      : domains_(std::move(domains)),
        json_(json),
        style_(StyleOfOutput()),
        entries_(domains_.size()),
        known_(domains_.size()),
        progress_(domains_.size()) {}

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

  // Gives every domain without an entry this error.
  void OnErrorForRest(absl::string_view error) {
    for (size_t i = 0; i < entries_.size(); ++i) {
      if (!known_[i]) OnError(i, error);
    }
  }

  ExitCode Finish() {
    progress_.Hide();
    if (std::cout.flush()) return worst_;
    std::cerr << "danebound: cannot write the output\n";
    return ExitCode::kUsage;
  }

  void ShowProgress() { progress_.Show(done_); }

 private:
  void Add(size_t index, ExitCode code, std::string entry) {
    worst_ = std::max(worst_, code);
    entries_[index] = std::move(entry);
    known_[index] = true;
    ++done_;
    PrintReady();
    ShowProgress();
  }

  void PrintReady() {
    if (next_ == entries_.size() || !known_[next_]) return;
    progress_.Hide();
    for (; next_ < entries_.size() && known_[next_]; ++next_) {
      if (!json_ && next_ > 0) std::cout << "\n";
      std::cout << entries_[next_];
      entries_[next_] = std::string();
    }
    std::cout.flush();
  }

  std::vector<std::string> domains_;
  bool json_;
  TableStyle style_;
  std::vector<std::string> entries_;  // what is not printed yet
  std::vector<bool> known_;
  size_t next_ = 0;  // the first that is not printed
  size_t done_ = 0;
  ExitCode worst_ = ExitCode::kSuccess;
  Progress progress_;
};

// Replaces each "-" by the lines of standard input that are not blank.
std::vector<std::string> Domains(const std::vector<std::string>& arguments) {
  std::vector<std::string> domains;
  for (const std::string& argument : arguments) {
    if (argument != "-") {
      domains.push_back(argument);
      continue;
    }
    for (std::string line; std::getline(std::cin, line);) {
      absl::StripAsciiWhitespace(&line);
      if (!line.empty()) domains.push_back(line);
    }
  }
  return domains;
}

// The next hops among the domains, and where each stands in the list.
struct NextHops {
  std::vector<NextHop> next_hops;
  std::vector<size_t> indexes;
};

NextHops ParseAll(const std::vector<std::string>& domains, uint16_t port,
                  Report& report) {
  NextHops parsed;
  for (size_t i = 0; i < domains.size(); ++i) {
    const absl::StatusOr<NextHop> next_hop = ParseNextHop(domains[i], port);
    if (next_hop.ok()) {
      parsed.next_hops.push_back(*next_hop);
      parsed.indexes.push_back(i);
    } else {
      report.OnError(i, absl::string_view(next_hop.status().message()));
    }
  }
  return parsed;
}

void LookUpThroughModule(const LookupArguments& arguments,
                         const NextHops& parsed, Report& report) {
  Client client({arguments.resolver.socket_path, kPatience});
  client.LookupAll(parsed.next_hops, arguments.options,
                   [&](size_t index, const absl::StatusOr<Verdict>& verdict) {
                     if (verdict.ok()) {
                       report.OnVerdict(parsed.indexes[index], *verdict);
                     } else {
                       report.OnError(
                           parsed.indexes[index],
                           absl::string_view(verdict.status().message()));
                     }
                   });
}

void LookUpEmbedded(const LookupArguments& arguments, const NextHops& parsed,
                    Report& report) {
  EmbeddedOptions options;
  options.unbound_conf = arguments.resolver.unbound_conf;
  auto embedded = Embedded::New(options);
  absl::Status status = embedded.status();
  if (status.ok()) {
    status = (*embedded)->LookupAll(
        parsed.next_hops, arguments.options.choices, arguments.options.timeout,
        [&](size_t index, const Verdict& verdict) {
          report.OnVerdict(parsed.indexes[index], verdict);
        });
  }
  if (!status.ok()) {
    report.OnErrorForRest(absl::string_view(status.message()));
  }
}

}  // namespace

ExitCode RunLookup(const LookupArguments& arguments) {
  const std::vector<std::string> domains = Domains(arguments.domains);
  if (domains.empty()) {
    std::cerr << "danebound: no domains on standard input\n";
    return ExitCode::kUsage;
  }
  Report report(domains, arguments.json);
  const NextHops parsed = ParseAll(domains, arguments.port, report);
  report.ShowProgress();
  if (arguments.resolver.embedded) {
    LookUpEmbedded(arguments, parsed, report);
  } else {
    LookUpThroughModule(arguments, parsed, report);
  }
  return report.Finish();
}

}  // namespace danebound
