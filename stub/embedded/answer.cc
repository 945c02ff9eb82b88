#include "stub/embedded/answer.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "stub/dane/rdata.h"
#include "stub/dane/reading.h"
#include "stub/embedded/packet.h"

namespace danebound {
namespace {

constexpr int kUnboundInsecure = 0;
constexpr int kUnboundSecure = 2;
constexpr uint16_t kEdeBogus = 6;  // RFC 8914 4.7

// A failure that libunbound reports without a word: its servers did not answer,
// or answered SERVFAIL, REFUSED and the like.
Answer NoAnswer(int rcode, bool rate_limited, int64_t now) {
  return FailedAnswer(
      absl::StrCat(RcodeText(rcode), rate_limited
                                         ? ", by the ratelimit of unbound.conf"
                                         : " or no answer from its servers"),
      now);
}

Answer BogusAnswer(absl::string_view why_bogus, int64_t now) {
  Answer answer = FailedAnswer(
      why_bogus.empty() ? absl::string_view("validation failed") : why_bogus,
      now);
  answer.security = Security::kBogus;
  answer.ede = kEdeBogus;
  return answer;
}

// How long the signatures of one RRset let it live, in seconds. Which one the
// validator used is not known, so all that have not expired count. Where all
// have (the validator allows some skew), a secure RRset does not live on; an
// insecure one never depended on them.
int64_t SignatureLife(const std::vector<DnsRecord>& section, const Rrset& of,
                      Security security, int64_t now) {
  constexpr int64_t kForever = INT64_MAX;
  int64_t life = kForever;
  bool any_expired = false;
  for (const DnsRecord& record : section) {
    if (record.type != kTypeRrsig || record.owner != of.owner) continue;
    const absl::optional<Rrsig> rrsig = ParseRrsig(record.rdata, now);
    if (!rrsig || rrsig->covered != of.type) continue;
    if (rrsig->ends <= now) {
      any_expired = true;
    } else {
      life = std::min<int64_t>({life, rrsig->original_ttl, rrsig->ends - now});
    }
  }
  if (life == kForever && any_expired && security == Security::kSecure) {
    return 0;
  }
  return life;
}

std::vector<Rrset> RrsetsOf(const std::vector<DnsRecord>& section,
                            Security security, int64_t now) {
  std::vector<Rrset> rrsets;
  std::map<std::pair<Name, uint16_t>, size_t> known;  // to where it stands
  for (const DnsRecord& record : section) {
    if (record.type == kTypeRrsig) continue;
    const auto [place, is_new] =
        known.emplace(std::pair(record.owner, record.type), rrsets.size());
    if (is_new) {
      rrsets.push_back({record.owner, record.type, absl::nullopt, record.ttl});
    }
    Rrset& rrset = rrsets[place->second];
    rrset.ttl = std::min<int64_t>(rrset.ttl, record.ttl);
    rrset.rdata.push_back(record.rdata);
  }
  for (Rrset& rrset : rrsets) {
    rrset.ttl =
        std::min(rrset.ttl, SignatureLife(section, rrset, security, now));
  }
  return rrsets;
}

// What makes a packet no answer to the question, or nothing.
std::string PacketFault(const Packet& packet, const Question& question) {
  if (!packet.response) return "the packet is no response";
  if (packet.truncated) return "the answer is truncated";
  if (packet.question != question.name ||
      packet.question_type != static_cast<uint16_t>(question.type)) {
    return "the packet answers another question";
  }
  return "";
}

Answer Judged(const Question& question, const Packet& packet, Security security,
              int64_t now) {
  const std::string fault = PacketFault(packet, question);
  if (!fault.empty()) return FailedAnswer(fault, now);
  const DnsMessage message = {packet.rcode, 0,
                              RrsetsOf(packet.answer, security, now),
                              RrsetsOf(packet.authority, security, now)};
  const absl::StatusOr<Reading> reading = Read(question, message);
  if (!reading.ok()) return FailedAnswer(reading.status().message(), now);
  Answer answer;
  answer.security = security;
  answer.name_exists = packet.rcode != kRcodeNxDomain;
  answer.aliases = reading->aliases;
  if (security == Security::kSecure && !answer.aliases.empty()) {
    answer.alias_security = Security::kSecure;
  }
  if (reading->records != nullptr) answer.rdata = reading->records->rdata;
  answer.expires = now + reading->life;
  return answer;
}

}  // namespace

Answer AnswerFrom(const Question& question, const UnboundResult& result,
                  int64_t now) {
  if (result.rcode != kRcodeNoError) {
    return NoAnswer(result.rcode, result.rate_limited, now);
  }
  const absl::StatusOr<Packet> packet = ParsePacket(result.packet);
  if (!packet.ok()) {
    return FailedAnswer(
        absl::StrCat("an unreadable answer: ", packet.status().message()), now);
  }
  if (packet->rcode != kRcodeNoError && packet->rcode != kRcodeNxDomain) {
    return NoAnswer(packet->rcode, result.rate_limited, now);
  }
  // libunbound says why also where it hides a failed key sentinel (RFC 8509)
  // behind "insecure".
  if (!result.why_bogus.empty()) return BogusAnswer(result.why_bogus, now);
  switch (result.security) {
    case kUnboundSecure:
      return Judged(question, *packet, Security::kSecure, now);
    case kUnboundInsecure:
      return Judged(question, *packet, Security::kInsecure, now);
    default:
      return BogusAnswer("", now);
  }
}

absl::optional<Name> DnameAbove(const Question& question,
                                absl::string_view packet) {
  if (question.type != RrType::kCname) return absl::nullopt;
  const absl::StatusOr<Packet> parsed = ParsePacket(packet);
  if (!parsed.ok()) return absl::nullopt;
  for (const DnsRecord& record : parsed->answer) {
    if (record.type == kTypeDname && record.owner != question.name &&
        question.name.IsAtOrBelow(record.owner)) {
      return record.owner;
    }
  }
  return absl::nullopt;
}

Answer AliasFromDname(const Question& question, const Name& owner,
                      const Answer& dname, int64_t now) {
  if (IsFailure(dname.security)) return dname;
  if (dname.rdata.size() != 1 || !dname.aliases.empty()) {
    return FailedAnswer("its DNAME is gone", now);
  }
  const absl::optional<Name> target =
      SubstituteDname(question.name, owner, dname.rdata.front());
  if (!target) return FailedAnswer("its DNAME makes it too long", now);
  Answer answer = dname;
  answer.rdata = {std::string(target->wire())};
  return answer;
}

}  // namespace danebound
