#include "module/worker.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
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

bool IsOneOf(const JobQuestion& question,
             const std::vector<JobQuestion>& questions) {
  return std::find(questions.begin(), questions.end(), question) !=
         questions.end();
}

// The job that a letter is about; 0: none.
uint64_t JobOf(const StartMail& mail) { return mail.job->id(); }
uint64_t JobOf(const SnapshotMail& mail) { return mail.job; }
uint64_t JobOf(const EndMail& mail) { return mail.job; }
uint64_t JobOf(const LeaveMail& mail) { return mail.job; }
uint64_t JobOf(const LookMail&) { return 0; }
uint64_t JobOf(const RoomMail&) { return 0; }
uint64_t JobOf(const TickMail&) { return 0; }

uint64_t JobOf(const Mail& mail) {
  return std::visit([](const auto& letter) { return JobOf(letter); }, mail);
}

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

  // Ends the job with what it knows.
  Report GiveUp(absl::string_view why) {
    job_->GiveUp(why, worker_->options_.clock->Now());
    return Finish();
  }
  void SendSnapshot(absl::string_view why) {
    worker_->options_.send(job_->Snapshot(why, worker_->options_.clock->Now()));
  }
  // Leaves the mesh; what was open is asked again when it comes back.
  void LeaveMesh() noexcept;

  Job* job() { return job_.get(); }
  unbound_lookup* lookup() const { return lookup_; }
  bool is_running() const { return lookup_ != nullptr; }
  size_t open() const { return open_.size(); }
  Lane lane() const { return lane_; }
  void set_lane(Lane lane) { lane_ = lane; }
  bool is_slow() const { return is_slow_; }
  void set_slow() { is_slow_ = true; }
  // It could ask more if there were room, and a turn.
  bool is_wanting() const { return !is_running() || !pending_.empty(); }
  // It has room, and waits for a turn.
  bool is_deferred() const { return is_deferred_; }
  // When it asked last.
  int64_t asked_ms() const { return asked_ms_; }
  // It began, in the mesh, at that time; and got its last answer, or came back.
  int64_t began_ms() const { return began_ms_; }
  int64_t moved_ms() const { return moved_ms_; }
  void OnBegin(int64_t now_ms) {
    if (began_ms_ == 0) began_ms_ = now_ms;
    moved_ms_ = now_ms;
  }
  // How long it may stay in the mesh without an answer.
  int64_t turn_ms() const {
    return kSlowTurnMs << std::min(turns_, kMostDoublings);
  }
  void OnTurnOver() { ++turns_; }
  // Counts how often it had to leave the mesh for the states below it.
  int CountTrim() { return ++trims_; }
  bool is_reported() const { return is_reported_; }

  // Where it stands, see Worker::Move.
  Line* line = nullptr;
  Line::iterator place;

 private:
  void Collect();
  void Ask();
  bool CouldAsk(size_t allowance) const;
  void AskNext();
  Report Finish();
  void Send(Report report);
  int64_t LeewayOf(const JobQuestion& question) const;

  Worker* worker_;
  std::unique_ptr<Job> job_;
  Lane lane_;
  unbound_lookup* lookup_ = nullptr;
  // Lists, as questions go from one to the other without memory.
  std::list<JobQuestion> pending_;           // came up, not in the mesh
  std::list<JobQuestion> open_;              // in the mesh
  std::vector<JobQuestion> past_the_cache_;  // it had only what had ended
  int64_t began_ms_ = 0;
  int64_t moved_ms_ = 0;
  int64_t asked_ms_ = 0;
  size_t asked_ = 0;
  int turns_ = 0;
  int trims_ = 0;
  bool is_slow_ = false;
  bool is_deferred_ = false;
  bool is_leaving_ = false;
  bool is_reported_ = false;
  bool is_broken_ = false;
};

// --- a job in the mesh ---

