#include "stub/serve/json/json_protocol.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "stub/json/verdict_json.h"
#include "stub/serve/json/json_request.h"

namespace danebound {
namespace {

// What one reply may take, and about what a host and a record take of it. No
// domain that means to get mail comes near; making the JSON of all that a zone
// can hold would keep everybody waiting. From kSharedOctets on it is made once
// for all who wait, who then have hosts of equal preference in the same order.
constexpr size_t kMostOctets = size_t{128} << 10;
constexpr size_t kSharedOctets = size_t{32} << 10;
constexpr size_t kHostOctets = 1024;
constexpr size_t kRecordOctets = 192;

Choices ChoicesOf(const JsonRequest& request, const Destination& destination) {
  Choices choices = ChoicesFor(destination);
  choices.require = choices.require || request.require;
  choices.insecure_mx = request.insecure_mx.value_or(choices.insecure_mx);
  return choices;
}

// About the octets of a verdict as JSON.
size_t SizeOf(const Verdict& verdict) {
  size_t size = 0;
  for (const HostVerdict& host : verdict.hosts) {
    size += kHostOctets;
    for (const Tlsa& record : host.tlsa) {
      size += kRecordOctets + 2 * record.rdata.size();
    }
  }
  return size;
}

absl::Status TooLarge() {
  return absl::OutOfRangeError(
      absl::StrCat("its TLSA records make a verdict of more than ",
                   kMostOctets >> 10, " KiB; `danebound lookup` shows it"));
}

}  // namespace

absl::StatusOr<absl::optional<std::string>> JsonProtocol::Take(
    absl::string_view* octets, bool at_end) const {
  return TakeLine(octets, at_end);
}

std::string JsonProtocol::Broken(const absl::Status& error) const {
  source_->metrics().CountRefusal("bad-request");
  return absl::StrCat(ToLine(ToJson("", error.message())), "\n");
}

void JsonProtocol::Answer(const std::string& request,
                          const std::shared_ptr<Caller>& caller,
                          OnReply on_reply) {
  const auto watch = ParseWatchRequest(request);
  if (!watch.ok()) return Refuse(request, watch.status(), on_reply);
  if (watch->has_value()) return watches_->Watch(caller, **watch, on_reply);
  AnswerNextHop(request, caller->user(), std::move(on_reply));
}

void JsonProtocol::AnswerNextHop(const std::string& request,
                                 const std::string& user, OnReply on_reply) {
  const absl::StatusOr<JsonRequest> parsed = ParseJsonRequest(request);
  if (!parsed.ok()) return Refuse(request, parsed.status(), on_reply);
  const Destination& destination =
      source_->settings().destinations.For(parsed->next_hop);
  source_->LookUp(
      parsed->next_hop, ChoicesOf(*parsed, destination),
      absl::Milliseconds(source_->settings().json_deadline_ms), user,
      [this, asked = ToText(parsed->next_hop),
       on_reply = std::move(on_reply)](Conclusion& conclusion) {
        if (!conclusion.verdict.ok()) {
          return AnswerError(asked, conclusion.verdict.status(), on_reply);
        }
        const size_t size = SizeOf(*conclusion.verdict);
        if (size > kMostOctets) return AnswerError(asked, TooLarge(), on_reply);
        ReportDecision(asked, conclusion.verdict);
        if (size < kSharedOctets) {
          return on_reply(LineOf(asked, conclusion.verdict));
        }
        if (conclusion.json.empty()) {
          conclusion.json = LineOf(asked, conclusion.verdict);
        }
        on_reply(conclusion.json);
      });
}

void JsonProtocol::Refuse(const std::string& request, const absl::Status& error,
                          const OnReply& on_reply) {
  source_->metrics().CountRefusal("bad-request");
  AnswerError(request, error, on_reply);
}

void JsonProtocol::AnswerError(const std::string& asked,
                               const absl::Status& error,
                               const OnReply& on_reply) {
  ReportDecision(asked, error);
  on_reply(LineOf(asked, error));
}

std::string JsonProtocol::LineOf(const std::string& asked,
                                 const absl::StatusOr<Verdict>& verdict) const {
  return absl::StrCat(
      ToLine(verdict.ok() ? ToJson(*verdict, source_->now())
                          : ToJson(asked, verdict.status().message())),
      "\n");
}

void JsonProtocol::ReportDecision(
    const std::string& asked, const absl::StatusOr<Verdict>& verdict) const {
  Decision decision;
  decision.protocol = "json";
  if (verdict.ok()) {
    decision.asked = ToText(verdict->next_hop);
    decision.answer = "verdict";
    decision.Add(*verdict);
  } else {
    decision.asked_as = AskedAs::kLine;
    decision.asked = asked;
    decision.answer = "error";
    decision.error = std::string(verdict.status().message());
  }
  source_->ReportDecision(decision);
}

}  // namespace danebound
