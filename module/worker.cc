#include "module/worker.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace danebound {
namespace {

constexpr absl::string_view kGreedyText =
    "the lookup took more of the resolver than one may have (mesh_share)";
constexpr absl::string_view kNoRoomText =
    "no room for what nobody waits for (mesh_share)";
constexpr absl::string_view kLeftText = "nobody waits for it any more";

}  // namespace

// One job and its place in the mesh, where it has one.
class Worker::Running : public MeshJob {
 public:
  Running(Worker* worker, Lane lane, std::unique_ptr<Job> job)
      : worker_(worker), job_(std::move(job)), lane_(lane) {}

  bool OnStart(unbound_lookup* lookup) override {
    lookup_ = lookup;
    return OnStep();
  }

  void OnAnswer(const JobQuestion& question,
                const ResolverMessage& message) override;
  bool OnStep() override;
  void OnEnd() override;
  void OnBroken() noexcept override { is_broken_ = true; }

  // Ends the job with what it knows, and sends the report.
  void GiveUp(absl::string_view why) {
    job_->GiveUp(why, worker_->options_.clock->Now());
    SendFinish();
  }
  void SendSnapshot(absl::string_view why) {
    worker_->options_.send(job_->Snapshot(why, worker_->options_.clock->Now()));
  }
  // Leaves the mesh; what was open is asked again when it comes back.
  void LeaveMesh();

  Job* job() { return job_.get(); }
  unbound_lookup* lookup() const { return lookup_; }
  bool is_running() const { return lookup_ != nullptr; }
  size_t open() const { return open_.size(); }
  Lane lane() const { return lane_; }
  void set_lane(Lane lane) { lane_ = lane; }
  bool is_slow() const { return is_slow_; }
  void set_slow() { is_slow_ = true; }
  // It could ask more if there were room.
  bool is_wanting() const { return !is_running() || !pending_.empty(); }
  // It began, in the mesh, at that time; and got its last answer, or came back.
  int64_t began_ms() const { return began_ms_; }
  int64_t moved_ms() const { return moved_ms_; }
  void OnBegin(int64_t now_ms) {
    if (began_ms_ == 0) began_ms_ = now_ms;
    moved_ms_ = now_ms;
  }
  // Counts how often it had to leave the mesh for the states below it.
  int CountTrim() { return ++trims_; }
  bool is_reported() const { return is_reported_; }

 private:
  void Ask();
  bool AskNext(size_t* allowance);
  void SendFinish();
  int64_t LeewayOf(const JobQuestion& question) const;

  Worker* worker_;
  std::unique_ptr<Job> job_;
  Lane lane_;
  unbound_lookup* lookup_ = nullptr;
  std::deque<JobQuestion> pending_;   // came up, not in the mesh
  std::set<JobQuestion> open_;        // in the mesh
  std::set<JobQuestion> past_cache_;  // the cache had only what had ended
  int64_t began_ms_ = 0;
  int64_t moved_ms_ = 0;
  size_t asked_ = 0;
  int trims_ = 0;
  bool is_slow_ = false;
  bool is_leaving_ = false;
  bool is_reported_ = false;
  bool is_broken_ = false;
};

// --- a job in the mesh ---

// What the cache had kept beyond its life is no answer: the question goes past
// the cache, once.
void Worker::Running::OnAnswer(const JobQuestion& question,
                               const ResolverMessage& message) {
  if (open_.erase(question) == 0) return;
  moved_ms_ = worker_->NowMs();
  if (message.is_expired && past_cache_.insert(question).second) {
    pending_.push_front(question);
    return;
  }
  job_->OnAnswer(
      question, message, worker_->options_.clock->Now(),
      [this](const Name& name) { return worker_->mesh_->IsBelowAnchor(name); });
}

bool Worker::Running::OnStep() {
  if (is_broken_) return false;
  Ask();
  if (!job_->done() && open_.empty() && lane_ != Lane::kAsked) {
    GiveUp(kNoRoomText);
    return false;
  }
  if (!job_->done()) return true;
  SendFinish();
  return false;
}

void Worker::Running::Ask() {
  size_t allowance = worker_->RoomFor(*this);
  do {
    for (JobQuestion& question : job_->TakeQuestions()) {
      pending_.push_back(std::move(question));
    }
  } while (AskNext(&allowance));
}

