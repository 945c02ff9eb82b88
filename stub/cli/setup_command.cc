#include "stub/cli/setup_command.h"

#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "stub/cli/options.h"
#include "stub/cli/read_file.h"
#include "stub/cli/resolver.h"
#include "stub/cli/self_test_command.h"
#include "stub/cli/setup_memory.h"
#include "stub/cli/words.h"
#include "stub/dane/next_hop.h"
#include "stub/mta/postfix.h"
#include "stub/mta/postfix_settings.h"
#include "stub/mta/postfix_setup.h"
#include "stub/mta/resolv_conf_writer.h"
#include "stub/mta/resolver_path.h"
#include "stub/mta/run_program.h"
#include "stub/serve/resolv_conf.h"
#include "stub/serve/settings.h"
#include "stub/system/replace_file.h"

namespace danebound {
namespace {

constexpr const char* kResolvConf = "/etc/resolv.conf";
constexpr const char* kServeConf = "/etc/danebound/serve.conf";
constexpr const char* kMemory = "/var/lib/danebound/setup-postfix.json";
constexpr const char* kSocketUnit = "danebound-serve.socket";
constexpr const char* kServiceUnit = "danebound-serve.service";
constexpr absl::Duration kSystemctlTimeout = absl::Seconds(60);
constexpr size_t kTextWidth = 69;
constexpr size_t kMostOctets = size_t{1} << 20;

const char* const kSetupExitCodes =
    "Exit codes: 0 all is set up, 1 wrong arguments or what could not be "
    "done,\n4 a step does not hold: what it says is to be mended first; with "
    "--check also\nthat there is something to do.\n\n"
    "Examples:\n  danebound setup postfix --check\n"
    "  danebound setup postfix --audit";

struct SetupArguments {
  Resolver resolver;
  absl::Duration timeout;
  std::string folder;  // of main.cf; empty: postconf's own
  std::string known = "posteo.de";
  bool yes = false;
  bool check = false;
  bool undo = false;
  bool audit = false;
};

enum class State { kStops = 0, kToDo, kHolds };

// How a step stands.
struct Look {
  State state = State::kStops;
  std::string text;
  std::vector<std::string> plan{};  // what is going to be done, line by line
};

Look Stops(std::string text) { return {State::kStops, std::move(text)}; }
Look Holds(std::string text) { return {State::kHolds, std::move(text)}; }

struct Step {
  const char* name;
  std::function<Look()> look;
  // Writes what it changes to the memory first.
  std::function<absl::Status()> act = nullptr;
};

void Print(const char* label, absl::string_view text) {
  std::string head = absl::StrCat("  ", Padded(label, 9));
  for (const std::string& line : Wrap(Printable(text), kTextWidth)) {
    std::cout << head << line << "\n";
    head = std::string(head.size(), ' ');
  }
}

ExitCode Complain(absl::string_view text) {
  std::cout.flush();
  std::cerr << "danebound: " << Printable(text) << "\n";
  return ExitCode::kUsage;
}

// What is not passed, or "".
std::string FirstTrouble(const std::vector<SelfTestCheck>& checks,
                         SelfTestCheck::Result least) {
  for (const SelfTestCheck& check : checks) {
    if (check.result >= least) {
      return absl::StrCat(check.name, ": ", check.text);
    }
  }
  return "";
}

std::string FirstFailure(const std::vector<SelfTestCheck>& checks) {
  return FirstTrouble(checks, SelfTestCheck::Result::kFailed);
}

// "" of what cannot be read.
std::string TextOf(const std::string& path) {
  return ReadFile(path, kMostOctets).value_or("");
}

absl::Status Systemctl(std::vector<std::string> words) {
  words.insert(words.begin(), "systemctl");
  return RunProgram(words, kSystemctlTimeout).status();
}

bool HasUnit(const char* unit) { return Systemctl({"cat", unit}).ok(); }

// Whether nothing is enforced where a next hop has no destination of its own.
bool IsAudit(const ServeSettings& settings) {
  const auto any = ParseNextHop("danebound.invalid");
  return any.ok() &&
         DestinationOf(settings, *any, std::time(nullptr)).enforcement ==
             Enforcement::kAudit;
}

std::string QueueFile(const PostfixSettings& postfix, absl::string_view path) {
  return absl::StrCat(postfix.queue, path);
}

// The steps, and what they share.
class PostfixSteps {
 public:
  PostfixSteps(const SetupArguments& arguments, PostfixSettings postfix,
               SetupMemory memory)
      : arguments_(arguments),
        postfix_(std::move(postfix)),
        memory_(std::move(memory)) {
    memory_.folder = postfix_.folder;
  }