// What the cache had kept beyond its life is no answer: the question goes past
// the cache, once.
void Worker::Running::OnAnswer(const JobQuestion& question,
                               const ResolverMessage& message) {
  const auto found = std::find(open_.begin(), open_.end(), question);
  if (found == open_.end()) return;
  std::list<JobQuestion> answered;
  answered.splice(answered.begin(), open_, found);
  moved_ms_ = worker_->NowMs();
  if (message.is_expired && !IsOneOf(question, past_the_cache_)) {
    past_the_cache_.push_back(question);
    pending_.splice(pending_.begin(), answered);
    return;
  }
  job_->OnAnswer(
      question, message, worker_->options_.clock->Now(),
      [this](const Name& name) { return worker_->mesh_->IsBelowAnchor(name); });
}

bool Worker::Running::OnStep() {
  if (is_broken_) return false;
  Ask();
  if (!job_->done() && open_.empty() && !is_deferred_ &&
      lane_ != Lane::kAsked) {
    Send(GiveUp(kNoRoomText));
    return false;
  }
  if (!job_->done()) return true;
  Send(Finish());
  return false;
}

void Worker::Running::Collect() {
  for (JobQuestion& question : job_->TakeQuestions()) {
    pending_.push_back(std::move(question));
  }
}

void Worker::Running::Ask() {
  Collect();
  size_t allowance = worker_->RoomFor(*this);
  while (CouldAsk(allowance) && worker_->MayAsk()) {
    AskNext();
    Collect();
    --allowance;
  }
  is_deferred_ = CouldAsk(allowance);
  if (is_deferred_) worker_->OnStates();
}

bool Worker::Running::CouldAsk(size_t allowance) const {
  const size_t at_once = lane_ == Lane::kRenewal
                             ? std::min(kRenewalAtOnce, job_->most_at_once())
                             : job_->most_at_once();
  return !pending_.empty() && allowance > 0 && open_.size() < at_once;
}

// One that could not be asked is failed at once.
void Worker::Running::AskNext() {
  open_.splice(open_.end(), pending_, pending_.begin());
  ++asked_;
  asked_ms_ = worker_->NowMs();
  ++worker_->asked_in_turn_;
  const JobQuestion& question = open_.back();
  if (!worker_->mesh_->Ask(lookup_, question, LeewayOf(question))) {
    job_->OnUnasked(question, worker_->options_.clock->Now());
    open_.pop_back();
  }
}

// Where the wall clock was set back, what lies in the resolver's cache lives
// too long by the step.
int64_t Worker::Running::LeewayOf(const JobQuestion& question) const {
  const int64_t step = worker_->options_.clock->StepBack();
  return std::max({job_->leeway(),
                   IsOneOf(question, past_the_cache_) ? int64_t{1} : int64_t{0},
                   step > 0 ? step + 1 : int64_t{0}});
}

// A mode switched on meanwhile may have hidden a failed validation.
Report Worker::Running::Finish() {
  Report report = job_->Finish();
  const ValidationMode validation = worker_->mesh_->Look();
  if (report.facts != nullptr && !validation.is_trusted()) {
    report = Report();
    report.job = job_->id();
    report.outcome = JobOutcome::kNotValidating;
    report.text = WhyNotTrusted(validation);
  }
  report.questions = asked_;
  return report;
}

void Worker::Running::Send(Report report) {
  worker_->options_.send(std::move(report));
  is_reported_ = true;
}