// Says whether a question was asked, or could not be.
bool Worker::Running::AskNext(size_t* allowance) {
  const size_t at_once = lane_ == Lane::kRenewal
                             ? std::min(kRenewalAtOnce, job_->most_at_once())
                             : job_->most_at_once();
  if (pending_.empty() || *allowance == 0 || open_.size() >= at_once) {
    return false;
  }
  const JobQuestion question = std::move(pending_.front());
  pending_.pop_front();
  --*allowance;
  ++asked_;
  open_.insert(question);
  if (!worker_->mesh_->Ask(lookup_, question, LeewayOf(question))) {
    open_.erase(question);
    job_->OnUnasked(question, worker_->options_.clock->Now());
  }
  return true;
}

// Where the wall clock was set back, what lies in the resolver's cache lives
// too long by the step.
int64_t Worker::Running::LeewayOf(const JobQuestion& question) const {
  const int64_t step = worker_->options_.clock->StepBack();
  return std::max({job_->leeway(),
                   past_cache_.contains(question) ? int64_t{1} : int64_t{0},
                   step > 0 ? step + 1 : int64_t{0}});
}

// A mode switched on meanwhile may have hidden a failed validation.
void Worker::Running::SendFinish() {
  Report report = job_->Finish();
  const Validation validation = worker_->mesh_->Look();
  if (report.facts != nullptr && !validation.is_trusted()) {
    report = Report();
    report.job = job_->id();
    report.outcome = Outcome::kNotValidating;
    report.text = WhyNotTrusted(validation);
  }
  report.questions = asked_;
  is_reported_ = true;
  worker_->options_.send(std::move(report));
}

void Worker::Running::LeaveMesh() {
  if (lookup_ == nullptr) return;
  is_leaving_ = true;
  worker_->mesh_->End(lookup_);
  is_leaving_ = false;
  pending_.insert(pending_.begin(), open_.begin(), open_.end());
  open_.clear();
}

void Worker::Running::OnEnd() {
  lookup_ = nullptr;
  if (!is_leaving_) worker_->Lose(*this);
}

// --- mail ---

Worker::Worker(std::unique_ptr<Mesh> mesh, Options options)
    : mesh_(std::move(mesh)),
      options_(std::move(options)),
      budget_(options_.mesh_share),
      fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  Publish();
}

Worker::~Worker() {
  if (fd_ >= 0) close(fd_);
}

// Fails only where the counter is full, and the worker then wakes anyway.
void Worker::Ring() noexcept { eventfd_write(fd_, 1); }

void Worker::Post(Mail mail) {
  const auto* start = std::get_if<StartMail>(&mail);
  std::atomic<size_t>* const posted = start == nullptr ? nullptr
                                      : start->lane == Lane::kAsked
                                          ? &posted_
                                          : &posted_unasked_;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    box_.push_back(std::move(mail));
    if (posted != nullptr) ++*posted;
  }
  Ring();
}

absl::optional<Mail> Worker::TakeMail() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (box_.empty()) return absl::nullopt;
  Mail mail = std::move(box_.front());
  box_.pop_front();
  return mail;
}

bool Worker::IsTurnOver() const {
  return options_.microseconds() - turn_began_ >= kTurnMicroseconds;
}

// Mail that is left over waits until the resolver's clients have had their
// turn.
void Worker::OnMail() {
  eventfd_t count = 0;
  eventfd_read(fd_, &count);
  is_rung_ = false;
  turn_began_ = options_.microseconds();
  while (absl::optional<Mail> mail = TakeMail()) {
    std::visit([this](auto& letter) { Open(letter); }, *mail);
    if (IsTurnOver()) {
      Ring();
      break;
    }
  }
  Settle();
}

// Ended states free room, new ones may exceed it; both are seen to outside of
// the mesh.
void Worker::OnStates() noexcept {
  if (is_rung_) return;
  is_rung_ = true;
  Ring();
}

void Worker::Open(StartMail& mail) {
  --(mail.lane == Lane::kAsked ? posted_ : posted_unasked_);
  const uint64_t id = mail.job->id();
  auto& run = runs_[id];
  run = std::make_unique<Running>(this, mail.lane, std::move(mail.job));
  Begin(*run);
}

