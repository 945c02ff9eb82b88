#include "stub/cli/setup/setup_undo.h"

#include <unistd.h>

#include <iostream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/cli/setup/setup_host.h"
#include "stub/cli/setup/setup_memory.h"
#include "stub/cli/setup/setup_postfix.h"
#include "stub/mta/postfix.h"
#include "stub/mta/postfix_settings.h"
#include "stub/mta/postfix_setup.h"
#include "stub/system/replace_file.h"

namespace danebound {
namespace {

constexpr const char* kPolicyMaps = "smtp_tls_policy_maps";

// Takes it back, step by step.
class Undo {
 public:
  explicit Undo(SetupMemory memory) : memory_(std::move(memory)) {}

  ExitCode Run() {
    const absl::Status stopped = StopAsking();
    if (!stopped.ok()) {
      PrintStep("stops", stopped.message());
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
        return PrintStep("left",
                         absl::StrCat(change.name, ": it was set since"));
      case Undoing::kRestore:
        break;
    }
    const absl::Status restored = Restore(memory_.folder, change);
    if (!restored.ok()) return Fail(change.name, restored);
    PrintStep("undone", change.name);
  }

  void CloseSocket() {
    if (!memory_.socket) return;
    const absl::Status closed =
        Systemctl({"disable", "--now", kSocketUnit, kServiceUnit});
    if (!closed.ok()) return Fail(kSocketUnit, closed);
    PrintStep("undone", kSocketUnit);
  }

  // Whether it was put back. What somebody has changed since is left alone.
  bool PutBack(const FileChange& change) {
    const absl::optional<std::string> stands = TextIfAny(change.path);
    if (stands == change.old_text) return false;
    if (stands != change.new_text) {
      PrintStep("left", absl::StrCat(change.path, ": it was changed since"));
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
    PrintStep("undone", change.path);
    return true;
  }

  void Fail(absl::string_view what, const absl::Status& why) {
    PrintStep("failed", absl::StrCat(what, ": ", why.message()));
    code_ = ExitCode::kUsage;
  }

  SetupMemory memory_;
  ExitCode code_ = ExitCode::kSuccess;
};

}  // namespace

ExitCode UndoSetup(Consent consent) {
  const absl::StatusOr<SetupMemory> memory = ReadSetupMemory(kSetupMemory);
  if (absl::IsNotFound(memory.status())) {
    return Complain(absl::StrCat(memory.status().message(),
                                 ": nothing was set up that could be undone"));
  }
  if (!memory.ok()) return Complain(memory.status().message());
  std::cout << "To be undone: what " << kSetupMemory << " lists\n";
  if (!IsWanted(consent)) return ExitCode::kNoVerdict;
  const ExitCode code = Undo(*memory).Run();
  // Else it goes on from there the next time.
  if (code == ExitCode::kSuccess) unlink(kSetupMemory);
  return code;
}

}  // namespace danebound