void Worker::Running::LeaveMesh() noexcept {
  if (lookup_ == nullptr) return;
  is_leaving_ = true;
  worker_->mesh_->End(lookup_);
  is_leaving_ = false;
  is_deferred_ = false;
  // What got no answer must not keep the rest from being asked.
  pending_.splice(pending_.end(), open_);
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
void Worker::Ring() const noexcept { eventfd_write(fd_, 1); }

void Worker::Post(Mail mail) {
  const auto* start = std::get_if<StartMail>(&mail);
  std::atomic<size_t>* const posted = start == nullptr ? nullptr
                                      : start->lane == Lane::kAsked
                                          ? &posted_
                                          : &posted_unasked_;
  {
    // Counted under the lock: whoever opens the letter takes it off again.
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

// Each turn takes a step, however late it is.
bool Worker::MayAsk() const {
  return is_turn_ && asked_in_turn_ < kMostATurn &&
         (asked_in_turn_ == 0 || !IsTurnOver());
}

// Takes a step for a job; what fails drops the job. Where even that cannot be
// reported, the service thread hears of it when it ends the job.
template <typename Step>
void Worker::OrDrop(uint64_t job, const Step& step) noexcept {
  try {
    step();
    return;
  } catch (...) {
    if (job == 0) return;
  }
  if (Running* const run = Find(job)) Forget(*run);
  try {
    SendDropped(job);
  } catch (...) {
    return;
  }
}

// Mail that is left over waits until the resolver's clients have had their
// turn.
void Worker::OnMail() {
  eventfd_t count = 0;
  eventfd_read(fd_, &count);
  is_rung_ = false;
  turn_began_ = options_.microseconds();
  is_turn_ = true;
  asked_in_turn_ = 0;
  while (absl::optional<Mail> mail = TakeMail()) {
    OrDrop(JobOf(*mail), [this, &mail] {
      std::visit([this](auto& letter) { Open(letter); }, *mail);
    });
    if (IsTurnOver()) {
      Ring();
      break;
    }
  }
  Settle();
  is_turn_ = false;
}

// Ended states free room, new ones may exceed it; both are seen to outside of
// the mesh.
void Worker::OnStates() noexcept {
  if (is_rung_) return;
  is_rung_ = true;
  Ring();
}

void Worker::Open(StartMail& mail) {
  ++(mail.lane == Lane::kAsked ? opened_ : opened_unasked_);
  // The lookup that room was kept for may be this one.
  if (mail.lane == Lane::kAsked) is_room_kept_ = false;
  const uint64_t id = mail.job->id();
  auto made = std::make_unique<Running>(this, mail.lane, std::move(mail.job));
  Running& run = *made;
  Line line = {&run};
  runs_[id] = std::move(made);
  run.place = line.begin();
  run.line = &unasked_;
  unasked_.splice(unasked_.end(), line);
  Begin(run);
}

void Worker::Open(SnapshotMail& mail) {
  if (Running* const run = Find(mail.job)) run->SendSnapshot(mail.why);
}

// One that is not known has reported already, or was lost.
void Worker::Open(EndMail& mail) {
  if (Running* const run = Find(mail.job)) {
    End(*run, mail.why);
  } else {
    SendDropped(mail.job);
  }
}

void Worker::Open(LeaveMail& mail) {
  Running* const run = Find(mail.job);
  if (run == nullptr) return;
  const size_t weight =
      run->is_running()
          ? Budget::Weight({mesh_->StatesOf(run->lookup()), 1, run->open()})
          : Budget::kLeastLookup;
  if (weight > budget_.RoomOfUnasked(mesh_->Use())) {
    End(*run, kLeftText);
    return;
  }
  run->set_lane(Lane::kPrefetch);
  Move(*run, &unasked_);
  if (!run->is_running()) {
    if (!Start(*run)) Refuse(*run, JobOutcome::kNotStarted, "");
    return;
  }
  mesh_->ChangeLane(run->lookup(), Lane::kPrefetch);
  // It waited for room, and no answer would bring it on.
  if (run->open() == 0) mesh_->Run(run->lookup());
}

void Worker::Open(LookMail&) { OnLeniency(); }

void Worker::Open(RoomMail&) {
  is_room_wanted_ = true;
  is_room_kept_ = false;
  TakeTurns();
  MakeWay();
}

void Worker::Open(TickMail&) {
  is_room_kept_ = false;
  TakeTurns();
  if (CountShort() > 0) MakeWay();
}

void Worker::OnLeniency() {
  Report report;
  report.outcome = JobOutcome::kLooked;
  report.text = WhyNotTrusted(mesh_->Look());
  options_.send(std::move(report));
}

void Worker::OnConfiguration() {
  mesh_->OnConfiguration();
  Report report;
  report.outcome = JobOutcome::kReconfigured;
  options_.send(std::move(report));
}

// --- beginning and ending ---

Worker::Running* Worker::Find(uint64_t job) const {
  const auto found = runs_.find(job);
  return found == runs_.end() ? nullptr : found->second.get();
}

// Puts it at the end of a line.
void Worker::Move(Running& run, Line* line) noexcept {
  line->splice(line->end(), *run.line, run.place);
  run.line = line;
}

void Worker::Begin(Running& run) {
  const ValidationMode validation = mesh_->Look();
  if (auto* probe = dynamic_cast<ProbeJob*>(run.job())) {
    std::vector<Name> anchors;
    for (const Anchor& anchor : mesh_->Anchors()) {
      if (anchor.has_key) anchors.push_back(anchor.zone);
    }
    probe->Aim(validation, anchors);
    if (!validation.has_validator || anchors.empty()) {
      End(run, WhyNotTrusted(validation));
      return;
    }
  } else if (!validation.is_trusted()) {
    Refuse(run, JobOutcome::kNotValidating, WhyNotTrusted(validation));
    return;
  }
  if (run.lane() == Lane::kAsked) {
    Move(run, &fast_);
    return;
  }
  if (budget_.RoomOfUnasked(mesh_->Use()) < Budget::kLeastLookup ||
      !Start(run)) {
    Refuse(run, JobOutcome::kNotStarted, "");
  }
}

// Returns whether it got into the mesh; it may be over by then.
bool Worker::Start(Running& run) {
  run.OnBegin(NowMs());
  return mesh_->Start(run.lane(), &run);
}

void Worker::Park(Running& run) {
  run.LeaveMesh();
  run.set_slow();
  Move(run, &parked_);
  mesh_->EndLeftBehind();
}

// Ends a job with what it knows.
void Worker::End(Running& run, absl::string_view why) {
  Report report = run.GiveUp(why);
  Forget(run);
  options_.send(std::move(report));
}

void Worker::Refuse(Running& run, JobOutcome outcome, std::string text) {
  Report report;
  report.job = run.job()->id();
  report.outcome = outcome;
  report.text = std::move(text);
  Forget(run);
  options_.send(std::move(report));
}

void Worker::SendDropped(uint64_t job) const {
  Report report;
  report.job = job;
  report.outcome = JobOutcome::kDropped;
  options_.send(std::move(report));
}

// The job's mesh state has gone by itself: the job has reported, or was
// dropped.
void Worker::Lose(Running& run) {
  const uint64_t id = run.job()->id();
  const bool is_reported = run.is_reported();
  Forget(run);
  if (!is_reported) SendDropped(id);
}

void Worker::Forget(Running& run) noexcept {
  run.LeaveMesh();
  run.line->erase(run.place);
  runs_.erase(run.job()->id());
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
    const size_t questions = RoomOfSlow() / Budget::kQuestion;
    return std::min(questions, kSlowAtOnce - std::min(kSlowAtOnce, run.open()));
  }
  const size_t questions = RoomOfAsked() / Budget::kQuestion;
  if (questions == 0) return 0;
  return std::max<size_t>(questions / std::max<size_t>(CountWanting(), 1), 1);
}

// What the running jobs of a line count for: what they hold, once their newest
// questions have shown what they take.
size_t Worker::WeightOf(const Line& line) const {
  const int64_t now_ms = NowMs();
  size_t weight = 0;
  for (const Running* run : line) {
    if (!run->is_running()) continue;
    const size_t states = mesh_->StatesOf(run->lookup());
    weight += now_ms - run->asked_ms() < kShownMs
                  ? Budget::Weight({states, 1, run->open()})
                  : states;
  }
  return weight;
}

size_t Worker::RoomOfAsked() const {
  return budget_.RoomOfAsked(mesh_->Use(), WeightOf(fast_) + WeightOf(slow_));
}

size_t Worker::RoomOfSlow() const {
  const size_t slow = WeightOf(slow_);
  return budget_.RoomOfSlow(mesh_->Use(), WeightOf(fast_) + slow, slow);
}

// How many fast jobs could ask more.
size_t Worker::CountWanting() const {
  return static_cast<size_t>(
      std::count_if(fast_.begin(), fast_.end(),
                    [](const Running* run) { return run->is_wanting(); }));
}

// Of these, those that wait for room.
size_t Worker::CountShort() const {
  return static_cast<size_t>(
      std::count_if(fast_.begin(), fast_.end(), [](const Running* run) {
        return run->is_wanting() && !run->is_deferred();
      }));
}

// Says whether a fast job waits for room and for nothing else.
bool Worker::IsAnyIdle() const {
  return std::any_of(fast_.begin(), fast_.end(), [](const Running* run) {
    return run->is_wanting() && !run->is_deferred() && run->open() == 0;
  });
}

// The running one whose last answer is the longest ago.
Worker::Running* Worker::LeastRecent(const Line& line) {
  Running* least = nullptr;
  for (Running* const run : line) {
    if (!run->is_running()) continue;
    if (least == nullptr || run->moved_ms() < least->moved_ms()) least = run;
  }
  return least;
}

Worker::Running* Worker::Largest(
    std::initializer_list<const Line*> lines) const {
  Running* largest = nullptr;
  size_t most = 0;
  for (const Line* line : lines) {
    for (Running* const run : *line) {
      const size_t states =
          run->is_running() ? mesh_->StatesOf(run->lookup()) : 0;
      if (states <= most) continue;
      most = states;
      largest = run;
    }
  }
  return largest;
}

// Puts jobs whose answers do not come out of the way of those that wait.
void Worker::MakeWay() {
  mesh_->EndLeftBehind();
  ShedSlow();
  const int64_t now_ms = NowMs();
  while (RoomOfAsked() < Budget::kLeastLookup) {
    Running* const run = LeastRecent(fast_);
    if (run == nullptr || (now_ms - run->began_ms() < kSlowMs &&
                           now_ms - run->moved_ms() < kPatienceMs)) {
      return;
    }
    run->set_slow();
    Move(*run, &slow_);
    ShedSlow();
  }
}

void Worker::ShedSlow() {
  const size_t bound = budget_.Slow(mesh_->Use());
  while (WeightOf(slow_) > bound) {
    Running* const run = LeastRecent(slow_);
    if (run == nullptr) return;
    Park(*run);
  }
}

// What the resolver's modules add below ours is not asked for, and may exceed
// the bound.
void Worker::TrimAsked() {
  while (budget_.IsAskedOver(mesh_->Use())) {
    Running* const run = Largest({&fast_, &slow_});
    if (run == nullptr) return;
    if (run->CountTrim() < kMostTrims) {
      Park(*run);
      continue;
    }
    ++greedy_;
    OrDrop(run->job()->id(), [this, run] { End(*run, kGreedyText); });
    mesh_->EndLeftBehind();
  }
}

void Worker::TrimUnasked() {
  while (budget_.IsUnaskedOver(mesh_->Use())) {
    Running* const run = Largest({&unasked_});
    if (run == nullptr) return;
    OrDrop(run->job()->id(), [this, run] { End(*run, kNoRoomText); });
    mesh_->EndLeftBehind();
  }
}

// Slow jobs without answers make room for those that wait in the same part, and
// for questions of their own that wait.
void Worker::TakeTurns() {
  size_t waiting = parked_.size();
  const int64_t now_ms = NowMs();
  for (auto place = slow_.begin(); place != slow_.end();) {
    Running& run = **place++;
    if (now_ms - run.moved_ms() < run.turn_ms()) continue;
    if (waiting == 0 && !run.is_wanting()) continue;
    if (waiting > 0) --waiting;
    run.OnTurnOver();
    Park(run);
  }
}

void Worker::Feed() {
  FeedUnasked();
  FeedEach(&fast_, [](const Running& run) { return run.open() == 0; });
  if (is_room_wanted_ && !IsAnyIdle() &&
      RoomOfAsked() >= Budget::kLeastLookup) {
    is_room_kept_ = true;
  }
  if (is_room_kept_) return;
  const int64_t now_ms = NowMs();
  FeedEach(&fast_, [now_ms](const Running& run) {
    return now_ms - run.moved_ms() < kSlowMs;
  });
  FeedSlow();
  FeedParked();
  FeedEach(&fast_, [](const Running&) { return true; });
}

// Each gets its turn; where room or time runs out the next call goes on there.
// A step comes first, so that each call takes one.
template <typename Predicate>
void Worker::FeedEach(Line* line, const Predicate& is_meant) {
  for (size_t turns = line->size(); turns > 0 && !line->empty(); --turns) {
    const size_t room = RoomOfAsked();
    Running& run = *line->front();
    if (room < (run.is_running() ? Budget::kQuestion : Budget::kLeastLookup)) {
      return;
    }
    Move(run, line);
    if (!run.is_wanting() || !is_meant(run)) continue;
    if (run.is_running()) {
      mesh_->Run(run.lookup());
    } else if (!Start(run)) {
      return;
    }
    if (!MayAsk()) {
      OnStates();
      return;
    }
  }
}

void Worker::FeedSlow() {
  for (size_t turns = slow_.size(); turns > 0 && !slow_.empty(); --turns) {
    Running& run = *slow_.front();
    Move(run, &slow_);
    if (!run.is_wanting() || RoomFor(run) == 0) continue;
    mesh_->Run(run.lookup());
    if (!MayAsk()) {
      OnStates();
      return;
    }
  }
}

void Worker::FeedParked() {
  while (!parked_.empty() && RoomOfSlow() >= Budget::kLeastLookup) {
    Running& run = *parked_.front();
    // Before it starts, as it asks while it does, by what stands in the lines.
    Move(run, &slow_);
    if (!Start(run)) {
      Move(run, &parked_);
      return;
    }
    if (!MayAsk()) {
      OnStates();
      return;
    }
  }
}

// Those alone that wait for a turn: for room they do not wait.
void Worker::FeedUnasked() {
  for (size_t turns = unasked_.size(); turns > 0 && !unasked_.empty();
       --turns) {
    Running& run = *unasked_.front();
    Move(run, &unasked_);
    if (!run.is_deferred()) continue;
    mesh_->Run(run.lookup());
    if (!MayAsk()) {
      OnStates();
      return;
    }
  }
}

// What a callback ends with, whatever it began with.
void Worker::Settle() {
  // What has ended makes room before it is shared out, and again before others
  // are told how much there is.
  mesh_->EndLeftBehind();
  TrimAsked();
  TrimUnasked();
  Feed();
  mesh_->EndLeftBehind();
  Publish();
  if (is_room_wanted_ && is_room_kept_) {
    OrDrop(0, [this] {
      Report report;
      report.outcome = JobOutcome::kRoom;
      options_.send(std::move(report));
      is_room_wanted_ = false;
    });
  }
}

// --- what other threads see ---

void Worker::Publish() {
  const MeshUse use = mesh_->Use();
  room_ = IsAnyIdle() ? 0 : RoomOfAsked();
  unasked_room_ = budget_.RoomOfUnasked(use);
  posted_ -= std::exchange(opened_, 0);
  posted_unasked_ -= std::exchange(opened_unasked_, 0);
  const std::lock_guard<std::mutex> lock(figures_mutex_);
  figures_.asked = use.asked.states;
  figures_.renewal = use.renewal.states;
  figures_.prefetch = use.prefetch.states;
  figures_.most = use.most;
  figures_.share = budget_.Share(use.size);
  figures_.slow = slow_.size() + parked_.size();
  figures_.wanting = CountShort();
  figures_.parked = parked_.size() +
                    static_cast<uint64_t>(std::count_if(
                        fast_.begin(), fast_.end(),
                        [](const Running* run) { return !run->is_running(); }));
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