void Worker::Open(SnapshotMail& mail) {
  const auto run = runs_.find(mail.job);
  if (run != runs_.end()) run->second->SendSnapshot(mail.why);
}

void Worker::Open(EndMail& mail) {
  const auto run = runs_.find(mail.job);
  if (run != runs_.end()) {
    run->second->GiveUp(mail.why);
    Forget(mail.job);
    return;
  }
  // It has reported already, or was lost.
  Report report;
  report.job = mail.job;
  report.outcome = Outcome::kDropped;
  options_.send(std::move(report));
}

void Worker::Open(LeaveMail& mail) {
  const auto found = runs_.find(mail.job);
  if (found == runs_.end()) return;
  Running& run = *found->second;
  const size_t weight =
      run.is_running()
          ? Budget::Weight({mesh_->StatesOf(run.lookup()), 1, run.open()})
          : Budget::kLeastLookup;
  if (weight > budget_.RoomOfUnasked(mesh_->Use())) {
    run.GiveUp(kLeftText);
    Forget(mail.job);
    return;
  }
  run.set_lane(Lane::kPrefetch);
  std::erase(fast_, mail.job);
  std::erase(slow_, mail.job);
  if (run.is_running()) {
    mesh_->ChangeLane(run.lookup(), Lane::kPrefetch);
  } else if (!Start(run)) {
    Refuse(run, Outcome::kNotStarted, "");
  }
}

void Worker::Open(LookMail&) { OnLeniency(); }

void Worker::Open(RoomMail&) {
  is_room_wanted_ = true;
  TakeTurns();
  MakeWay();
}

void Worker::Open(TickMail&) {
  TakeTurns();
  if (CountWanting() > 0) MakeWay();
}

void Worker::OnLeniency() {
  Report report;
  report.outcome = Outcome::kLooked;
  report.text = WhyNotTrusted(mesh_->Look());
  options_.send(std::move(report));
}

void Worker::OnConfiguration() {
  Report report;
  report.outcome = Outcome::kReconfigured;
  options_.send(std::move(report));
}

// --- beginning and ending ---

void Worker::Begin(Running& run) {
  const Validation validation = mesh_->Look();
  if (auto* probe = dynamic_cast<ProbeJob*>(run.job())) {
    const absl::optional<Name> anchor = mesh_->FirstAnchor();
    probe->Aim(validation, anchor.value_or(Name()));
    if (!validation.has_validator || !anchor.has_value()) {
      run.GiveUp(WhyNotTrusted(validation));
      Forget(run.job()->id());
      return;
    }
  } else if (!validation.is_trusted()) {
    Refuse(run, Outcome::kNotValidating, WhyNotTrusted(validation));
    return;
  }
  if (run.lane() == Lane::kAsked) {
    fast_.push_back(run.job()->id());
    return;
  }
  if (budget_.RoomOfUnasked(mesh_->Use()) < Budget::kLeastLookup ||
      !Start(run)) {
    Refuse(run, Outcome::kNotStarted, "");
  }
}

// Returns whether it got into the mesh; it may be over by then.
bool Worker::Start(Running& run) {
  run.OnBegin(NowMs());
  return mesh_->Start(run.lane(), &run);
}

void Worker::Park(Running& run) {
  run.LeaveMesh();
  mesh_->EndLeftBehind();
}

void Worker::Refuse(Running& run, Outcome outcome, std::string text) {
  Report report;
  report.job = run.job()->id();
  report.outcome = outcome;
  report.text = std::move(text);
  options_.send(std::move(report));
  Forget(run.job()->id());
}

// The job's mesh state has gone by itself: the job has reported, or was
// dropped.
void Worker::Lose(Running& run) {
  const uint64_t id = run.job()->id();
  Report report;
  report.job = id;
  report.outcome = Outcome::kDropped;
  const bool is_reported = run.is_reported();
  std::erase(fast_, id);
  std::erase(slow_, id);
  runs_.erase(id);
  if (!is_reported) options_.send(std::move(report));
}

