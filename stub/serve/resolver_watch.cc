#include "stub/serve/resolver_watch.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr seconds kTurn(3);
constexpr seconds kQuestionPause(120);  // while all is good

constexpr absl::string_view kSystemFile = "/etc/resolv.conf";

}  // namespace

absl::string_view ToText(ResolverState state) {
  switch (state) {
    case ResolverState::kUnseen:
      return "unseen";
    case ResolverState::kUnknown:
      return "unknown";
    case ResolverState::kGood:
      return "good";
    case ResolverState::kBad:
      return "bad";
    case ResolverState::kOff:
      return "off";
  }
  return "unseen";
}

ResolverWatch::ResolverWatch(event_base* base, Report report,
                             ResolvConfPaths paths)
    : base_(base),
      report_(std::move(report)),
      paths_(std::move(paths)),
      fault_("nobody has looked yet"),
      next_turn_(base, [this] { Turn(); }) {}

void ResolverWatch::Watch(const ServeSettings& settings) {
  setting_ = settings.mta_resolv_conf;
  trusted_ = settings.mta_trusted_resolvers;
  if (setting_ == kMtaResolvConfOff) {
    next_turn_.Silence();
    EndQuestions();
    name_servers_.clear();
    NoticeStale(false);
    return SetState(ResolverState::kOff, {});
  }
  next_question_ = Clock::now();
  Turn();
}

void ResolverWatch::Turn() {
  next_turn_.RingIn(kTurn);
  Files files = ReadFiles();
  NoticeStale(files.stale);
  if (!files.faults.empty()) {
    EndQuestions();
    name_servers_.clear();  // once the file is mended all begins anew
    return SetState(ResolverState::kBad, files.faults.front());
  }
  if (files.name_servers != name_servers_) {
    EndQuestions();
    name_servers_ = std::move(files.name_servers);
    state_ = ResolverState::kUnseen;
    fault_ = "the name servers were not asked yet";
    return AskAll();
  }
  if (open_ > 0) return;
  if (state_ != ResolverState::kGood || Clock::now() >= next_question_) {
    AskAll();
  }
}

ResolverWatch::Files ResolverWatch::ReadFiles() const {
  Files files;
  absl::StatusOr<std::string> system = ReadResolvConf(paths_.system);
  // The libc asks this machine then.
  if (absl::IsNotFound(system.status())) system = "";
  const bool by_itself = setting_ == kMtaResolvConfAuto;
  if (by_itself) Add(paths_.system, system, &files);
  const std::string& other = by_itself ? paths_.chroot : setting_;
  const absl::StatusOr<std::string> text = ReadResolvConf(other);
  if (by_itself && absl::IsNotFound(text.status())) return files;
  Add(other, text, &files);
  files.stale = absl::EndsWith(other, kSystemFile) && other != paths_.system &&
                text.ok() && system.ok() &&
                ParseResolvConf(*text) != ParseResolvConf(*system);
  return files;
}

void ResolverWatch::Add(const std::string& file,
                        const absl::StatusOr<std::string>& text,
                        Files* files) const {
  if (!text.ok()) {
    files->faults.push_back({file, "", std::string(text.status().message())});
    return;
  }
  for (const std::string& address : ParseResolvConf(*text).nameservers) {
    files->name_servers.push_back({file, address});
    if (IsLoopback(address) || IsTrusted(address)) continue;
    files->faults.push_back(
        {file, address,
         "it is not on this machine, nor trusted by the settings"});
  }
}

bool ResolverWatch::IsTrusted(const std::string& address) const {
  return std::find(trusted_.begin(), trusted_.end(), address) != trusted_.end();
}

void ResolverWatch::NoticeStale(bool stale) {
  if (stale == stale_) return;
  stale_ = stale;
  const bool by_itself = setting_ == kMtaResolvConfAuto;
  report_(stale ? "resolv-conf-stale" : "resolv-conf-equal",
          {{"file", by_itself ? paths_.chroot : setting_},
           {"system", paths_.system}});
}

void ResolverWatch::AskAll() {
  EndQuestions();
  next_question_ = Clock::now() + kQuestionPause;
  open_ = name_servers_.size();
  for (const NameServer& server : name_servers_) {
    probes_.push_back(std::make_unique<ValidationProbe>(
        base_, server.address,
        [this, server](Validation shown, const std::string& why) {
          OnShown(server, shown, why);
        }));
  }
}

void ResolverWatch::EndQuestions() {
  probes_.clear();
  open_ = 0;
  not_secure_.clear();
  not_shown_.clear();
}

void ResolverWatch::OnShown(const NameServer& server, Validation shown,
                            const std::string& why) {
  switch (shown) {
    case Validation::kSecure:
      break;
    case Validation::kNotSecure:
      not_secure_.push_back({server.file, server.address,
                             "it answers without AD, it does not validate"});
      break;
    case Validation::kNotShown:
      not_shown_.push_back({server.file, server.address, why});
      break;
  }
  --open_;
  if (open_ == 0) Conclude();
}

// A question without an answer leaves all as it was: nothing was learned.
void ResolverWatch::Conclude() {
  if (!not_secure_.empty()) {
    SetState(ResolverState::kBad, not_secure_.front());
  } else if (not_shown_.empty()) {
    SetState(ResolverState::kGood, {});
  } else if (state_ == ResolverState::kUnseen) {
    SetState(ResolverState::kUnknown, not_shown_.front());
  }
}

std::string ResolverWatch::TextOf(const Fault& fault) {
  return fault.address.empty()
             ? fault.text
             : absl::StrCat(fault.file, ", ", fault.address, ": ", fault.text);
}

void ResolverWatch::SetState(ResolverState state, const Fault& fault) {
  state_ = state;
  fault_ = state == ResolverState::kBad ? TextOf(fault) : "";
  LogFields fields = {{"state", std::string(ToText(state))}};
  if (!fault.file.empty()) fields.emplace_back("file", fault.file);
  if (!fault.address.empty()) fields.emplace_back("nameserver", fault.address);
  if (!fault.text.empty()) fields.emplace_back("error", fault.text);
  if (fields == reported_) return;
  report_("mta-resolver", fields);
  reported_ = std::move(fields);
}

}  // namespace danebound
