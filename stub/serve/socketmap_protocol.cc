#include "stub/serve/socketmap_protocol.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "stub/serve/map_key.h"
#include "stub/serve/netstring.h"
#include "stub/serve/tls_policy.h"

namespace danebound {
namespace {

std::string TextOf(const NextHop& next_hop) {
  return next_hop.port == kSmtpPort
             ? ToText(next_hop)
             : absl::StrCat(ToText(next_hop), ":", next_hop.port);
}

std::string WordOf(const SocketmapReply& reply) {
  return reply.status == SocketmapStatus::kOk
             ? reply.text
             : std::string(ToText(reply.status));
}

const SocketmapReply kMayReply = {SocketmapStatus::kOk, "may"};

SocketmapReply EnforcedReply(const absl::StatusOr<Verdict>& verdict,
                             const Destination& destination) {
  if (!verdict.ok()) {
    return Refusal(SocketmapStatus::kTemp, IdOf(verdict.status().code()),
                   verdict.status().message());
  }
  return ReplyFor(PolicyFor(*verdict, destination.insecure_mx), *verdict);
}

LogFields DecisionFields(const NextHop& next_hop,
                         const Destination& destination,
                         const SocketmapReply& reply) {
  LogFields fields = {{"protocol", "socketmap"},
                      {"next_hop", TextOf(next_hop)},
                      {"policy", std::string(ToText(destination.enforcement))}};
  if (destination.exception.has_value()) {
    fields.emplace_back("exception", destination.exception->reason);
  }
  fields.emplace_back("answer", WordOf(reply));
  return fields;
}

void AddVerdict(const absl::StatusOr<Verdict>& verdict, LogFields* fields) {
  if (!verdict.ok()) {
    fields->emplace_back("reasons", std::string(IdOf(verdict.status().code())));
    fields->emplace_back("error", std::string(verdict.status().message()));
    return;
  }
  for (auto& field : FieldsOf(*verdict)) fields->push_back(std::move(field));
}

}  // namespace

absl::StatusOr<absl::optional<std::string>> SocketmapProtocol::Take(
    absl::string_view* octets, bool /*at_end*/) const {
  const auto request = TakeNetstring(octets, kLongestSocketmapRequest);
  if (!request.ok()) return request.status();
  if (!request->has_value()) return absl::nullopt;
  return std::string(**request);
}

std::string SocketmapProtocol::Broken(const absl::Status& error) const {
  return EncodeSocketmapReply(
      Refusal(SocketmapStatus::kTemp, "bad-request", error.message()));
}

void SocketmapProtocol::Answer(const std::string& request, OnReply on_reply) {
  const absl::StatusOr<SocketmapRequest> parsed =
      ParseSocketmapRequest(request);
  if (!parsed.ok()) {
    return on_reply(EncodeSocketmapReply(Refusal(
        SocketmapStatus::kTemp, "bad-request", parsed.status().message())));
  }
  if (parsed->map != "QUERY" && parsed->map != "QUERYwithTLSRPT") {
    return on_reply(EncodeSocketmapReply(
        Refusal(SocketmapStatus::kPerm, "no-such-map",
                "the maps here are QUERY and QUERYwithTLSRPT")));
  }
  AnswerKey(parsed->key, on_reply);
}

void SocketmapProtocol::AnswerKey(const std::string& key,
                                  const OnReply& on_reply) {
  const absl::StatusOr<absl::optional<NextHop>> next_hop = ReadMapKey(key);
  if (!next_hop.ok()) {
    source_->ReportDecision(
        {{"protocol", "socketmap"},
         {"key", key},
         {"answer", "TEMP"},
         {"reasons", "bad-key"},
         {"error", std::string(next_hop.status().message())}});
    return on_reply(EncodeSocketmapReply(Refusal(
        SocketmapStatus::kTemp, "bad-key", next_hop.status().message())));
  }
  if (!next_hop->has_value()) {
    return on_reply(EncodeSocketmapReply({SocketmapStatus::kNotFound, ""}));
  }
  AnswerNextHop(**next_hop, on_reply);
}

void SocketmapProtocol::AnswerNextHop(const NextHop& next_hop,
                                      const OnReply& on_reply) {
  const Destination destination = source_->DestinationFor(next_hop);
  if (InForce(destination) == Enforcement::kOff) {
    source_->ReportDecision(DecisionFields(next_hop, destination, kMayReply));
    return on_reply(EncodeSocketmapReply(kMayReply));
  }
  source_->LookUp(
      next_hop, ChoicesFor(destination),
      absl::Milliseconds(source_->settings().socketmap_deadline_ms),
      [source = source_, next_hop, destination,
       on_reply](const absl::StatusOr<Verdict>& verdict) {
        const bool audit = InForce(destination) == Enforcement::kAudit;
        const SocketmapReply enforced = EnforcedReply(verdict, destination);
        const SocketmapReply& reply = audit ? kMayReply : enforced;
        LogFields fields = DecisionFields(next_hop, destination, reply);
        if (audit) fields.emplace_back("would_answer", WordOf(enforced));
        AddVerdict(verdict, &fields);
        source->ReportDecision(fields);
        on_reply(EncodeSocketmapReply(reply));
      });
}

}  // namespace danebound