  std::vector<Step> All() {
    return {{"resolver", [this] { return LookAtModule(); }},
            {"resolv.conf", [this] { return LookAtResolvConf(); },
             [this] { return WriteResolvConf(); }},
            {"serve.conf", [this] { return LookAtServeConf(); },
             [this] { return WriteAudit(); }},
            {"serve", [this] { return LookAtServe(); },
             [this] { return StartServe(); }},
            {"known name", [this] { return LookAtKnownName(); }},
            {"chroot", [this] { return LookAtChroot(); },
             [] {
               return Systemctl({"restart", "postfix"});
             }},
            {"main.cf", [this] { return LookAtMainCf(); },
             [this] { return WriteMainCf(); }}};
  }

 private:
  Look LookAtModule() const {
    const auto test = TestModule(arguments_.resolver, arguments_.timeout);
    if (!test.ok()) return Stops(std::string(test.status().message()));
    if (Passed(*test)) return Holds(test->who);
    return Stops(
        absl::StrCat("danebound self-test: ", FirstFailure(test->checks)));
  }

  // Name servers elsewhere count as bad, unless the settings trust them.
  Look LookAtResolvConf() const {
    const auto checks = CheckResolverPath(kResolvConf, arguments_.timeout);
    const bool trusts =
        !ReadServe().value_or(ServeSettings()).mta_trusted_resolvers.empty();
    const std::string trouble =
        trusts ? FirstFailure(checks)
               : FirstTrouble(checks, SelfTestCheck::Result::kWarning);
    if (trouble.empty()) {
      return Holds("it names a resolver of this machine that validates");
    }
    const ResolvConfTraces traces = LookForWriters(kResolvConf);
    const auto writer = FindResolvConfWriter(traces);
    if (writer.has_value()) {
      return Stops(absl::StrCat(trouble, ". ", writer->name,
                                " writes that file: ", writer->remedy));
    }
    Look look{State::kToDo, trouble, {absl::StrCat(kResolvConf, " will be:")}};
    for (const absl::string_view line : absl::StrSplit(
             WithOwnResolver(traces.text), '\n', absl::SkipEmpty())) {
      look.plan.push_back(absl::StrCat("    ", line));
    }
    return look;
  }

  absl::Status WriteResolvConf() {
    const std::string old_text = TextOf(kResolvConf);
    return Write({kResolvConf, old_text, WithOwnResolver(old_text)});
  }

  static absl::StatusOr<ServeSettings> ReadServe() {
    absl::StatusOr<ServeSettings> settings = ReadServeSettings(kServeConf);
    if (absl::IsNotFound(settings.status())) return ServeSettings();
    return settings;
  }

  Look LookAtServeConf() const {
    const absl::StatusOr<ServeSettings> settings = ReadServe();
    if (!settings.ok()) return Stops(std::string(settings.status().message()));
    if (IsAudit(*settings)) {
      return Holds(
          "policy = \"audit\": mail goes as before, danebound log-summary says "
          "what would wait");
    }
    if (!arguments_.audit) return Holds("it can be read");
    if (!WithAudit(TextOf(kServeConf)).has_value()) {
      return Stops(
          absl::StrCat("--audit: [default] of ", kServeConf,
                       " is not plain, or names another policy. Say policy = "
                       "\"audit\" there"));
    }
    return {State::kToDo,
            "verdicts would be enforced",
            {absl::StrCat(kServeConf, ", [default]: policy = \"audit\"")}};
  }

  absl::Status WriteAudit() {
    const std::string old_text = TextOf(kServeConf);
    const absl::Status written =
        Write({kServeConf,
               old_text.empty() ? absl::optional<std::string>() : old_text,
               WithAudit(old_text).value_or(old_text)});
    // Where it runs already.
    Systemctl({"try-reload-or-restart", kServiceUnit}).IgnoreError();
    return written;
  }

  // The one that Postfix asks already, or that of serve-socket.conf.
  PolicyMap Map() const {
    PostfixSettings settings = postfix_;
    for (const PolicyMap& map : PolicyMapsOf(settings)) {
      if (map.is_danebounds) return map;
    }
    settings.clients = {SmtpClient()};
    settings.clients[0].values["smtp_tls_policy_maps"] = kSetupMap;
    return PolicyMapsOf(settings).front();
  }

