// The calls out of Unbound (unbound.h), and the generation that they are for,
// which lives from init to deinit. Nothing thrown gets past this file.
#include <sys/resource.h>

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "module/anchors.h"
#include "module/build_id.h"
#include "module/clock.h"
#include "module/prefetch_policy.h"
#include "module/read_message.h"
#include "module/safe_version.h"
#include "module/service.h"
#include "module/unbound.h"
#include "module/unbound_mesh.h"
#include "module/worker.h"
#include "stub/system/module_settings.h"

namespace danebound {
namespace {

// Allocates nothing: it also says that there is no memory.
void WriteLog(LogLevel most, LogLevel level, absl::string_view text) {
  if (level > most) return;
  std::array<char, 1024> line;
  const size_t size = text.copy(line.data(), line.size() - 1);
  line[size] = '\0';
  unbound_log(static_cast<unbound_log_level>(level), line.data());
}

void WriteError(absl::string_view text) {
  WriteLog(LogLevel::kError, LogLevel::kError, text);
}

// The only thing that outlives a generation: settings that were good.
struct LastGood {
  absl::optional<ModuleSettings> settings;
  bool is_of_file = false;  // else they are the defaults
};

LastGood& LastGoodSettings() {
  static auto* const last_good = new LastGood();
  return *last_good;
}

// The settings of a generation, and what to say of them.
struct Chosen {
  ModuleSettings settings;
  SelfTestCheck check;
  absl::optional<ErrorReply> out_of_service;
};

Chosen ChooseSettings() {
  const ModuleSettingsPath path = FindModuleSettings();
  Chosen chosen;
  chosen.check.name = "settings";
  const absl::Status status = ReadModuleSettings(path.path, &chosen.settings);
  LastGood& last_good = LastGoodSettings();
  for (const std::string& note : chosen.settings.notes) {
    WriteLog(LogLevel::kWarning, LogLevel::kWarning, note);
  }
  // A file that was there and is not is a mishap: no reload goes by it.
  const bool are_defaults =
      absl::IsNotFound(status) && path.is_default && !last_good.is_of_file;
  if (status.ok() || are_defaults) {
    last_good = {chosen.settings, status.ok()};
    chosen.check.result = SelfTestCheck::Result::kPassed;
    chosen.check.text =
        are_defaults ? absl::StrCat(status.message(), ": the defaults hold")
                     : path.path;
    return chosen;
  }
  const std::string error =
      absl::StrReplaceAll(status.message(), {{"\n", "; "}});
  chosen.check.text = error;
  if (last_good.settings.has_value()) {
    chosen.settings = *last_good.settings;
    chosen.check.result = SelfTestCheck::Result::kWarning;
    WriteError(
        absl::StrCat("bad settings, going on with the old ones: ", error));
    return chosen;
  }
  chosen.out_of_service =
      ErrorReply{ErrorCode::kSettings,
                 absl::StrCat("the module's settings are bad: ", error)};
  WriteError(absl::StrCat(
      "bad settings, the verdict service is down, DNS goes on: ", error));
  return chosen;
}

// Descriptors that Unbound leaves at its busiest; 0 where there is no limit.
size_t SpareDescriptors(size_t needed) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
      limit.rlim_cur == RLIM_INFINITY) {
    return 0;
  }
  const size_t most = limit.rlim_cur;
  return most > needed ? most - needed : 1;
}

class Module {
 public:
  // `start` is null in an Unbound that the module was not built for.
  explicit Module(const unbound_start* start)
      : Module(ChooseSettings(), start) {}

  Worker* MakePost(unbound_worker* handle) {
    Worker::Options options;
    options.clock = &clock_;
    options.mesh_share = settings_.mesh_share;
    options.microseconds = &BootMicroseconds;
    options.send = [this](Report report) {
      service_.OnReport(std::move(report));
    };
    auto worker = std::make_unique<Worker>(
        std::make_unique<UnboundMesh>(handle, anchors_), std::move(options));
    if (worker->fd() < 0) return nullptr;
    const std::lock_guard<std::mutex> lock(mutex_);
    workers_.push_back(std::move(worker));
    return workers_.back().get();
  }

  void OpenPost(Worker* worker) { service_.OnWorker(worker); }

