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
#include "stub/system/descriptor.h"
#include "stub/system/printable.h"
#include "stub/system/replace_file.h"

namespace danebound {
namespace {

using Result = SelfTestCheck::Result;

constexpr const char* kResolvConf = "/etc/resolv.conf";
constexpr const char* kOwnResolver = "127.0.0.1";
constexpr const char* kServeConf = "/etc/danebound/serve.conf";
constexpr const char* kMemory = "/var/lib/danebound/setup-postfix.json";
constexpr const char* kPolicyMaps = "smtp_tls_policy_maps";
constexpr const char* kSocketUnit = "danebound-serve.socket";
constexpr const char* kServiceUnit = "danebound-serve.service";
constexpr absl::Duration kSystemctlTimeout = absl::Seconds(60);
constexpr size_t kTextWidth = 69;
constexpr size_t kMostOctets = size_t{1} << 20;

const char* const kSetupExitCodes =
    "Exit codes:\n"
    "  0  all is set up, or undone\n"
    "  1  wrong arguments, or a change that could not be made\n"
    "  4  a step does not hold: mend what it says first; with --check also:\n"
    "     there is something to do";

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

// nullopt where it is not there.
absl::optional<std::string> TextIfAny(const std::string& path) {
  if (access(path.c_str(), F_OK) != 0) return absl::nullopt;
  return ReadFile(path, kMostOctets).value_or("");
}

std::string TextOf(const std::string& path) {
  return TextIfAny(path).value_or("");
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

bool PostfixRuns(const std::string& folder) {
  return RunPostfix(folder, "postfix", {"status"}).ok();
}

// One that does not run reads main.cf when it starts.
absl::Status ReloadPostfix(const std::string& folder) {
  if (!PostfixRuns(folder)) return absl::OkStatus();
  const auto reloaded = RunPostfix(folder, "postfix", {"reload"});
  if (reloaded.ok()) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("Postfix does not reload: ", reloaded.status().message()));
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
        trusts ? FirstFailure(checks) : FirstTrouble(checks, Result::kWarning);
    if (trouble.empty()) {
      return Holds("it names a resolver of this machine that validates");
    }
    const ResolvConfTraces traces = LookForWriters(kResolvConf);
    const auto writer = FindResolvConfWriter(traces);
    if (writer.has_value()) {
      return Stops(absl::StrCat(trouble, ". ", writer->name,
                                " writes that file: ", writer->remedy));
    }
    // All of this machine is going to ask it.
    const SelfTestCheck own =
        CheckNameServer("this machine", kOwnResolver, arguments_.timeout);
    if (own.result != Result::kPassed) {
      return Stops(absl::StrCat(trouble, ". To be named there: ", own.text,
                                ". Let Unbound answer at ", kOwnResolver));
    }
    Look look{State::kToDo, trouble, {absl::StrCat(kResolvConf, " will be:")}};
    for (const absl::string_view line : absl::StrSplit(
             WithOwnResolver(traces.text), '\n', absl::SkipEmpty())) {
      look.plan.push_back(absl::StrCat("    ", line));
    }
    return look;
  }

  absl::Status WriteResolvConf() {
    const auto old_text = TextIfAny(kResolvConf);
    const SetupMemory before = memory_;
    const absl::Status written =
        Write({kResolvConf, old_text, WithOwnResolver(old_text.value_or(""))});
    const std::string trouble =
        FirstFailure(CheckResolverPath(kResolvConf, arguments_.timeout));
    if (!written.ok() || trouble.empty()) return written;
    const absl::Status restored =
        ReplaceFile(kResolvConf, old_text.value_or(""), 0644);
    if (!restored.ok()) return restored;
    memory_ = before;
    Save().IgnoreError();
    return absl::UnavailableError(absl::StrCat(trouble, ". It is as it was"));
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
          absl::StrCat("policy = \"audit\": mail goes as Postfix's own "
                       "settings say, danebound "
                       "log-summary says what would wait",
                       absl::StrContains(TextOf(kServeConf), "\n[destinations.")
                           ? ". What has a destination of its own goes by that"
                           : ""));
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
    const auto old_text = TextIfAny(kServeConf);
    const std::string new_text = WithAudit(old_text.value_or("")).value_or("");
    const absl::Status written = Write({kServeConf, old_text, new_text});
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
    settings.clients[0].values[kPolicyMaps] = kSetupMap;
    return PolicyMapsOf(settings).front();
  }