void Worker::Forget(uint64_t job) {
  const auto found = runs_.find(job);
  if (found == runs_.end()) return;
  found->second->LeaveMesh();
  std::erase(fast_, job);
  std::erase(slow_, job);
  runs_.erase(job);
}

// --- room ---

// How many questions a job may ask at this moment. Where jobs wait for room
// they share it.
size_t Worker::RoomFor(const Running& run) const {
  const MeshUse use = mesh_->Use();
  if (run.lane() != Lane::kAsked) {
    return budget_.RoomOfUnasked(use) / Budget::kQuestion;
  }
  if (run.is_slow()) {
    const bool may_ask =
        run.open() == 0 &&
        budget_.RoomOfSlow(use, SlowAccount()) >= Budget::kQuestion;
    return may_ask ? 1 : 0;
  }
  const size_t questions = budget_.RoomOfAsked(use) / Budget::kQuestion;
  if (questions == 0) return 0;
  return std::max<size_t>(questions / std::max<size_t>(CountWanting(), 1), 1);
}

MeshUse::Account Worker::SlowAccount() const {
  MeshUse::Account account;
  for (const uint64_t id : slow_) {
    const Running& run = *runs_.at(id);
    if (!run.is_running()) continue;
    account.states += mesh_->StatesOf(run.lookup());
    account.questions += run.open();
    ++account.lookups;
  }
  return account;
}

// How many fast jobs wait for room.
size_t Worker::CountWanting() const {
  return static_cast<size_t>(std::count_if(
      fast_.begin(), fast_.end(),
      [this](uint64_t id) { return runs_.at(id)->is_wanting(); }));
}

// The running one whose last answer is the longest ago.
Worker::Running* Worker::LeastRecent(bool is_slow) const {
  Running* least = nullptr;
  for (const uint64_t id : is_slow ? slow_ : fast_) {
    Running* const run = runs_.at(id).get();
    if (!run->is_running()) continue;
    if (least == nullptr || run->moved_ms() < least->moved_ms()) least = run;
  }
  return least;
}

Worker::Running* Worker::Largest(bool is_asked) const {
  Running* largest = nullptr;
  size_t most = 0;
  for (const auto& [id, run] : runs_) {
    if (!run->is_running() || (run->lane() == Lane::kAsked) != is_asked) {
      continue;
    }
    const size_t states = mesh_->StatesOf(run->lookup());
    if (states <= most) continue;
    most = states;
    largest = run.get();
  }
  return largest;
}

// Puts jobs whose answers do not come out of the way of those that wait.
// Returns whether there is room.
bool Worker::MakeWay() {
  mesh_->EndLeftBehind();
  const int64_t now_ms = NowMs();
  while (budget_.RoomOfAsked(mesh_->Use()) < Budget::kLeastLookup) {
    Running* const run = LeastRecent(false);
    if (run == nullptr || (now_ms - run->began_ms() < kSlowMs &&
                           now_ms - run->moved_ms() < kPatienceMs)) {
      return false;
    }
    run->set_slow();
    std::erase(fast_, run->job()->id());
    slow_.push_back(run->job()->id());
    ShedSlow();
  }
  return true;
}

void Worker::ShedSlow() {
  const size_t bound = budget_.Slow(mesh_->Use().size);
  while (Budget::Weight(SlowAccount()) > bound) {
    Running* const run = LeastRecent(true);
    if (run == nullptr) return;
    Park(*run);
    const uint64_t id = run->job()->id();
    std::erase(slow_, id);
    slow_.push_back(id);
  }
}

// What the resolver's modules add below ours is not asked for, and may exceed
// the bound.
void Worker::TrimAsked() {
  while (budget_.IsAskedOver(mesh_->Use())) {
    Running* const run = Largest(true);
    if (run == nullptr) return;
    const uint64_t id = run->job()->id();
    if (run->CountTrim() >= kMostTrims) {
      ++greedy_;
      run->GiveUp(kGreedyText);
      Forget(id);
      mesh_->EndLeftBehind();
      continue;
    }
    run->set_slow();
    Park(*run);
    std::erase(fast_, id);
    std::erase(slow_, id);
    slow_.push_back(id);
  }
}

void Worker::TrimUnasked() {
  while (budget_.IsUnaskedOver(mesh_->Use())) {
    Running* const run = Largest(false);
    if (run == nullptr) return;
    run->GiveUp(kNoRoomText);
    Forget(run->job()->id());
    mesh_->EndLeftBehind();
  }
}

