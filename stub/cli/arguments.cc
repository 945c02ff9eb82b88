#include "stub/cli/arguments.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "stub/cli/words.h"
#include "stub/client/version.h"

namespace danebound {
namespace {

constexpr absl::string_view kExitCodes =
    "Exit codes, the worst of all domains:\n"
    "  0  all deliver; the command did what was asked\n"
    "  1  wrong arguments, or output that can't be written\n"
    "  2  a verdict says undeliverable: no such domain, null MX, no usable "
    "host ever\n"
    "  3  a verdict says defer: DNS fails for every host, or for the MX "
    "records\n"
    "  4  no verdict could be had: no resolver, timeout, not a domain. Defer.";

constexpr absl::string_view kNextHops =
    "A mail domain, [host] for no MX lookup, or [address]; \"host:port\" "
    "names a port. \"-\" or none: one a line from standard input";

// CLI11 takes "[a]" for a list and drops the brackets, which here make a
// literal of an address; a blank behind keeps them.
std::string Guarded(absl::string_view argument) {
  const bool bracketed =
      absl::StartsWith(argument, "[") && absl::EndsWith(argument, "]");
  return absl::StrCat(argument, bracketed ? " " : "");
}

void Unguard(std::string& argument) {
  if (absl::StartsWith(argument, "[") && absl::EndsWith(argument, "] ")) {
    argument.pop_back();
  }
}

std::string SocketFromEnvironment() {
  const char* path = std::getenv("DANEBOUND_SOCKET");
  const bool is_set = path != nullptr && *path != '\0';
  return is_set ? path : std::string(kDefaultSocketPath);
}

// Help for 80 columns, without CLI11's notes on types and exclusions.
class HelpFormat : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string type = option->get_type_name();
    const bool named = option->get_expected_min() > 0 && !type.empty() &&
                       !option->get_positional();
    return named ? absl::StrCat(" ", type) : "";
  }
  std::string make_option_desc(const CLI::Option* option) const override {
    return absl::StrJoin(Wrap(option->get_description(), 54), "\n");
  }
};

// The options of all commands, and how they become Arguments.
class CommandLine {
 public:
  CommandLine();
  Arguments Parse(int argc, char** argv);

 private:
  CLI::App* AddCommand(const char* name, const char* description);
  CLI::Option* AddSocket(CLI::App* command);
  CLI::Option* AddEmbedded(CLI::App* command, CLI::Option* socket);
  void AddTimeout(CLI::App* command, double seconds);
  void AddJson(CLI::App* command);
  void AddPort(CLI::App* command);
  void AddLookup();
  void AddStats();
  void AddFlush();
  void AddSelfTest();

  void UnguardAll();
  Arguments ToArguments();
  LookupArguments ToLookup();
  InsecureMx InsecureMxChoice() const;
  std::vector<Name> OwnNames() const;

  CLI::App app_{"DANE verdicts for mail servers, from inside Unbound",
                "danebound"};
  CLI::App* lookup_ = nullptr;
  CLI::App* stats_ = nullptr;
  CLI::App* flush_ = nullptr;

  Resolver resolver_;
  std::vector<std::string> domains_;
  std::vector<std::string> own_names_;
  uint16_t port_ = kSmtpPort;
  double timeout_seconds_ = 0;
  bool json_ = false;
  bool all_ = false;
  bool require_ = false;
  bool fresh_ = false;
  bool cached_ = false;
  std::string insecure_mx_ = "opportunistic";
};

CommandLine::CommandLine() {
  resolver_.socket_path = SocketFromEnvironment();
  app_.set_version_flag("--version", absl::StrCat("danebound ", Version()));
  app_.require_subcommand(1);
  auto format = std::make_shared<HelpFormat>();
  format->column_width(24);
  app_.formatter(format);
  app_.footer(std::string(kExitCodes));
  AddLookup();
  AddStats();
  AddFlush();
  AddSelfTest();
}

CLI::App* CommandLine::AddCommand(const char* name, const char* description) {
  CLI::App* command = app_.add_subcommand(name, description);
  command->set_version_flag("--version", absl::StrCat("danebound ", Version()));
  command->footer(std::string(kExitCodes));
  return command;
}

CLI::Option* CommandLine::AddSocket(CLI::App* command) {
  return command
      ->add_option(
          "--socket", resolver_.socket_path,
          absl::StrCat("The module's socket, default ", resolver_.socket_path,
                       "; not with --embedded. The environment's "
                       "DANEBOUND_SOCKET sets the default"))
      ->type_name("PATH");
}

CLI::Option* CommandLine::AddEmbedded(CLI::App* command, CLI::Option* socket) {
  CLI::Option* embedded = command->add_flag(
      "--embedded", resolver_.embedded,
      "Resolve in this process with libunbound, not through the module");
  embedded->excludes(socket);
  command
      ->add_option("--unbound-conf", resolver_.unbound_conf,
                   "Trust anchor, hints and stubs for --embedded, from an "
                   "ordinary unbound.conf")
      ->type_name("FILE")
      ->needs(embedded);
  return embedded;
}

void CommandLine::AddTimeout(CLI::App* command, double seconds) {
  command
      ->add_option("--timeout", timeout_seconds_,
                   absl::StrCat("Wait so many seconds for each reply, default ",
                                seconds))
      ->type_name("S")
      ->check(CLI::Range(0.001, 86400.0).description(""))
      ->default_val(seconds);
}

void CommandLine::AddJson(CLI::App* command) {
  command->add_flag("--json", json_, "Print JSON; docs/json.md has the schema");
}

