#include "module/job.h"

#include <utility>

namespace danebound {
namespace {

constexpr uint16_t kDnskey = 48;
constexpr absl::string_view kUnasked =
    "the resolver could not take the question: it is out of memory, or the "
    "question waits for itself";

Question ToQuestion(const JobQuestion& question) {
  return {question.name, static_cast<RrType>(question.type)};
}

}  // namespace

std::string WhyNotTrusted(const Validation& validation) {
  if (!validation.has_validator) {
    return "the resolver does not validate: set module-config to \"dynlib "
           "validator iterator\" in unbound.conf";
  }
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

void VerdictJob::OnAnswer(const JobQuestion& question,
                          const ResolverMessage& message, int64_t now,
                          const BelowAnchor& below_anchor) {
  const Question asked = ToQuestion(question);
  lookup_.OnAnswer(asked, ToAnswer(asked, message, now, below_anchor));
}

void VerdictJob::OnUnasked(const JobQuestion& question, int64_t now) {
  lookup_.OnAnswer(ToQuestion(question), FailedAnswer(kUnasked, now));
}

void VerdictJob::GiveUp(absl::string_view why, int64_t now) {
  lookup_.GiveUp(why, now);
}

Report VerdictJob::Snapshot(absl::string_view why, int64_t now) const {
  Lookup copy = lookup_;
  copy.GiveUp(why, now);
  Report report;
  report.job = id();
  report.outcome = Outcome::kSnapshot;
  report.facts = std::make_shared<Facts>(copy.facts());
  return report;
}

Report VerdictJob::Finish() {
  Report report;
  report.job = id();
  report.outcome = Outcome::kDone;
  report.facts = std::make_shared<Facts>(lookup_.facts());
  return report;
}

void ProbeJob::Aim(const Validation& validation, const Name& anchor) {
  probe_.validation = validation;
  probe_.anchor = anchor;
}

std::vector<JobQuestion> ProbeJob::TakeQuestions() {
  if (std::exchange(asked_, true)) return {};
  return {{probe_.anchor, kDnskey}};
}

void ProbeJob::OnAnswer(const JobQuestion& question,
                        const ResolverMessage& message, int64_t now,
                        const BelowAnchor& below_anchor) {
  probe_.answer = ToAnswer(ToQuestion(question), message, now, below_anchor);
  done_ = true;
}

void ProbeJob::OnUnasked(const JobQuestion&, int64_t now) {
  GiveUp(kUnasked, now);
}

void ProbeJob::GiveUp(absl::string_view why, int64_t now) {
  if (done_) return;
  probe_.answer = FailedAnswer(why, now);
  done_ = true;
}

Report ProbeJob::Snapshot(absl::string_view why, int64_t now) const {
  Report report;
  report.job = id();
  report.outcome = Outcome::kSnapshot;
  report.probe = probe_;
  report.probe->answer = FailedAnswer(why, now);
  return report;
}

Report ProbeJob::Finish() {
  Report report;
  report.job = id();
  report.outcome = Outcome::kDone;
  report.probe = probe_;
  return report;
}

}  // namespace danebound
