#include "stub/serve/resolver/resolver_watch.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

// How often the files are read, and where a name server has not shown AD, all
// are asked.
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
    shown_.clear();
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
    Forget();
    state_ = ResolverState::kUnseen;
    fault_ = "the name servers were not asked yet";
    return AskAll();
  }
  if (open_ > 0) return;
  if (!AllSecure() || Clock::now() >= next_question_) AskAll();
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
    std::string why = WhyNotToRestOn(address, trusted_);
    if (!why.empty()) {
      files->faults.push_back({file, address, std::move(why)});
    }
  }
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
  why_.clear();
}

void ResolverWatch::OnShown(const NameServer& server, Validation shown,
                            const std::string& why) {
  const std::string address = CanonicalAddress(server.address);
  if (shown == Validation::kNotShown) {
    why_[address] = why;
  } else {
    shown_[address] = shown;
  }
  --open_;
  if (open_ == 0) Conclude();
}

// What is no longer named.
void ResolverWatch::Forget() {
  std::map<std::string, Validation> kept;
  for (const NameServer& server : name_servers_) {
    const auto shown = shown_.find(CanonicalAddress(server.address));
    if (shown != shown_.end()) kept.insert(*shown);
  }
  shown_ = std::move(kept);
}

bool ResolverWatch::AllSecure() const {
  return std::all_of(
      name_servers_.begin(), name_servers_.end(),
      [this](const NameServer& server) {
        const auto shown = shown_.find(CanonicalAddress(server.address));
        return shown != shown_.end() && shown->second == Validation::kSecure;
      });
}

void ResolverWatch::Conclude() {
  bool secure = false;
  for (const NameServer& server : name_servers_) {
    const auto shown = shown_.find(CanonicalAddress(server.address));
    if (shown == shown_.end()) continue;
    if (shown->second == Validation::kNotSecure) {
      return SetState(ResolverState::kBad,
                      {server.file, server.address,
                       "it answers without AD, it does not validate"});
    }
    secure = true;
  }
  if (secure) return SetState(ResolverState::kGood, {});
  const NameServer& first = name_servers_.front();
  SetState(ResolverState::kUnknown,
           {first.file, first.address, why_[CanonicalAddress(first.address)]});
}

std::string ResolverWatch::TextOf(const Fault& fault) const {
  if (fault.address.empty()) return fault.text;
  return absl::StrCat(state_ == ResolverState::kUnknown
                          ? "no name server has shown that it validates: "
                          : "",
                      fault.file, ", ", fault.address, ": ", fault.text);
}

// What else may be done where the fault is in the chroot's copy.
std::string ResolverWatch::HintFor(const std::string& file) const {
  if (setting_ != kMtaResolvConfAuto || file != paths_.chroot) return "";
  return absl::StrCat(
      ". That is the copy in Postfix's chroot: mend ", paths_.system,
      " and restart Postfix, which copies it; where Postfix runs without the "
      "chroot, set mta_resolv_conf = \"",
      paths_.system, "\"");
}

void ResolverWatch::SetState(ResolverState state, Fault fault) {
  state_ = state;
  fault.text += HintFor(fault.file);
  const bool holds =
      state == ResolverState::kBad || state == ResolverState::kUnknown;
  fault_ = holds ? TextOf(fault) : "";
  LogFields fields = {{"state", std::string(ToText(state))}};
  if (!fault.file.empty()) fields.emplace_back("file", fault.file);
  if (!fault.address.empty()) fields.emplace_back("nameserver", fault.address);
  if (!fault.text.empty()) fields.emplace_back("error", fault.text);
  if (fields == reported_) return;
  report_("mta-resolver", fields);
  reported_ = std::move(fields);
}

}  // namespace danebound
