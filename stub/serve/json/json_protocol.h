// Answers anybody: one line asks, one line of JSON is the verdict, as
// `danebound lookup --json` prints it (docs/json.md), in the order of the
// questions. Events of what is watched come between the answers.
#ifndef DANEBOUND_STUB_SERVE_JSON_JSON_PROTOCOL_H_
#define DANEBOUND_STUB_SERVE_JSON_JSON_PROTOCOL_H_

#include <string>

#include "stub/serve/json/watches.h"
#include "stub/serve/protocol.h"
#include "stub/serve/verdict_source.h"

namespace danebound {

class JsonProtocol : public Protocol {
 public:
  JsonProtocol(VerdictSource* source, Watches* watches)
      : source_(source), watches_(watches) {}

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
  void AnswerError(const std::string& asked, const absl::Status& error,
                   const OnReply& on_reply);
  std::string LineOf(const std::string& asked,
                     const absl::StatusOr<Verdict>& verdict) const;
  void ReportDecision(const std::string& asked,
                      const absl::StatusOr<Verdict>& verdict) const;

  VerdictSource* source_;
  Watches* watches_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_JSON_JSON_PROTOCOL_H_