  Look LookAtServe() const {
    const PolicyMap map = Map();
    const SelfTestCheck check = CheckPolicyMap(map, arguments_.timeout);
    if (check.result == Result::kPassed) {
      return Holds(check.text);
    }
    if (map.text != kSetupMap || check.result != Result::kFailed) {
      return Stops(check.text);
    }
    if (!HasUnit(kSocketUnit)) {
      return Stops(absl::StrCat(check.text, ". systemd has no ", kSocketUnit,
                                ": install danebound's units, or start "
                                "danebound serve another way"));
    }
    if (Systemctl({"is-active", kSocketUnit}).ok()) {
      return Stops(absl::StrCat(check.text, ". ", kSocketUnit,
                                " is there: see journalctl -u ", kServiceUnit));
    }
    return {State::kToDo,
            check.text,
            {absl::StrCat("systemctl enable --now ", kSocketUnit)}};
  }

  absl::Status StartServe() {
    memory_.socket |= !Systemctl({"is-enabled", kSocketUnit}).ok();
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
    if (!Runs()) {
      return Holds(
          "Postfix does not run; it copies resolv.conf when it starts");
    }
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
    return {State::kToDo, text, {"systemctl try-restart postfix"}};
  }

  Look LookAtMainCf() const {
    const std::string obstacle = ObstacleIn(postfix_.values);
    if (!obstacle.empty()) return Stops(obstacle);
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
    const SetupMemory before = memory_;
    for (const PostfixChange& change : *changes) Remember(change);
    const absl::Status saved = Save();
    if (!saved.ok()) return saved;
    absl::Status good = Apply(postfix_.folder, *changes);
    if (good.ok()) good = TestAgain();
    if (!good.ok()) return TakeBack(*changes, before, good);
    const absl::Status reloaded = ReloadPostfix(postfix_.folder);
    if (reloaded.ok()) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat(
        "main.cf is written. ", reloaded.message(),
        ". Run: postfix reload; or danebound setup postfix --undo"));
  }

  // The map first: what else was set is for it.
  absl::Status TakeBack(const std::vector<PostfixChange>& changes,
                        const SetupMemory& before, const absl::Status& why) {
    for (auto each = changes.rbegin(); each != changes.rend(); ++each) {
      const absl::Status restored = Restore(postfix_.folder, *each);
      if (restored.ok()) continue;
      return absl::UnavailableError(
          absl::StrCat(why.message(), ". ", each->name,
                       " could not be put back: ", restored.message()));
    }
    memory_ = before;
    Save().IgnoreError();
    // Clients that started meanwhile have read the trial.
    const absl::Status reloaded = ReloadPostfix(postfix_.folder);
    return absl::UnavailableError(
        absl::StrCat(why.message(), ". main.cf is as it was",
                     reloaded.ok() ? "" : ". ", reloaded.message()));
  }

  bool Runs() const { return PostfixRuns(postfix_.folder); }

  absl::Status TestAgain() {
    auto settings = ReadPostfixSettings(arguments_.folder);
    if (!settings.ok()) return settings.status();
    postfix_ = *std::move(settings);
    const std::string trouble =
        FirstFailure(TestPostfix(postfix_, arguments_.timeout).checks);
    if (trouble.empty()) return absl::OkStatus();
    return absl::UnavailableError(trouble);
  }

  // What stood there before the first change is what is put back; where
  // somebody has set it otherwise since then, that.
  void Remember(const PostfixChange& change) {
    for (PostfixChange& known : memory_.main_cf) {
      if (known.name != change.name) continue;
      if (change.old_value != known.new_value)
        known.old_value = change.old_value;
      known.new_value = change.new_value;
      return;
    }
    memory_.main_cf.push_back(change);
  }

  void Remember(const FileChange& change) {
    for (FileChange& known : memory_.files) {
      if (known.path != change.path) continue;
      if (change.old_text != known.new_text) known.old_text = change.old_text;
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

// Takes back what a memory lists, in the order in which mail never waits and is
// never without the DNSSEC that what is asked rests on: Postfix first stops
// asking danebound, or nothing is touched.
class Undo {
 public:
  explicit Undo(SetupMemory memory) : memory_(std::move(memory)) {}

  ExitCode Run() {
    const absl::Status stopped = StopAsking();
    if (!stopped.ok()) {
      Print("stops", stopped.message());
      return ExitCode::kNoVerdict;
    }
    RestoreRest();
    CloseSocket();
    bool resolv_conf = false;
    for (const FileChange& change : memory_.files) {
      resolv_conf |= PutBack(change) && change.path == kResolvConf;
    }
    // Its chroot has a copy.
    if (resolv_conf) Systemctl({"try-restart", "postfix"}).IgnoreError();
    return code_;
  }

 private:
  absl::Status StopAsking() {
    for (const PostfixChange& change : memory_.main_cf) {
      if (change.name == kPolicyMaps) UndoOne(change);
    }
    const auto settings = ReadPostfixSettings(memory_.folder);
    if (!settings.ok()) return settings.status();
    for (const PolicyMap& map : PolicyMapsOf(*settings)) {
      if (!map.is_danebounds) continue;
      return absl::FailedPreconditionError(absl::StrCat(
          "Postfix still asks ", map.text, ": take it out of ", kPolicyMaps,
          " (main.cf, and -o in master.cf), then say --undo "
          "again. Nothing else was touched"));
    }
    return Reload();
  }

  void RestoreRest() {
    for (const PostfixChange& change : memory_.main_cf) {
      if (change.name != kPolicyMaps) UndoOne(change);
    }
    const absl::Status reloaded = Reload();
    if (!reloaded.ok()) Fail("Postfix", reloaded);
  }

  // Clients that run already go by what they read when they started.
  absl::Status Reload() const { return ReloadPostfix(memory_.folder); }

  void UndoOne(const PostfixChange& change) {
    const auto stated = ReadStated(memory_.folder);
    if (!stated.ok()) return Fail(change.name, stated.status());
    switch (UndoingOf(change, *stated)) {
      case Undoing::kDone:
        return;
      case Undoing::kLeave:
        return Print("left", absl::StrCat(change.name, ": it was set since"));
      case Undoing::kRestore:
        break;
    }
    const absl::Status restored = Restore(memory_.folder, change);
    if (!restored.ok()) return Fail(change.name, restored);
    Print("undone", change.name);
  }

  void CloseSocket() {
    if (!memory_.socket) return;
    const absl::Status closed =
        Systemctl({"disable", "--now", kSocketUnit, kServiceUnit});
    if (!closed.ok()) return Fail(kSocketUnit, closed);
    Print("undone", kSocketUnit);
  }

  // Whether it was put back. What somebody has changed since is left alone.
  bool PutBack(const FileChange& change) {
    const absl::optional<std::string> stands = TextIfAny(change.path);
    if (stands == change.old_text) return false;
    if (stands != change.new_text) {
      Print("left", absl::StrCat(change.path, ": it was changed since"));
      return false;
    }
    absl::Status done;
    if (change.old_text.has_value()) {
      done = ReplaceFile(change.path, *change.old_text, 0644);
    } else if (unlink(change.path.c_str()) != 0) {
      done = absl::UnavailableError("it cannot be removed");
    }
    if (!done.ok()) {
      Fail(change.path, done);
      return false;
    }
    Print("undone", change.path);
    return true;
  }

  void Fail(absl::string_view what, const absl::Status& why) {
    Print("failed", absl::StrCat(what, ": ", why.message()));
    code_ = ExitCode::kUsage;
  }

  SetupMemory memory_;
  ExitCode code_ = ExitCode::kSuccess;
};

ExitCode RunUndo(const SetupArguments& arguments) {
  const absl::StatusOr<SetupMemory> memory = ReadSetupMemory(kMemory);
  if (absl::IsNotFound(memory.status())) {
    return Complain(absl::StrCat(memory.status().message(),
                                 ": nothing was set up that could be undone"));
  }
  if (!memory.ok()) return Complain(memory.status().message());
  std::cout << "To be undone: what " << kMemory << " lists\n";
  if (!IsWanted(arguments)) return ExitCode::kNoVerdict;
  const ExitCode code = Undo(*memory).Run();
  // Else it goes on from there the next time.
  if (code == ExitCode::kSuccess) unlink(kMemory);
  return code;
}

ExitCode RunSetup(const SetupArguments& arguments) {
  if (!arguments.check && geteuid() != 0) {
    return Complain(
        "setup changes the files of the system: run it as root, or with "
        "--check");
  }
  absl::StatusOr<Descriptor> lock;
  if (!arguments.check) lock = LockSetup(kMemory);
  if (!arguments.check && !lock.ok()) return Complain(lock.status().message());
  if (arguments.undo) return RunUndo(arguments);
  auto postfix = ReadPostfixSettings(arguments.folder);
  if (absl::IsNotFound(postfix.status())) {
    return Complain(absl::StrCat("there is no Postfix to set up (",
                                 postfix.status().message(), ")"));
  }
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
  CLI::App* postfix =
      AddSubcommand(*setup, "postfix",
                    "Put Postfix on it; each step is shown before it is done",
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
                    "Enforce nothing by default yet: set policy = \"audit\" in "
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
