#include "stub/cli/module_commands.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "stub/cli/forms/words.h"
#include "stub/cli/options.h"
#include "stub/cli/resolver.h"
#include "stub/cli/service_name.h"
#include "stub/cli/socket_access.h"
#include "stub/client/client.h"
#include "stub/json/verdict_json.h"
#include "stub/system/printable.h"

namespace danebound {
namespace {

using Json = nlohmann::ordered_json;

constexpr absl::string_view kWhatFlushLeaves =
    "The next lookup may be answered by Unbound's own cache: where DNS has "
    "changed,\ndrop that first, by unbound-control flush_zone, which leaves "
    "verdicts alone.\n";

struct StatsArguments {
  Resolver resolver;
  absl::Duration timeout;
  bool json = false;
};

struct FlushArguments {
  Resolver resolver;
  std::vector<std::string> domains;
  bool all = false;
  uint16_t port = kSmtpPort;
  absl::Duration timeout;
  bool json = false;
};

// With --json there is a document too.
ExitCode Complain(const absl::Status& status, bool json) {
  if (json) std::cout << ErrorLine(absl::string_view(status.message())) << "\n";
  std::cerr << "danebound: " << Printable(absl::string_view(status.message()))
            << "\n";
  return ExitCode::kNoVerdict;
}

ExitCode Flushed(ExitCode code) {
  if (std::cout.flush()) return code;
  std::cerr << "danebound: cannot write the output\n";
  return ExitCode::kUsage;
}

// By name, so that what belongs together stands together.
void PrintStats(StatsReply stats) {
  std::sort(stats.counters.begin(), stats.counters.end(),
            [](const Counter& a, const Counter& b) { return a.name < b.name; });
  size_t width = 0;
  for (const Counter& counter : stats.counters) {
    width = std::max(width, Width(Printable(counter.name)));
  }
  for (const Counter& counter : stats.counters) {
    std::cout << Padded(Printable(counter.name), width + 2) << counter.value
              << "\n";
  }
}

Json ToJson(const StatsReply& stats) {
  Json json = Json::object();
  for (const Counter& counter : stats.counters) {
    json[counter.name] = counter.value;
  }
  return json;
}

// Drops the named entries, or all.
absl::StatusOr<int64_t> Flush(const FlushArguments& arguments) {
  std::vector<absl::optional<NextHop>> targets;
  if (arguments.all) targets.emplace_back(absl::nullopt);
  for (const std::string& domain : arguments.domains) {
    absl::StatusOr<NextHop> next_hop = ReadNextHop(domain, arguments.port);
    if (!next_hop.ok()) return next_hop.status();
    targets.emplace_back(*std::move(next_hop));
  }
  Client client = ClientFor(arguments.resolver);
  int64_t flushed = 0;
  for (const absl::optional<NextHop>& target : targets) {
    const absl::StatusOr<FlushReply> reply =
        client.Flush(target, arguments.timeout);
    if (!reply.ok()) {
      return SayWhoMayOpen(reply.status(), arguments.resolver.socket_path);
    }
    flushed += reply->flushed;
  }
  return flushed;
}

ExitCode RunStats(const StatsArguments& arguments) {
  Client client = ClientFor(arguments.resolver);
  absl::StatusOr<StatsReply> stats = client.Stats(arguments.timeout);
  if (!stats.ok()) {
    return Complain(
        SayWhoMayOpen(stats.status(), arguments.resolver.socket_path),
        arguments.json);
  }
  if (arguments.json) {
    std::cout << ToLine(ToJson(*stats)) << "\n";
  } else {
    PrintStats(*std::move(stats));
  }
  return Flushed(ExitCode::kSuccess);
}

ExitCode RunFlush(const FlushArguments& arguments) {
  if (!arguments.all && arguments.domains.empty()) {
    throw CLI::RequiredError("DOMAIN or --all");
  }
  const absl::StatusOr<int64_t> flushed = Flush(arguments);
  if (!flushed.ok()) return Complain(flushed.status(), arguments.json);
  if (arguments.json) {
    std::cout << ToLine(Json{{"flushed", *flushed}}) << "\n";
  } else {
    std::cout << *flushed << (*flushed == 1 ? " verdict" : " verdicts")
              << " dropped\n";
  }
  return Flushed(ExitCode::kSuccess);
}

}  // namespace

Command AddStats(CLI::App& danebound) {
  auto arguments = std::make_shared<StatsArguments>();
  CLI::App* command = AddSubcommand(
      danebound, "stats", "Print the module's counters (docs/protocol.md)",
      kVerdictExitCodes);
  AddSocket(*command, arguments->resolver);
  AddTimeout(*command, arguments->timeout, 10);
  AddJson(*command, arguments->json);
  return {command,
          [arguments] { return static_cast<int>(RunStats(*arguments)); }};
}

Command AddFlush(CLI::App& danebound) {
  auto arguments = std::make_shared<FlushArguments>();
  CLI::App* command =
      AddSubcommand(danebound, "flush", "Drop verdicts from the module's cache",
                    absl::StrCat(kWhatFlushLeaves, "\n", kVerdictExitCodes));
  CLI::Option* domains = command->add_option("DOMAIN", arguments->domains,
                                             "Next hops, as for lookup");
  command->add_flag("--all", arguments->all, "Drop every verdict")
      ->excludes(domains);
  AddSocket(*command, arguments->resolver);
  AddPort(*command, arguments->port);
  AddTimeout(*command, arguments->timeout, 10);
  AddJson(*command, arguments->json);
  return {command,
          [arguments] { return static_cast<int>(RunFlush(*arguments)); }};
}

}  // namespace danebound