  Look LookAtServe() const {
    const PolicyMap map = Map();
    const SelfTestCheck check = CheckPolicyMap(map, arguments_.timeout);
    if (check.result == SelfTestCheck::Result::kPassed) {
      return Holds(check.text);
    }
    if (map.text != kSetupMap) return Stops(check.text);
    if (!HasUnit(kSocketUnit)) {
      return Stops(absl::StrCat(check.text, ". systemd has no ", kSocketUnit,
                                ": install danebound's units, or start "
                                "danebound serve another way"));
    }
    return {State::kToDo,
            absl::StrCat("nobody answers at ", map.path),
            {absl::StrCat("systemctl enable --now ", kSocketUnit)}};
  }

  absl::Status StartServe() {
    memory_.socket = true;
    const absl::Status saved = Save();
    if (!saved.ok()) return saved;
    return Systemctl({"enable", "--now", kSocketUnit});
  }

  Look LookAtKnownName() const {
    const auto reply =
        AskPolicyMap(Map(), arguments_.known, arguments_.timeout);
    if (!reply.ok()) return Stops(std::string(reply.status().message()));
    const std::string said = absl::StrCat(arguments_.known, ": ", *reply);
    if (absl::StartsWith(*reply, "OK dane-only") ||
        absl::StartsWith(*reply, "OK fingerprint")) {
      return Holds(said);
    }
    if (IsAudit(ReadServe().value_or(ServeSettings()))) {
      return Holds(absl::StrCat(said, ", for the policy is audit"));
    }
    return Stops(absl::StrCat(said, ". dane-only is wanted: danebound lookup ",
                              arguments_.known,
                              " says why; --known names another domain"));
  }

  Look LookAtChroot() const {
    if (!IsChrooted(postfix_)) return Holds("Postfix's client is in none");
    const std::string copy = QueueFile(postfix_, kResolvConf);
    const auto inside = ReadResolvConf(copy);
    const auto outside = ReadResolvConf(kResolvConf);
    if (inside.ok() && outside.ok() &&
        ParseResolvConf(*inside) == ParseResolvConf(*outside)) {
      return Holds(absl::StrCat(copy, " is as ", kResolvConf));
    }
    const std::string text = absl::StrCat(copy, " is not as ", kResolvConf,
                                          ": Postfix copies it when it starts");
    if (!HasUnit("postfix.service")) {
      return Stops(absl::StrCat(text, ". Restart Postfix"));
    }
    return {State::kToDo, text, {"systemctl restart postfix"}};
  }

  Look LookAtMainCf() const {
    const auto changes = Changes();
    if (!changes.ok()) return Stops(std::string(changes.status().message()));
    const auto trouble = TroubleWith(*changes);
    if (!trouble.ok()) return Stops(std::string(trouble.status().message()));
    if (!trouble->empty()) return Stops(*trouble);
    if (changes->empty()) {
      return Holds("Postfix asks danebound, danebound self-test --mta passes");
    }
    Look look{State::kToDo,
              "tried in a copy, danebound self-test --mta passes"};
    for (const PostfixChange& change : *changes) {
      look.plan.push_back(
          absl::StrCat("postconf ", change.name, "=", change.new_value));
      look.plan.push_back(change.old_value.has_value()
                              ? absl::StrCat("    before: ", *change.old_value)
                              : "    before: not in main.cf");
    }
    look.plan.push_back("postfix reload");
    return look;
  }

  absl::StatusOr<std::vector<PostfixChange>> Changes() const {
    const auto stated = ReadStated(postfix_.folder);
    if (!stated.ok()) return stated.status();
    return ChangesFor(postfix_.values, *stated);
  }

  // What self-test --mta would say with the changes; "" where it passes.
  absl::StatusOr<std::string> TroubleWith(
      const std::vector<PostfixChange>& changes) const {
    const absl::StatusOr<PostfixTrial> trial =
        PostfixTrial::New(postfix_.folder);
    if (!trial.ok()) {
      return absl::UnavailableError(absl::StrCat(
          "the settings cannot be copied: ", trial.status().message(),
          geteuid() == 0 ? "" : ". Run this as root"));
    }
    const absl::Status applied = Apply(trial->folder(), changes);
    if (!applied.ok()) return applied;
    const auto settings = ReadPostfixSettings(trial->folder());
    if (!settings.ok()) return settings.status();
    return absl::StrReplaceAll(
        FirstFailure(TestPostfix(*settings, arguments_.timeout).checks),
        {{trial->folder(), postfix_.folder}});
  }