// Slow jobs without answers make room for those that wait in the same part.
void Worker::TakeTurns() {
  auto parked = std::count_if(slow_.begin(), slow_.end(), [this](uint64_t id) {
    return !runs_.at(id)->is_running();
  });
  const int64_t now_ms = NowMs();
  for (const uint64_t id : std::deque<uint64_t>(slow_)) {
    Running& run = *runs_.at(id);
    if (parked == 0) return;
    if (!run.is_running() || now_ms - run.moved_ms() < kSlowTurnMs) continue;
    --parked;
    Park(run);
    std::erase(slow_, id);
    slow_.push_back(id);
  }
}

void Worker::Feed() {
  FeedFast();
  FeedSlow();
}

// Each gets its turn; where room or time runs out the next call goes on there.
void Worker::FeedFast() {
  for (size_t turns = fast_.size(); turns > 0 && !fast_.empty(); --turns) {
    const size_t room = budget_.RoomOfAsked(mesh_->Use());
    if (room < Budget::kQuestion) return;
    if (IsTurnOver()) {
      OnStates();
      return;
    }
    const uint64_t id = fast_.front();
    Running& run = *runs_.at(id);
    if (!run.is_running() && room < Budget::kLeastLookup) return;
    fast_.pop_front();
    fast_.push_back(id);
    if (!run.is_running()) {
      if (!Start(run)) return;
    } else if (run.is_wanting()) {
      mesh_->Run(run.lookup());
    }
  }
}

void Worker::FeedSlow() {
  for (const uint64_t id : std::deque<uint64_t>(slow_)) {
    const auto found = runs_.find(id);
    if (found == runs_.end()) continue;
    if (IsTurnOver()) {
      OnStates();
      return;
    }
    Running& run = *found->second;
    const size_t room = budget_.RoomOfSlow(mesh_->Use(), SlowAccount());
    if (room < Budget::kLeastLookup) return;
    if (!run.is_running()) {
      if (!Start(run)) return;
    } else if (run.is_wanting() && RoomFor(run) > 0) {
      mesh_->Run(run.lookup());
    }
  }
}

// What a callback ends with, whatever it began with.
void Worker::Settle() {
  mesh_->EndLeftBehind();
  TrimAsked();
  TrimUnasked();
  Feed();
  mesh_->EndLeftBehind();
  Publish();
  if (is_room_wanted_ && CountWanting() == 0 &&
      budget_.RoomOfAsked(mesh_->Use()) >= Budget::kLeastLookup) {
    is_room_wanted_ = false;
    Report report;
    report.outcome = Outcome::kRoom;
    options_.send(std::move(report));
  }
}

// --- what other threads see ---

void Worker::Publish() {
  const MeshUse use = mesh_->Use();
  const size_t wanting = CountWanting();
  room_ = wanting > 0 ? 0 : budget_.RoomOfAsked(use);
  unasked_room_ = budget_.RoomOfUnasked(use);
  const std::lock_guard<std::mutex> lock(figures_mutex_);
  figures_.asked = use.asked.states;
  figures_.renewal = use.renewal.states;
  figures_.prefetch = use.prefetch.states;
  figures_.most = use.most;
  figures_.share = budget_.Share(use.size);
  figures_.slow = slow_.size();
  figures_.wanting = wanting;
  figures_.parked = static_cast<uint64_t>(
      std::count_if(runs_.begin(), runs_.end(),
                    [](const auto& run) { return !run.second->is_running(); }));
  figures_.ended_states = use.ended;
  figures_.greedy = greedy_;
}

size_t Worker::room() const {
  const size_t taken = posted_ * Budget::kLeastLookup;
  const size_t room = room_;
  return room - std::min(room, taken);
}

size_t Worker::unasked_room() const {
  const size_t taken = posted_unasked_ * Budget::kLeastLookup;
  const size_t room = unasked_room_;
  return room - std::min(room, taken);
}

LetterBox::Figures Worker::figures() const {
  const std::lock_guard<std::mutex> lock(figures_mutex_);
  return figures_;
}

}  // namespace danebound
