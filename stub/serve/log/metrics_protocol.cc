#include "stub/serve/log/metrics_protocol.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

constexpr size_t kLongestHead = 8192;
constexpr absl::string_view kHeadEnd = "\r\n\r\n";

std::string Response(absl::string_view status, absl::string_view body) {
  return absl::StrCat("HTTP/1.1 ", status,
                      "\r\nContent-Type: text/plain; version=0.0.4; "
                      "charset=utf-8\r\nContent-Length: ",
                      body.size(), kHeadEnd, body);
}

}  // namespace

absl::StatusOr<absl::optional<std::string>> MetricsProtocol::Take(
    absl::string_view* octets, bool /*at_end*/) const {
  const size_t end = octets->find(kHeadEnd);
  if (end == absl::string_view::npos) {
    if (octets->size() <= kLongestHead) return absl::nullopt;
    return absl::OutOfRangeError("the head of the request is too long");
  }
  const std::string head(octets->substr(0, end));
  octets->remove_prefix(end + kHeadEnd.size());
  return head;
}

std::string MetricsProtocol::Broken(const absl::Status& error) const {
  return Response("400 Bad Request", absl::StrCat(error.message(), "\n"));
}

void MetricsProtocol::Answer(const std::string& request,
                             const std::shared_ptr<Caller>& /*caller*/,
                             OnReply on_reply) {
  if (!absl::StartsWith(request, "GET /metrics HTTP/1.")) {
    return on_reply(Response("404 Not Found", "there is GET /metrics alone\n"));
  }
  on_reply(Response("200 OK", page_()));
}

}  // namespace danebound
