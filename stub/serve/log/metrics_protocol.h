// Answers Prometheus: HTTP/1.1, GET /metrics alone.
#ifndef DANEBOUND_STUB_SERVE_LOG_METRICS_PROTOCOL_H_
#define DANEBOUND_STUB_SERVE_LOG_METRICS_PROTOCOL_H_

#include <functional>
#include <string>
#include <utility>

#include "stub/serve/protocol.h"

namespace danebound {

class MetricsProtocol : public Protocol {
 public:
  // Makes the page.
  using Page = std::function<std::string()>;

  explicit MetricsProtocol(Page page) : page_(std::move(page)) {}

  // A request is its head, up to the empty line; it has no body.
  absl::StatusOr<absl::optional<std::string>> Take(absl::string_view* octets,
                                                   bool at_end) const override;
  std::string Broken(const absl::Status& error) const override;
  void Answer(const std::string& request, const std::shared_ptr<Caller>& caller,
              OnReply on_reply) override;

 private:
  Page page_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_LOG_METRICS_PROTOCOL_H_