  absl::Status WriteMainCf() {
    const auto changes = Changes();
    if (!changes.ok()) return changes.status();
    for (const PostfixChange& change : *changes) Remember(change);
    const absl::Status saved = Save();
    if (!saved.ok()) return saved;
    absl::Status good = Apply(postfix_.folder, *changes);
    if (good.ok()) good = TestAgain();
    if (!good.ok()) {
      TakeBack(postfix_.folder, *changes).IgnoreError();
      return absl::UnavailableError(
          absl::StrCat(good.message(), ". main.cf is as it was"));
    }
    // One that does not run reads main.cf when it starts.
    if (!RunPostfix(postfix_.folder, "postfix", {"status"}).ok()) {
      return absl::OkStatus();
    }
    return RunPostfix(postfix_.folder, "postfix", {"reload"}).status();
  }

  absl::Status TestAgain() {
    auto settings = ReadPostfixSettings(arguments_.folder);
    if (!settings.ok()) return settings.status();
    postfix_ = *std::move(settings);
    const std::string trouble =
        FirstFailure(TestPostfix(postfix_, arguments_.timeout).checks);
    if (trouble.empty()) return absl::OkStatus();
    return absl::UnavailableError(trouble);
  }

  // What stood there before the first change is what is put back.
  void Remember(const PostfixChange& change) {
    for (PostfixChange& known : memory_.main_cf) {
      if (known.name != change.name) continue;
      known.new_value = change.new_value;
      return;
    }
    memory_.main_cf.push_back(change);
  }

  void Remember(const FileChange& change) {
    for (FileChange& known : memory_.files) {
      if (known.path != change.path) continue;
      known.new_text = change.new_text;
      return;
    }
    memory_.files.push_back(change);
  }

  absl::Status Write(const FileChange& change) {
    Remember(change);
    const absl::Status saved = Save();
    if (!saved.ok()) return saved;
    return ReplaceFile(change.path, change.new_text, 0644);
  }

  absl::Status Save() const { return SaveSetupMemory(kMemory, memory_); }

