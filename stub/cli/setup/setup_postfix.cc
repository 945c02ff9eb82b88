#include "stub/cli/setup/setup_postfix.h"

#include <unistd.h>

#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "stub/cli/self_test_command.h"
#include "stub/cli/setup/setup_host.h"
#include "stub/cli/setup/setup_memory.h"
#include "stub/mta/postfix.h"
#include "stub/mta/postfix_settings.h"
#include "stub/mta/postfix_setup.h"
#include "stub/mta/resolv_conf_writer.h"
#include "stub/mta/resolver_path.h"
#include "stub/serve/resolver/resolv_conf.h"
#include "stub/serve/settings.h"
#include "stub/system/printable.h"
#include "stub/system/replace_file.h"

namespace danebound {
namespace {

using Result = SelfTestCheck::Result;

constexpr const char* kPolicyMaps = "smtp_tls_policy_maps";

std::string QueueFile(const PostfixSettings& postfix, absl::string_view path) {
  return absl::StrCat(postfix.queue, path);
}

bool PostfixRuns(const std::string& folder) {
  return RunPostfix(folder, "postfix", {"status"}).ok();
}

// The steps, and what they share.
class PostfixSteps {
 public:
  PostfixSteps(const PostfixSetup& setup, PostfixSettings postfix,
               SetupMemory memory)
      : setup_(setup),
        postfix_(std::move(postfix)),
        memory_(std::move(memory)) {
    memory_.folder = postfix_.folder;
  }

  std::vector<Step> All() {
    return {{"resolver",
             [this] { return LookAtModule(setup_.resolver, setup_.timeout); }},
            {"resolv.conf", [this] { return LookAtResolvConf(setup_.timeout); },
             [this] { return WriteResolvConf(); }},
            {"serve.conf", [this] { return LookAtServeConf(setup_.audit); },
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
  absl::Status WriteResolvConf() {
    const auto old_text = TextIfAny(kResolvConf);
    const SetupMemory before = memory_;
    const absl::Status written =
        Write({kResolvConf, old_text, WithOwnResolver(old_text.value_or(""))});
    const std::string trouble = FirstFailure(
        CheckResolverPath(kResolvConf, TrustedResolvers(), setup_.timeout));
    if (!written.ok() || trouble.empty()) return written;
    const absl::Status restored =
        ReplaceFile(kResolvConf, old_text.value_or(""), 0644);
    if (!restored.ok()) return restored;
    memory_ = before;
    Save().IgnoreError();
    return absl::UnavailableError(absl::StrCat(trouble, ". It is as it was"));
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
    const SelfTestCheck check = CheckPolicyMap(map, setup_.timeout);
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
    return {Look::State::kToDo,
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
    const auto reply = AskPolicyMap(Map(), setup_.known, setup_.timeout);
    if (!reply.ok()) return Stops(std::string(reply.status().message()));
    const std::string said = absl::StrCat(setup_.known, ": ", *reply);
    if (absl::StartsWith(*reply, "OK dane-only") ||
        absl::StartsWith(*reply, "OK fingerprint")) {
      return Holds(said);
    }
    if (IsAudit(ReadServe().value_or(ServeSettings()))) {
      return Holds(absl::StrCat(said, ", for the policy is audit"));
    }
    return Stops(absl::StrCat(said, ". dane-only is wanted: danebound lookup ",
                              setup_.known,
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
    return {Look::State::kToDo, text, {"systemctl try-restart postfix"}};
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
    Look look{Look::State::kToDo,
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
        FirstFailure(TestPostfix(*settings, setup_.timeout).checks),
        {{trial->folder(), postfix_.folder}});
  }

  absl::Status WriteMainCf() {
    const auto changes = Changes();
    if (!changes.ok()) return changes.status();
    const SetupMemory before = memory_;
    for (const PostfixChange& change : *changes) Remember(memory_, change);
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
    auto settings = ReadPostfixSettings(setup_.folder);
    if (!settings.ok()) return settings.status();
    postfix_ = *std::move(settings);
    const std::string trouble =
        FirstFailure(TestPostfix(postfix_, setup_.timeout).checks);
    if (trouble.empty()) return absl::OkStatus();
    return absl::UnavailableError(trouble);
  }

  absl::Status Write(const FileChange& change) {
    Remember(memory_, change);
    const absl::Status saved = Save();
    if (!saved.ok()) return saved;
    return ReplaceFile(change.path, change.new_text, 0644);
  }

  absl::Status Save() const { return SaveSetupMemory(kSetupMemory, memory_); }

  const PostfixSetup& setup_;
  PostfixSettings postfix_;
  SetupMemory memory_;
};

// The memory of an earlier run, or an empty one; one that cannot be read is
// none where nothing is going to be changed.
//
//   errors  those of ReadSetupMemory; FailedPrecondition  it is another
//           Postfix's.
absl::StatusOr<SetupMemory> MemoryFor(const PostfixSettings& postfix,
                                      Consent consent) {
  absl::StatusOr<SetupMemory> memory = ReadSetupMemory(kSetupMemory);
  const bool is_needed =
      consent != Consent::kNever && !absl::IsNotFound(memory.status());
  if (!memory.ok() && is_needed) return memory.status();
  if (!memory.ok()) return SetupMemory();
  if (memory->folder.empty() || memory->folder == postfix.folder) return memory;
  return absl::FailedPreconditionError(
      absl::StrCat("the Postfix of ", memory->folder,
                   " was set up here, and --undo knows but one: "
                   "set this one up by hand (docs/mta/postfix.md)"));
}
}  // namespace

ExitCode SetUpPostfix(const PostfixSetup& setup, Consent consent) {
  auto postfix = ReadPostfixSettings(setup.folder);
  if (absl::IsNotFound(postfix.status())) {
    return Complain(absl::StrCat("there is no Postfix to set up (",
                                 postfix.status().message(), ")"));
  }
  if (!postfix.ok()) return Complain(postfix.status().message());
  auto memory = MemoryFor(*postfix, consent);
  if (!memory.ok()) return Complain(memory.status().message());
  std::cout << Printable(absl::StrCat("Postfix ", postfix->version, ", ",
                                      postfix->folder))
            << "\n";
  PostfixSteps steps(setup, *std::move(postfix), *std::move(memory));
  return RunSteps(steps.All(), consent);
}

absl::Status ReloadPostfix(const std::string& folder) {
  if (!PostfixRuns(folder)) return absl::OkStatus();
  const auto reloaded = RunPostfix(folder, "postfix", {"reload"});
  if (reloaded.ok()) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("Postfix does not reload: ", reloaded.status().message()));
}

}  // namespace danebound
