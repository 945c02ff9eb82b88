#include "module/worker.h"

#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <new>
#include <utility>

#include "absl/status/statusor.h"
#include "module/read_message.h"

namespace danebound {
namespace {

absl::string_view View(const uint8_t* octets, size_t size) {
  return {reinterpret_cast<const char*>(octets), size};
}

const uint8_t* Octets(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

}  // namespace

Worker::Worker(unbound_worker* handle, Clock* clock, SendReport send)
    : handle_(handle),
      clock_(clock),
      send_(std::move(send)),
      fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

Worker::~Worker() {
  if (fd_ >= 0) close(fd_);
}

void Worker::Post(Mail mail) {
  const bool is_job = std::holds_alternative<StartMail>(mail);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    box_.push_back(std::move(mail));
    if (is_job) ++posted_;
  }
  // Fails only where the counter is full, and the worker then wakes anyway.
  eventfd_write(fd_, 1);
}

void Worker::OnMail() {
  eventfd_t count = 0;
  eventfd_read(fd_, &count);
  std::vector<Mail> mails;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    mails.swap(box_);
  }
  for (Mail& mail : mails) {
    try {
      std::visit([this](auto& letter) { Open(letter); }, mail);
    } catch (const std::bad_alloc&) {
      // A job that did not start or was not heard of ends at its deadline.
      continue;
    }
  }
}

void Worker::Open(StartMail& mail) {
  --posted_;
  Start(std::move(mail.job));
}

void Worker::Open(SnapshotMail& mail) {
  const auto job = running_.find(mail.job);
  if (job != running_.end()) job->second->SendSnapshot(mail.why);
}

void Worker::Open(EndMail& mail) {
  const auto job = running_.find(mail.job);
  if (job != running_.end()) {
    job->second->GiveUp(mail.why);
    return;
  }
  // It has reported already, or was lost.
  Report report;
  report.job = mail.job;
  report.outcome = Outcome::kDropped;
  send_(std::move(report));
}

void Worker::Open(LookMail&) { OnLeniency(); }

void Worker::OnLeniency() {
  Report report;
  report.outcome = Outcome::kLooked;
  report.text = WhyNotTrusted(Look());
  send_(std::move(report));
}

Validation Worker::Look() const {
  unbound_validation seen;
  unbound_look(handle_, &seen);
  Validation validation;
  validation.has_validator = seen.has_validator != 0;
  validation.has_trust_anchor = seen.has_trust_anchor != 0;
  validation.is_permissive = seen.is_permissive != 0;
  validation.accepts_stripped = seen.accepts_stripped != 0;
  validation.log_level = seen.log_level;
  return validation;
}

void Worker::Start(std::unique_ptr<Job> job) {
  const Validation validation = Look();
  Report report;
  report.job = job->id();
  if (auto* probe = dynamic_cast<ProbeJob*>(job.get())) {
    std::array<uint8_t, 256> name{};
    const size_t size = unbound_first_anchor(handle_, name.data());
    probe->Aim(validation,
               Name::ParseWire(View(name.data(), size)).value_or(Name()));
    if (!validation.has_validator || size == 0) {
      probe->GiveUp(WhyNotTrusted(validation), clock_->Now());
    }
  } else if (!validation.is_trusted()) {
    report.outcome = Outcome::kNotValidating;
    report.text = WhyNotTrusted(validation);
    send_(std::move(report));
    return;
  }
  if (job->done()) {
    send_(job->Finish());
    return;
  }
  std::array<uint8_t, unbound_lookup_label_size> label{};
  const bool is_random =
      getrandom(label.data(), label.size(), 0) == unbound_lookup_label_size;
  auto running = std::make_unique<RunningJob>(this, std::move(job));
  RunningJob* const raw = running.get();
  // Once started the resolver's state owns it, and may have ended it already.
  if (is_random && unbound_start_lookup(handle_, label.data(), raw) != 0) {
    static_cast<void>(running.release());
    return;
  }
  report.outcome = Outcome::kNotStarted;
  send_(std::move(report));
}

RunningJob::RunningJob(Worker* worker, std::unique_ptr<Job> job)
    : worker_(worker), job_(std::move(job)) {
  worker_->running_.emplace(job_->id(), this);
}

RunningJob::~RunningJob() { worker_->running_.erase(job_->id()); }

bool RunningJob::OnStart(unbound_lookup* lookup) {
  lookup_ = lookup;
  Ask();
  return IsWaiting();
}

void RunningJob::Ask() {
  while (true) {
    const std::vector<JobQuestion> questions = job_->TakeQuestions();
    if (questions.empty()) return;
    for (const JobQuestion& question : questions) {
      const absl::string_view name = question.name.wire();
      if (unbound_ask(lookup_, Octets(name), name.size(), question.type,
                      job_->leeway()) == 0) {
        job_->OnUnasked(question, worker_->clock_->Now());
      }
    }
  }
}

bool RunningJob::IsBelowAnchor(const Name& name) const {
  return unbound_is_below_anchor(worker_->handle_, Octets(name.wire()),
                                 name.wire().size()) != 0;
}

void RunningJob::OnAnswer(const unbound_result* result) {
  const absl::optional<JobQuestion> question = ReadQuestion(result);
  if (!question) return;
  job_->OnAnswer(*question, ReadMessage(result), worker_->clock_->Now(),
                 [this](const Name& owner) { return IsBelowAnchor(owner); });
  Ask();
}

bool RunningJob::IsWaiting() {
  if (is_broken_) return false;
  if (!job_->done()) return true;
  SendFinish();
  return false;
}

// A mode switched on meanwhile may have hidden a failed validation.
void RunningJob::SendFinish() {
  Report report = job_->Finish();
  if (report.facts != nullptr && !worker_->Look().is_trusted()) {
    report = Report();
    report.job = job_->id();
    report.outcome = Outcome::kNotValidating;
    report.text = WhyNotTrusted(worker_->Look());
  }
  is_reported_ = true;
  worker_->send_(std::move(report));
}

void RunningJob::SendSnapshot(absl::string_view why) {
  worker_->send_(job_->Snapshot(why, worker_->clock_->Now()));
}

void RunningJob::GiveUp(absl::string_view why) {
  job_->GiveUp(why, worker_->clock_->Now());
  SendFinish();
  unbound_end_lookup(lookup_);
}

void RunningJob::OnEnd() {
  const std::unique_ptr<RunningJob> self(this);
  if (is_reported_) return;
  Report report;
  report.job = job_->id();
  report.outcome = Outcome::kDropped;
  worker_->send_(std::move(report));
}

}  // namespace danebound
