// Answers anybody: one line asks, one line of JSON is the verdict, as
// `danebound lookup --json` prints it (docs/json.md), in the order of the
// questions. Events of what is watched come between the answers.
#ifndef DANEBOUND_STUB_SERVE_JSON_PROTOCOL_H_
#define DANEBOUND_STUB_SERVE_JSON_PROTOCOL_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "stub/serve/protocol.h"
#include "stub/serve/verdict_source.h"
#include "stub/serve/watches.h"

namespace danebound {

// Who knows the JSON of verdicts. Each gives one line without its newline.
struct JsonForms {
  // now: seconds since the epoch.
  std::function<std::string(const Verdict& verdict, int64_t now)> verdict;
  // For what has no verdict: as it was asked for, and why.
  std::function<std::string(absl::string_view next_hop,
                            absl::string_view error)>
      error;
};

class JsonProtocol : public Protocol {
 public:
  JsonProtocol(VerdictSource* source, Watches* watches, JsonForms forms)
      : source_(source), watches_(watches), forms_(std::move(forms)) {}

  absl::StatusOr<absl::optional<std::string>> Take(absl::string_view* octets,
                                                   bool at_end) const override;
  std::string Broken(const absl::Status& error) const override;
  void Answer(const std::string& request, const std::shared_ptr<Caller>& caller,
              OnReply on_reply) override;

 private:
  void AnswerNextHop(const std::string& request, const std::string& user,
                     OnReply on_reply);
  void Refuse(const std::string& request, const absl::Status& error,
              const OnReply& on_reply);
  std::string LineOf(const std::string& asked,
                     const absl::StatusOr<Verdict>& verdict) const;
  void ReportDecision(const std::string& asked,
                      const absl::StatusOr<Verdict>& verdict) const;

  VerdictSource* source_;
  Watches* watches_;
  JsonForms forms_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_JSON_PROTOCOL_H_
