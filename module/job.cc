#include "module/job.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace danebound {
namespace {

constexpr uint16_t kDnskey = 48;
// Of a prefetch: answers of no use until it ends.
constexpr size_t kMostFruitless = 2;
constexpr absl::string_view kUnasked =
    "the resolver could not take the question: it is out of memory, or the "
    "question waits for itself";

Question ToQuestion(const JobQuestion& question) {
  return {question.name, static_cast<RrType>(question.type)};
}

}  // namespace

std::string WhyNotTrusted(const ValidationMode& validation) {
  if (!validation.has_validator) {
    return "the resolver does not validate: set module-config to \"dynlib "
           "validator iterator\" in unbound.conf";
  }
  if (!validation.anchor_trouble.empty()) return validation.anchor_trouble;
  if (!validation.has_trust_anchor) {
    return "the resolver has no trust anchor: set auto-trust-anchor-file or "
           "trust-anchor-file in unbound.conf";
  }
  if (validation.is_permissive) {
    return "val-permissive-mode is on and hides failed validation: turn it off "
           "in unbound.conf";
  }
  if (validation.accepts_stripped) {
    return "harden-dnssec-stripped is off, so that zones whose keys do not "
           "validate pass for unsigned: turn it on in unbound.conf";
  }
  return "";
}

std::vector<JobQuestion> VerdictJob::TakeQuestions() {
  std::vector<JobQuestion> questions;
  for (const Question& question : lookup_.TakeQuestions()) {
    questions.push_back({question.name, static_cast<uint16_t>(question.type)});
  }
  return questions;
}

size_t VerdictJob::most_at_once() const {
  return std::numeric_limits<size_t>::max();
}

Answer VerdictJob::Feed(const JobQuestion& question,
                        const ResolverMessage& message, int64_t now,
                        const BelowAnchor& below_anchor) {
  const Question asked = ToQuestion(question);
  Answer answer = ToAnswer(asked, message, now, below_anchor);
  lookup_.OnAnswer(asked, answer);
  return answer;
}

void VerdictJob::OnAnswer(const JobQuestion& question,
                          const ResolverMessage& message, int64_t now,
                          const BelowAnchor& below_anchor) {
  Feed(question, message, now, below_anchor);
}

void VerdictJob::OnUnasked(const JobQuestion& question, int64_t now) {
  lookup_.OnAnswer(ToQuestion(question), FailedAnswer(kUnasked, now));
}

void VerdictJob::GiveUp(absl::string_view why, int64_t now) {
  is_given_up_ = true;
  lookup_.GiveUp(why, now);
}

Report VerdictJob::Snapshot(absl::string_view why, int64_t now) const {
  Lookup copy = lookup_;
  copy.GiveUp(why, now);
  Report report;
  report.job = id();
  report.outcome = JobOutcome::kSnapshot;
  report.facts = std::make_shared<Facts>(copy.facts());
  return report;
}

Report VerdictJob::Finish() {
  Report report;
  report.job = id();
  report.outcome = JobOutcome::kDone;
  report.facts = std::make_shared<Facts>(lookup_.facts());
  report.is_whole = !is_given_up_;
  return report;
}

// New questions come to the front where a host that was begun wants its TLSA
// records, to the back where they begin hosts.
std::vector<JobQuestion> PrefetchJob::TakeQuestions() {
  for (JobQuestion& question : VerdictJob::TakeQuestions()) {
    if (question.type == static_cast<uint16_t>(RrType::kTlsa)) {
      waiting_.push_front(std::move(question));
    } else {
      waiting_.push_back(std::move(question));
    }
  }
  if (is_one_open_ || waiting_.empty() || done()) return {};
  std::vector<JobQuestion> next = {std::move(waiting_.front())};
  waiting_.pop_front();
  is_one_open_ = true;
  --left_;
  return next;
}

void PrefetchJob::OnAnswer(const JobQuestion& question,
                           const ResolverMessage& message, int64_t now,
                           const BelowAnchor& below_anchor) {
  is_one_open_ = false;
  CountUse(Feed(question, message, now, below_anchor));
}

void PrefetchJob::OnUnasked(const JobQuestion& question, int64_t now) {
  is_one_open_ = false;
  ++fruitless_;
  VerdictJob::OnUnasked(question, now);
}

void PrefetchJob::CountUse(const Answer& answer) {
  if (IsFailure(answer.security) || !answer.name_exists ||
      answer.aliases.size() > 1) {
    ++fruitless_;
  }
}

bool PrefetchJob::done() const {
  return VerdictJob::done() ||
         (!is_one_open_ && (left_ == 0 || fruitless_ >= kMostFruitless));
}

// What it did not look at, and what failed, is nothing to tell an MTA.
Report PrefetchJob::Finish() {
  const Facts& facts = lookup().facts();
  const bool is_whole =
      VerdictJob::done() && !facts.truncated && facts.kind != Kind::kFailed &&
      std::none_of(facts.hosts.begin(), facts.hosts.end(),
                   [](const HostFacts& host) { return IsFailure(host.state); });
  Report report = VerdictJob::Finish();
  report.is_whole = report.is_whole && is_whole;
  report.fruitless = fruitless_;
  return report;
}

void ProbeJob::Aim(const ValidationMode& validation,
                   const std::vector<Name>& anchors) {
  probe_.validation = validation;
  for (const Name& anchor : anchors) {
    if (open_.size() == kMostProbed) break;
    open_.push_back(anchor);
    probe_.keys.push_back({anchor, Answer()});
  }
}

std::vector<JobQuestion> ProbeJob::TakeQuestions() {
  if (std::exchange(asked_, true)) return {};
  std::vector<JobQuestion> questions;
  for (const Name& anchor : open_) questions.push_back({anchor, kDnskey});
  return questions;
}

void ProbeJob::Take(const Name& anchor, const Answer& answer) {
  const auto found = std::find(open_.begin(), open_.end(), anchor);
  if (found == open_.end()) return;
  open_.erase(found);
  for (Probe::Keys& keys : probe_.keys) {
    if (keys.anchor == anchor) keys.answer = answer;
  }
}

void ProbeJob::OnAnswer(const JobQuestion& question,
                        const ResolverMessage& message, int64_t now,
                        const BelowAnchor& below_anchor) {
  Take(question.name,
       ToAnswer(ToQuestion(question), message, now, below_anchor));
}

void ProbeJob::OnUnasked(const JobQuestion& question, int64_t now) {
  Take(question.name, FailedAnswer(kUnasked, now));
}

void ProbeJob::GiveUp(absl::string_view why, int64_t now) {
  while (!open_.empty()) Take(Name(open_.back()), FailedAnswer(why, now));
}

Report ProbeJob::Snapshot(absl::string_view why, int64_t now) const {
  Report report;
  report.job = id();
  report.outcome = JobOutcome::kSnapshot;
  report.probe = probe_;
  for (Probe::Keys& keys : report.probe->keys) {
    if (std::find(open_.begin(), open_.end(), keys.anchor) != open_.end()) {
      keys.answer = FailedAnswer(why, now);
    }
  }
  return report;
}

Report ProbeJob::Finish() {
  Report report;
  report.job = id();
  report.outcome = JobOutcome::kDone;
  report.probe = probe_;
  return report;
}

}  // namespace danebound
