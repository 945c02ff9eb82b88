// Jobs: what a worker does for the service thread inside one mesh state, and
// the reports it sends back.
//
//   StartMail(job) --> questions --> sub-queries --> answers --> Report
//
//   VerdictJob   all that a verdict needs
//   PrefetchJob  the same, but modest: see there
//   ProbeJob     a look at the resolver, for the self-test
//
// A job is a value that no two threads touch at once: the service thread makes
// it, the mail hands it over, the worker keeps it.
#ifndef DANEBOUND_MODULE_JOB_H_
#define DANEBOUND_MODULE_JOB_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "module/resolver_message.h"
#include "module/verdict_cache.h"
#include "stub/dane/lookup.h"
#include "stub/dane/name.h"

namespace danebound {

// How far the resolver validates.
struct ValidationMode {
  bool has_validator = false;
  bool has_trust_anchor = false;
  bool is_permissive = true;
  bool accepts_stripped = true;
  int log_level = 0;           // val-log-level
  std::string anchor_trouble;  // see AnchorTrouble

  // Says whether answers mean anything to the rules.
  bool is_trusted() const {
    return has_validator && has_trust_anchor && anchor_trouble.empty() &&
           !is_permissive && !accepts_stripped;
  }
};

// Why there are no verdicts, naming the setting; empty where is_trusted.
std::string WhyNotTrusted(const ValidationMode& validation);

// A look at the resolver itself, for the self-test.
struct Probe {
  struct Keys {
    Name anchor;
    Answer answer;  // the DNSKEY RRset, asked as any client would
  };
  ValidationMode validation;
  std::vector<Keys> keys;  // of the trust anchors: the first kMostProbed
};

// A bound on what one self-test may ask.
inline constexpr size_t kMostProbed = 16;

enum class JobOutcome : uint8_t {
  kDone,           // all is known, or the deadline has passed
  kSnapshot,       // what is known so far; the job goes on
  kNotValidating,  // the resolver does not validate; `text` says why
  kNotStarted,     // there is no room for what nobody waits for
  kDropped,        // the resolver ended the job's state
  kLooked,         // whether it validates now: `text` says why not, or is empty
  kReconfigured,   // the configuration was read again: what is known is old
  kRoom,           // answer to RoomMail: asked lookups find room again
};

struct Report {
  uint64_t job = 0;
  JobOutcome outcome = JobOutcome::kDropped;
  SharedFacts facts;      // of a verdict job: kDone, kSnapshot
  bool is_whole = false;  // nothing was left out: others may use the facts
  size_t fruitless = 0;   // of a prefetch job: answers without use
  size_t questions = 0;   // that were asked
  absl::optional<Probe> probe;  // of a probe job: kDone
  std::string text;
};

struct JobQuestion {
  Name name;
  uint16_t type = 0;

  friend bool operator==(const JobQuestion& a, const JobQuestion& b) {
    return a.type == b.type && a.name == b.name;
  }
  friend bool operator<(const JobQuestion& a, const JobQuestion& b) {
    return a.type == b.type ? a.name < b.name : a.type < b.type;
  }
};

class Job {
 public:
  using BelowAnchor = std::function<bool(const Name&)>;

  explicit Job(uint64_t id) : id_(id) {}
  virtual ~Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  uint64_t id() const { return id_; }

  // The questions that came up since the last call.
  virtual std::vector<JobQuestion> TakeQuestions() = 0;
  // Seconds by which cached answers count as ended: see unbound_ask.
  virtual int64_t leeway() const = 0;
  // How many questions may be open at once.
  virtual size_t most_at_once() const = 0;
  virtual void OnAnswer(const JobQuestion& question,
                        const ResolverMessage& message, int64_t now,
                        const BelowAnchor& below_anchor) = 0;
  // The question could not be put to the resolver.
  virtual void OnUnasked(const JobQuestion& question, int64_t now) = 0;
  virtual bool done() const = 0;
  // Ends the job with what is known.
  virtual void GiveUp(absl::string_view why, int64_t now) = 0;
  // What would be known if the job ended now.
  virtual Report Snapshot(absl::string_view why, int64_t now) const = 0;
  // The report of a job that is done.
  virtual Report Finish() = 0;

 private:
  uint64_t id_;
};

// Finds the facts of one next hop.
class VerdictJob : public Job {
 public:
  VerdictJob(uint64_t id, Lookup lookup, int64_t leeway)
      : Job(id), lookup_(std::move(lookup)), leeway_(leeway) {}

  std::vector<JobQuestion> TakeQuestions() override;
  int64_t leeway() const override { return leeway_; }
  size_t most_at_once() const override;
  void OnAnswer(const JobQuestion& question, const ResolverMessage& message,
                int64_t now, const BelowAnchor& below_anchor) override;
  void OnUnasked(const JobQuestion& question, int64_t now) override;
  bool done() const override { return lookup_.done(); }
  void GiveUp(absl::string_view why, int64_t now) override;
  Report Snapshot(absl::string_view why, int64_t now) const override;
  Report Finish() override;

 protected:
  const Lookup& lookup() const { return lookup_; }
  // Feeds the rules; returns the answer that they were given.
  Answer Feed(const JobQuestion& question, const ResolverMessage& message,
              int64_t now, const BelowAnchor& below_anchor);

 private:
  Lookup lookup_;
  int64_t leeway_;
  bool is_given_up_ = false;
};

// Warms the resolver's caches for an MTA that does its own DNS. Whoever owns a
// zone decides which names stand in its MX records, so that others pay for what
// is asked: one host at a time and one question at a time, few in all, and no
// more once two answers were of no use (a failure, a name that does not exist,
// an alias that leads to another alias).
class PrefetchJob : public VerdictJob {
 public:
  //   questions  that it may ask.
  PrefetchJob(uint64_t id, Lookup lookup, size_t questions)
      : VerdictJob(id, std::move(lookup), 0), left_(questions) {}

  std::vector<JobQuestion> TakeQuestions() override;
  size_t most_at_once() const override { return 1; }
  void OnAnswer(const JobQuestion& question, const ResolverMessage& message,
                int64_t now, const BelowAnchor& below_anchor) override;
  void OnUnasked(const JobQuestion& question, int64_t now) override;
  bool done() const override;
  Report Finish() override;

 private:
  void CountUse(const Answer& answer);

  std::deque<JobQuestion> waiting_;  // in the order in which they are asked
  bool is_one_open_ = false;
  size_t left_;
  size_t fruitless_ = 0;
};

// Asks for the keys of the trust anchors.
class ProbeJob : public Job {
 public:
  explicit ProbeJob(uint64_t id) : Job(id) {}

  // Must be called before the job starts.
  //   anchors  at least one; of more than kMostProbed the first.
  void Aim(const ValidationMode& validation, const std::vector<Name>& anchors);

  std::vector<JobQuestion> TakeQuestions() override;
  int64_t leeway() const override { return 0; }
  size_t most_at_once() const override { return 2; }
  void OnAnswer(const JobQuestion& question, const ResolverMessage& message,
                int64_t now, const BelowAnchor& below_anchor) override;
  void OnUnasked(const JobQuestion& question, int64_t now) override;
  bool done() const override { return open_.empty(); }
  void GiveUp(absl::string_view why, int64_t now) override;
  Report Snapshot(absl::string_view why, int64_t now) const override;
  Report Finish() override;

 private:
  void Take(const Name& anchor, const Answer& answer);

  Probe probe_;
  std::vector<Name> open_;  // without an answer
  bool asked_ = false;
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_JOB_H_
