// Answers Prometheus: HTTP/1.1, GET /metrics alone.
#ifndef DANEBOUND_STUB_SERVE_METRICS_PROTOCOL_H_
#define DANEBOUND_STUB_SERVE_METRICS_PROTOCOL_H_

#include <string>

#include "stub/serve/protocol.h"
#include "stub/serve/verdict_source.h"

namespace danebound {

class MetricsProtocol : public Protocol {
 public:
  explicit MetricsProtocol(const VerdictSource* source) : source_(source) {}

  // A request is its head, up to the empty line; it has no body.
  absl::StatusOr<absl::optional<std::string>> Take(absl::string_view* octets,
                                                   bool at_end) const override;
  std::string Broken(const absl::Status& error) const override;
  void Answer(const std::string& request, const std::shared_ptr<Caller>& caller,
              OnReply on_reply) override;

 private:
  const VerdictSource* source_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_METRICS_PROTOCOL_H_