void CommandLine::AddPort(CLI::App* command) {
  command
      ->add_option("--port", port_,
                   "The port where the domain names none, default 25")
      ->type_name("N")
      ->check(CLI::Range(1, 65535).description(""));
}

void CommandLine::AddLookup() {
  lookup_ = AddCommand("lookup", "Print the verdict of each domain");
  lookup_->add_option("DOMAIN", domains_, std::string(kNextHops));
  AddJson(lookup_);
  CLI::Option* embedded = AddEmbedded(lookup_, AddSocket(lookup_));
  AddPort(lookup_);
  AddTimeout(lookup_, 30);
  lookup_->add_flag("--require", require_,
                    "Mandatory DANE: hosts without it are skipped");
  lookup_
      ->add_option("--insecure-mx", insecure_mx_,
                   "What TLSA records mean behind insecure MX records: "
                   "opportunistic (default), encrypt or authenticate")
      ->type_name("CHOICE")
      ->check(CLI::IsMember({"opportunistic", "encrypt", "authenticate"})
                  .description(""));
  lookup_
      ->add_option("--own-name", own_names_,
                   "A name of this host: MX hosts no better than it are cut; "
                   "may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  CLI::Option* fresh = lookup_->add_flag(
      "--fresh", fresh_,
      "Look it up again, whatever the module has cached; not with --embedded");
  fresh->excludes(embedded);
  lookup_
      ->add_flag("--cached", cached_,
                 "Ask the module's cache alone, not DNS; not with --embedded")
      ->excludes(fresh)
      ->excludes(embedded);
}

void CommandLine::AddStats() {
  stats_ = AddCommand("stats", "Print the module's counters");
  AddSocket(stats_);
  AddTimeout(stats_, 10);
  AddJson(stats_);
}

void CommandLine::AddFlush() {
  flush_ = AddCommand("flush", "Drop verdicts from the module's cache");
  CLI::Option* domains =
      flush_->add_option("DOMAIN", domains_, "Next hops, as for lookup");
  flush_->add_flag("--all", all_, "Drop every verdict")->excludes(domains);
  AddSocket(flush_);
  AddPort(flush_);
  AddTimeout(flush_, 10);
  AddJson(flush_);
}

void CommandLine::AddSelfTest() {
  CLI::App* command =
      AddCommand("self-test", "Say whether verdicts can be trusted here");
  AddEmbedded(command, AddSocket(command));
  AddTimeout(command, 30);
  AddJson(command);
}

Arguments CommandLine::Parse(int argc, char** argv) {
  std::vector<std::string> arguments;  // the last first, as CLI11 wants them
  for (int i = argc - 1; i > 0; --i) arguments.push_back(Guarded(argv[i]));
  try {
    app_.parse(std::move(arguments));
    UnguardAll();
    return ToArguments();
  } catch (const CLI::ParseError& error) {
    const bool success = app_.exit(error) == 0;
    return Exit{
        static_cast<int>(success ? ExitCode::kSuccess : ExitCode::kUsage)};
  }
}

void CommandLine::UnguardAll() {
  for (std::string& domain : domains_) Unguard(domain);
  for (std::string& name : own_names_) Unguard(name);
  Unguard(resolver_.socket_path);
  Unguard(resolver_.unbound_conf);
}

Arguments CommandLine::ToArguments() {
  const absl::Duration timeout = absl::Seconds(timeout_seconds_);
  if (lookup_->parsed()) return ToLookup();
  if (stats_->parsed()) return StatsArguments{resolver_, timeout, json_};
  if (flush_->parsed()) {
    if (!all_ && domains_.empty()) {
      throw CLI::RequiredError("DOMAIN or --all");
    }
    return FlushArguments{resolver_, domains_, all_, port_, timeout, json_};
  }
  return SelfTestArguments{resolver_, timeout, json_};
}

LookupArguments CommandLine::ToLookup() {
  LookupArguments arguments;
  arguments.resolver = resolver_;
  arguments.domains = domains_;
  if (domains_.empty()) {
    if (isatty(STDIN_FILENO) != 0) throw CLI::RequiredError("DOMAIN");
    arguments.domains = {"-"};
  }
  arguments.port = port_;
  arguments.json = json_;
  arguments.options.timeout = absl::Seconds(timeout_seconds_);
  arguments.options.choices.insecure_mx = InsecureMxChoice();
  arguments.options.choices.require = require_;
  arguments.options.choices.own_names = OwnNames();
  if (fresh_) arguments.options.freshness = Freshness::kFresh;
  if (cached_) arguments.options.freshness = Freshness::kCachedOnly;
  return arguments;
}

InsecureMx CommandLine::InsecureMxChoice() const {
  for (const InsecureMx choice :
       {InsecureMx::kEncrypt, InsecureMx::kAuthenticate}) {
    if (insecure_mx_ == ToText(choice)) return choice;
  }
  return InsecureMx::kOpportunistic;
}

std::vector<Name> CommandLine::OwnNames() const {
  std::vector<Name> names;
  for (const std::string& text : own_names_) {
    const absl::StatusOr<NextHop> host = ParseNextHop(text);
    if (!host.ok() || host->form != NextHopForm::kDomain) {
      throw CLI::ValidationError(
          "--own-name",
          absl::StrCat(text, " is not a host name", host.ok() ? "" : ": ",
                       host.status().message()));
    }
    names.push_back(host->name);
  }
  return names;
}

}  // namespace

Arguments ParseArguments(int argc, char** argv) {
  return CommandLine().Parse(argc, argv);
}

}  // namespace danebound