  const SetupArguments& arguments_;
  PostfixSettings postfix_;
  SetupMemory memory_;
};

bool IsWanted(const SetupArguments& arguments) {
  if (arguments.yes) return true;
  if (isatty(STDIN_FILENO) == 0) {
    Print("", "Nothing is done without a terminal: say --yes.");
    return false;
  }
  std::cout << "  Do this? [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return absl::EqualsIgnoreCase(answer, "y") ||
         absl::EqualsIgnoreCase(answer, "yes");
}

ExitCode Do(const SetupArguments& arguments, const Step& step) {
  if (!IsWanted(arguments)) return ExitCode::kNoVerdict;
  const absl::Status done = step.act();
  if (!done.ok()) {
    return Complain(absl::StrCat(step.name, ": ", done.message()));
  }
  const Look look = step.look();
  if (look.state != State::kHolds) {
    Print("stops", absl::StrCat(step.name, ": done, and yet: ", look.text));
    return ExitCode::kNoVerdict;
  }
  Print("done", absl::StrCat(step.name, ": ", look.text));
  return ExitCode::kSuccess;
}

ExitCode RunSteps(const SetupArguments& arguments,
                  const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    const Look look = step.look();
    const std::string text = absl::StrCat(step.name, ": ", look.text);
    if (look.state == State::kHolds) {
      Print("holds", text);
      continue;
    }
    Print(look.state == State::kStops ? "stops" : "to do", text);
    for (const std::string& line : look.plan) {
      std::cout << "             " << Printable(line) << "\n";
    }
    if (look.state == State::kStops) return ExitCode::kNoVerdict;
    if (arguments.check) {
      Print("", "What comes after that is looked at once it is done.");
      return ExitCode::kNoVerdict;
    }
    const ExitCode code = Do(arguments, step);
    if (code != ExitCode::kSuccess) return code;
  }
  return ExitCode::kSuccess;
}

// A file that somebody has changed since then is left alone.
absl::Status PutBack(const FileChange& change) {
  if (TextOf(change.path) != change.new_text) {
    Print("left", absl::StrCat(change.path, ": it was changed since"));
    return absl::OkStatus();
  }
  Print("undone", change.path);
  if (change.old_text.has_value()) {
    return ReplaceFile(change.path, *change.old_text, 0644);
  }
  unlink(change.path.c_str());
  return absl::OkStatus();
}

absl::Status UndoMainCf(const SetupMemory& memory) {
  if (memory.main_cf.empty()) return absl::OkStatus();
  const auto left = TakeBack(memory.folder, memory.main_cf);
  if (!left.ok()) return left.status();
  for (const std::string& name : *left) {
    Print("left", absl::StrCat(name, ": it was changed since"));
  }
  Print("undone", absl::StrCat(memory.folder, "/main.cf"));
  RunPostfix(memory.folder, "postfix", {"reload"}).IgnoreError();
  return absl::OkStatus();
}

// In the order in which mail never waits: Postfix first stops asking.
absl::Status UndoAll(const SetupMemory& memory) {
  const absl::Status main_cf = UndoMainCf(memory);
  if (!main_cf.ok()) return main_cf;
  const auto settings = ReadPostfixSettings(memory.folder);
  const bool asks =
      settings.ok() &&
      AsksDanebound(ValueOf(settings->values, "smtp_tls_policy_maps"));
  if (memory.socket && asks) {
    Print("left", absl::StrCat(kSocketUnit, ": Postfix still asks danebound"));
  } else if (memory.socket) {
    const absl::Status stopped =
        Systemctl({"disable", "--now", kSocketUnit, kServiceUnit});
    if (!stopped.ok()) return stopped;
    Print("undone", kSocketUnit);
  }
  for (const FileChange& change : memory.files) {
    const absl::Status put_back = PutBack(change);
    if (!put_back.ok()) return put_back;
  }
  if (!memory.files.empty()) {
    Systemctl({"restart", "postfix"}).IgnoreError();  // for its chroot's copy
  }
  return absl::OkStatus();
}

ExitCode RunUndo(const SetupArguments& arguments) {
  const absl::StatusOr<SetupMemory> memory = ReadSetupMemory(kMemory);
  if (absl::IsNotFound(memory.status())) {
    return Complain(absl::StrCat(memory.status().message(),
                                 ": nothing was set up that could be undone"));
  }
  if (!memory.ok()) return Complain(memory.status().message());
  std::cout << "To be undone: what " << kMemory << " lists\n";
  if (!IsWanted(arguments)) return ExitCode::kNoVerdict;
  const absl::Status undone = UndoAll(*memory);
  if (!undone.ok()) return Complain(undone.message());
  unlink(kMemory);
  return ExitCode::kSuccess;
}

ExitCode RunSetup(const SetupArguments& arguments) {
  if (!arguments.check && geteuid() != 0) {
    return Complain(
        "setup changes the files of the system: run it as root, or with "
        "--check");
  }
  if (arguments.undo) return RunUndo(arguments);
  auto postfix = ReadPostfixSettings(arguments.folder);
  if (!postfix.ok()) return Complain(postfix.status().message());
  absl::StatusOr<SetupMemory> memory = ReadSetupMemory(kMemory);
  if (absl::IsNotFound(memory.status())) memory = SetupMemory();
  if (!memory.ok() && !arguments.check) {
    return Complain(memory.status().message());
  }
  const std::string known = memory.value_or(SetupMemory()).folder;
  if (!known.empty() && known != postfix->folder) {
    return Complain(
        absl::StrCat("the Postfix of ", known,
                     " was set up here, and --undo knows but one: "
                     "set this one up by hand (docs/mta/postfix.md)"));
  }
  std::cout << Printable(absl::StrCat("Postfix ", postfix->version, ", ",
                                      postfix->folder))
            << "\n";
  PostfixSteps steps(arguments, *std::move(postfix),
                     memory.value_or(SetupMemory()));
  return RunSteps(arguments, steps.All());
}

}  // namespace

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

Command AddSetup(CLI::App& danebound) {
  auto arguments = std::make_shared<SetupArguments>();
  CLI::App* setup = AddSubcommand(
      danebound, "setup", "Put a mail server on danebound", kSetupExitCodes);
  setup->require_subcommand(1);
  CLI::App* postfix = AddSubcommand(
      *setup, "postfix",
      "Put Postfix on danebound, step by step: each is shown before it is done",
      kSetupExitCodes);
  CLI::Option* yes =
      postfix->add_flag("--yes", arguments->yes, "Do each step without asking");
  CLI::Option* check = postfix->add_flag(
      "--check", arguments->check, "Look at the steps, and change nothing");
  postfix
      ->add_flag("--undo", arguments->undo,
                 absl::StrCat("Take back what was changed, by ", kMemory))
      ->excludes(check);
  postfix->add_flag("--audit", arguments->audit,
                    "Enforce nothing yet: set policy = \"audit\" in "
                    "/etc/danebound/serve.conf first");
  postfix
      ->add_option("--known", arguments->known,
                   "A domain whose servers all have TLSA records, to see that "
                   "it gets dane-only; default posteo.de")
      ->type_name("DOMAIN");
  postfix
      ->add_option("--postfix-config", arguments->folder,
                   "The folder of main.cf, default postconf's own")
      ->type_name("FOLDER");
  check->excludes(yes);
  AddSocket(*postfix, arguments->resolver);
  AddTimeout(*postfix, arguments->timeout, 30);
  return {setup,
          [arguments] { return static_cast<int>(RunSetup(*arguments)); }};
}

}  // namespace danebound
