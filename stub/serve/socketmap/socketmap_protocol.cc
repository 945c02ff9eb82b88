#include "stub/serve/socketmap/socketmap_protocol.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "stub/serve/socketmap/map_key.h"
#include "stub/serve/socketmap/netstring.h"
#include "stub/serve/socketmap/postfix_policy.h"
#include "stub/serve/socketmap/sendmail_policy.h"
#include "stub/serve/socketmap/tls_policy.h"

namespace danebound {

// How the clients of a map are spoken to.
struct SocketmapWords {
  absl::string_view map;
  // The next hop of a key; nullopt: it names none, NOTFOUND.
  absl::StatusOr<absl::optional<NextHop>> (*read_key)(absl::string_view key);
  SocketmapReply (*for_policy)(TlsPolicy policy, const Verdict& verdict,
                               const PostfixWay& way);
  SocketmapReply (*without_verdict)(const absl::Status& error);
  // By the policies audit and off.
  SocketmapReply (*unenforced)(Unenforced unenforced);
  // To what is OK.
  void (*add_attributes)(const NextHop& next_hop, SocketmapReply* reply);
};

namespace {

std::string TextOf(const NextHop& next_hop) {
  return next_hop.port == kSmtpPort
             ? ToText(next_hop)
             : absl::StrCat(ToText(next_hop), ":", next_hop.port);
}

// Without attributes.
std::string WordOf(const SocketmapReply& reply) {
  if (reply.status != SocketmapStatus::kOk) {
    return std::string(ToText(reply.status));
  }
  return reply.text.substr(0, reply.text.find(' '));
}

const SocketmapReply kNotFound = {SocketmapStatus::kNotFound, ""};

absl::StatusOr<absl::optional<NextHop>> ReadPostfixKey(absl::string_view key) {
  return ReadMapKey(key);
}

SocketmapReply TempFor(const absl::Status& error) {
  return Refusal(SocketmapStatus::kTemp, IdOf(error.code()), error.message());
}

SocketmapReply WordFor(Unenforced unenforced) {
  if (unenforced == Unenforced::kNotFound) return kNotFound;
  return {SocketmapStatus::kOk, std::string(ToText(unenforced))};
}

void AddNothing(const NextHop& /*next_hop*/, SocketmapReply* /*reply*/) {}

const SocketmapWords kAllWords[] = {
    {"QUERY", ReadPostfixKey, PostfixReplyFor, TempFor, WordFor, AddNothing},
    {"QUERYwithTLSRPT", ReadPostfixKey, PostfixReplyFor, TempFor, WordFor,
     AddTlsrpt},
    {"opensmtpd", ReadPostfixKey,
     [](TlsPolicy policy, const Verdict& verdict, const PostfixWay& /*way*/) {
       return ReplyFor(policy, verdict);
     },
     TempFor, WordFor, AddNothing},
    {"sendmail",
     [](absl::string_view key) -> absl::StatusOr<absl::optional<NextHop>> {
       absl::StatusOr<NextHop> next_hop = ParseNextHop(key);
       if (!next_hop.ok()) return next_hop.status();
       return *std::move(next_hop);
     },
     [](TlsPolicy policy, const Verdict& verdict, const PostfixWay& /*way*/) {
       return SendmailReplyFor(policy, verdict);
     },
     [](const absl::Status& error) {
       return SendmailDefer(IdOf(error.code()));
     },
     [](Unenforced /*unenforced*/) { return kNotFound; }, AddNothing}};

// The words of a map; null: there is no such map.
const SocketmapWords* WordsOfMap(absl::string_view map) {
  const auto* found = std::find_if(
      std::begin(kAllWords), std::end(kAllWords),
      [map](const SocketmapWords& each) { return each.map == map; });
  return found == std::end(kAllWords) ? nullptr : found;
}

Decision DecisionOf(const NextHop& next_hop, const Destination& destination,
                    const SocketmapReply& reply) {
  Decision decision;
  decision.protocol = "socketmap";
  decision.asked = TextOf(next_hop);
  decision.policy = destination.enforcement;
  if (destination.exception.has_value()) {
    decision.exception = destination.exception->reason;
  }
  decision.answer = WordOf(reply);
  return decision;
}

void AddVerdict(const absl::StatusOr<Verdict>& verdict, Decision* decision) {
  if (verdict.ok()) return decision->Add(*verdict);
  decision->reasons = {std::string(IdOf(verdict.status().code()))};
  decision->error = std::string(verdict.status().message());
}

// To the verdict's own reasons, as those of a deferral.
void AddResolverFault(const std::string& fault, Decision* decision) {
  decision->reasons.insert(decision->reasons.begin(),
                           std::string(kMtaResolver));
  decision->error = fault;
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
  source_->metrics().CountRefusal("bad-request");
  return EncodeSocketmapReply(
      Refusal(SocketmapStatus::kTemp, "bad-request", error.message()));
}

void SocketmapProtocol::Answer(const std::string& request,
                               const std::shared_ptr<Caller>& caller,
                               OnReply on_reply) {
  const absl::StatusOr<SocketmapRequest> parsed =
      ParseSocketmapRequest(request);
  if (!parsed.ok()) {
    source_->metrics().CountRefusal("bad-request");
    return on_reply(EncodeSocketmapReply(Refusal(
        SocketmapStatus::kTemp, "bad-request", parsed.status().message())));
  }
  const SocketmapWords* words = WordsOfMap(parsed->map);
  if (words == nullptr) {
    source_->metrics().CountRefusal("no-such-map");
    // Not PERM: Sendmail takes that for "not in the map".
    return on_reply(EncodeSocketmapReply(Refusal(
        SocketmapStatus::kTemp, "no-such-map",
        "the maps here are QUERY, QUERYwithTLSRPT, opensmtpd and sendmail")));
  }
  AnswerKey(*words, parsed->key, caller->user(), on_reply);
}

void SocketmapProtocol::AnswerKey(const SocketmapWords& words,
                                  const std::string& key,
                                  const std::string& user,
                                  const OnReply& on_reply) {
  const absl::StatusOr<absl::optional<NextHop>> next_hop = words.read_key(key);
  if (!next_hop.ok()) {
    source_->metrics().CountRefusal("bad-key");
    Decision decision;
    decision.protocol = "socketmap";
    decision.asked_as = AskedAs::kKey;
    decision.asked = key;
    decision.answer = "TEMP";
    decision.reasons = {"bad-key"};
    decision.error = std::string(next_hop.status().message());
    source_->ReportDecision(decision);
    return on_reply(EncodeSocketmapReply(Refusal(
        SocketmapStatus::kTemp, "bad-key", next_hop.status().message())));
  }
  if (!next_hop->has_value()) {
    return on_reply(EncodeSocketmapReply(kNotFound));
  }
  AnswerNextHop(words, **next_hop, user, on_reply);
}

void SocketmapProtocol::AnswerNextHop(const SocketmapWords& words,
                                      const NextHop& next_hop,
                                      const std::string& user,
                                      const OnReply& on_reply) {
  const Destination destination = source_->DestinationFor(next_hop);
  const SocketmapReply unenforced = UnenforcedReply(words, next_hop);
  if (InForce(destination) == Enforcement::kOff) {
    source_->ReportDecision(DecisionOf(next_hop, destination, unenforced));
    return on_reply(EncodeSocketmapReply(unenforced));
  }
  source_->LookUp(
      next_hop, ChoicesFor(destination),
      absl::Milliseconds(source_->settings().socketmap_deadline_ms), user,
      [this, &words, next_hop, destination, unenforced,
       on_reply](const Conclusion& conclusion) {
        const absl::StatusOr<Verdict>& verdict = conclusion.verdict;
        const bool audit = InForce(destination) == Enforcement::kAudit;
        SocketmapReply enforced = EnforcedReply(words, verdict, destination);
        words.add_attributes(next_hop, &enforced);
        const SocketmapReply& reply = audit ? unenforced : enforced;
        Decision decision = DecisionOf(next_hop, destination, reply);
        if (audit) decision.would_answer = WordOf(enforced);
        AddVerdict(verdict, &decision);
        if (WaitsForResolver(enforced)) {
          AddResolverFault(resolver_->fault(), &decision);
        }
        source_->ReportDecision(decision);
        on_reply(EncodeSocketmapReply(reply));
      });
}

SocketmapReply SocketmapProtocol::EnforcedReply(
    const SocketmapWords& words, const absl::StatusOr<Verdict>& verdict,
    const Destination& destination) const {
  if (!verdict.ok()) return words.without_verdict(verdict.status());
  const PostfixWay way = {
      source_->settings().postfix_word == PostfixWord::kPins,
      resolver_->fault()};
  return words.for_policy(PolicyFor(*verdict, destination.insecure_mx),
                          *verdict, way);
}

SocketmapReply SocketmapProtocol::UnenforcedReply(
    const SocketmapWords& words, const NextHop& next_hop) const {
  SocketmapReply reply = words.unenforced(source_->settings().unenforced);
  words.add_attributes(next_hop, &reply);
  return reply;
}

}  // namespace danebound