  void DropPost(const Worker* worker) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (auto it = workers_.begin(); it != workers_.end(); ++it) {
      if (it->get() != worker) continue;
      workers_.erase(it);
      return;
    }
  }

  size_t memory() const { return service_.memory(); }

  bool wants_mx() const { return settings_.prefetch; }

  void OnMx(const uint8_t* name, size_t size, int64_t ttl) {
    if (ttl < PrefetchPolicy::kLeastMxTtl) return;
    absl::StatusOr<Name> parsed =
        Name::ParseWire({reinterpret_cast<const char*>(name), size});
    if (parsed.ok()) service_.OnMx(*std::move(parsed));
  }

 private:
  Module(const Chosen& chosen, const unbound_start* start)
      : settings_(chosen.settings),
        anchors_(start == nullptr ? NamedAnchors()
                                  : ReadAnchorsOf(start->configuration)),
        clock_(ReadClocks()),
        service_(MakeOptions(chosen, start), &clock_) {
    const absl::Status started = service_.Start();
    if (!started.ok()) {
      WriteError(absl::StrCat("the verdict service is down, DNS goes on: ",
                              started.message()));
    }
  }

  static Service::Options MakeOptions(const Chosen& chosen,
                                      const unbound_start* start) {
    Service::Options options;
    options.settings = chosen.settings;
    options.log = [most = chosen.settings.log_level](LogLevel level,
                                                     absl::string_view text) {
      WriteLog(most, level, text);
    };
    Standing& standing = options.standing;
    standing.out_of_service = chosen.out_of_service;
    standing.server = absl::StrCat("danebound-module ", DANEBOUND_VERSION);
    standing.settings = chosen.check;
    if (start == nullptr) {
      SayWrongUnbound(&standing);
      return options;
    }
    LookAtRelease(options.log, &standing);
    options.spare_descriptors = SpareDescriptors(start->needed_descriptors);
    options.other_ports = {start->control_port, start->tls_port,
                           start->https_port};
    return options;
  }

  static void LookAtRelease(
      const std::function<void(LogLevel, absl::string_view)>& log,
      Standing* standing) {
    const UnboundBuild build = {unbound_version(), DANEBOUND_UNBOUND_PACKAGE};
    standing->resolver = NameUnbound(build);
    standing->resolver_check = CheckRelease(build);
    if (standing->resolver_check.result == SelfTestCheck::Result::kWarning) {
      log(LogLevel::kWarning, standing->resolver_check.text);
    }
  }

  static void SayWrongUnbound(Standing* standing) {
    const std::string text = absl::StrCat(
        "the module was built for the Unbound ", unbound_version(),
        " with the build id ", ExpectedBuildId(), ", this program has ",
        RunningBuildId(), ": install the module that belongs to this Unbound");
    standing->resolver = "another Unbound";
    standing->resolver_check.name = "resolver";
    standing->resolver_check.text = text;
    standing->out_of_service = ErrorReply{ErrorCode::kWrongUnbound, text};
    WriteError(absl::StrCat("no verdicts, DNS goes on: ", text));
  }

  const ModuleSettings settings_;
  const NamedAnchors anchors_;  // as they were when the resolver read them
  Clock clock_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Worker>> workers_;
  // Last: its thread is joined before the workers go.
  Service service_;
};

// Runs one call out of Unbound. What is thrown (out of memory) ends here.
template <typename Result, typename Call>
Result Guarded(Result otherwise, const Call& call) noexcept {
  try {
    return call();
  } catch (...) {
    return otherwise;
  }
}

template <typename Call>
void Guarded(const Call& call) noexcept {
  Guarded(0, [&call] {
    call();
    return 0;
  });
}

}  // namespace
}  // namespace danebound

using danebound::Guarded;
using danebound::MeshJob;
using danebound::Module;
using danebound::Worker;

int danebound_is_right_unbound(void) {
  return danebound::IsExpectedBuild() ? 1 : 0;
}

void* danebound_open(const unbound_start* start) {
  void* const module =
      Guarded<void*>(nullptr, [start] { return new Module(start); });
  if (module == nullptr) {
    danebound::WriteError(
        "out of memory: the verdict service is down until the next reload, DNS "
        "goes on");
  }
  return module;
}

void danebound_close(void* module) {
  Guarded([module] { delete static_cast<Module*>(module); });
}

void* danebound_make_post(void* module, unbound_worker* worker, int* fd) {
  return Guarded<void*>(nullptr, [=]() -> void* {
    Worker* const made = static_cast<Module*>(module)->MakePost(worker);
    if (made != nullptr) *fd = made->fd();
    return made;
  });
}

int danebound_open_post(void* module, void* post) {
  return Guarded(0, [=] {
    static_cast<Module*>(module)->OpenPost(static_cast<Worker*>(post));
    return 1;
  });
}

void danebound_drop_post(void* module, void* post) {
  Guarded([=] {
    static_cast<Module*>(module)->DropPost(static_cast<Worker*>(post));
  });
}

void danebound_on_mail(void* post) {
  Guarded([post] { static_cast<Worker*>(post)->OnMail(); });
}

void danebound_on_states(void* post) { static_cast<Worker*>(post)->OnStates(); }

int danebound_on_configuration(void* post) {
  return Guarded(0, [post] {
    static_cast<Worker*>(post)->OnConfiguration();
    return 1;
  });
}

int danebound_on_leniency(void* post) {
  return Guarded(0, [post] {
    static_cast<Worker*>(post)->OnLeniency();
    return 1;
  });
}

int danebound_on_start(void* job, unbound_lookup* lookup) {
  return Guarded(
      0, [=] { return static_cast<MeshJob*>(job)->OnStart(lookup) ? 1 : 0; });
}

void danebound_on_answer(void* job, const unbound_result* result) {
  auto* const running = static_cast<MeshJob*>(job);
  const bool is_done = Guarded(false, [=] {
    const absl::optional<danebound::JobQuestion> question =
        danebound::ReadQuestion(result);
    if (question.has_value()) {
      running->OnAnswer(*question, danebound::ReadMessage(result));
    }
    return true;
  });
  if (!is_done) running->OnBroken();
}

int danebound_on_step(void* job) {
  return Guarded(
      0, [job] { return static_cast<MeshJob*>(job)->OnStep() ? 1 : 0; });
}

void danebound_on_end(void* job) {
  Guarded([job] { static_cast<MeshJob*>(job)->OnEnd(); });
}

size_t danebound_memory(void* module) {
  return static_cast<Module*>(module)->memory();
}

int danebound_wants_mx(void* module) {
  return static_cast<Module*>(module)->wants_mx() ? 1 : 0;
}

void danebound_on_mx(void* module, const uint8_t* name, size_t size,
                     int64_t ttl) {
  Guarded([=] { static_cast<Module*>(module)->OnMx(name, size, ttl); });
}
