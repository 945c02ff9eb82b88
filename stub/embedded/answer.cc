#include "stub/embedded/answer.h"

#include <algorithm>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "stub/embedded/packet.h"

namespace danebound {
namespace {

using Records = std::vector<ResourceRecord>;

constexpr int kUnboundInsecure = 0;
constexpr int kUnboundSecure = 2;
constexpr uint16_t kEdeBogus = 6;  // RFC 8914 4.7
constexpr int64_t kForever = INT64_MAX;

std::string RcodeText(int rcode) {
  switch (rcode) {
    case 1:
      return "FORMERR";
    case 2:
      return "SERVFAIL";
    case 4:
      return "NOTIMP";
    case 5:
      return "REFUSED";
    default:
      return absl::StrCat("RCODE ", rcode);
  }
}

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

uint32_t U32At(absl::string_view octets, size_t at) {
  uint32_t value = 0;
  for (const char octet : octets.substr(at, 4)) {
    value = value << 8 | static_cast<uint8_t>(octet);
  }
  return value;
}

// The front of RRSIG RDATA (RFC 4034 3.1).
struct Rrsig {
  uint16_t covered = 0;
  int64_t original_ttl = 0;  // seconds
  int64_t left = 0;          // seconds to its expiration; negative when past
};

constexpr size_t kRrsigFixedSize = 18;

// Reads RRSIG RDATA of at least kRrsigFixedSize octets. Its times are 32 bits
// in serial number arithmetic (RFC 4034 3.1.5).
Rrsig ReadRrsig(absl::string_view rdata, int64_t now) {
  Rrsig rrsig;
  rrsig.covered = static_cast<uint16_t>(U32At(rdata, 0) >> 16);
  rrsig.original_ttl = U32At(rdata, 4);
  rrsig.left =
      static_cast<int32_t>(U32At(rdata, 8) - static_cast<uint32_t>(now));
  return rrsig;
}

// How long the signatures of one RRset let it live. Which one the validator
// used is not known, so all that have not expired count. Where all have (the
// validator allows some skew), a secure RRset does not live on; an insecure one
// never depended on them.
int64_t SignatureLife(const Records& section, const Name& owner, uint16_t type,
                      Security security, int64_t now) {
  int64_t life = kForever;
  bool any_expired = false;
  for (const ResourceRecord& record : section) {
    if (record.type != kTypeRrsig || record.owner != owner ||
        record.rdata.size() < kRrsigFixedSize) {
      continue;
    }
    const Rrsig rrsig = ReadRrsig(record.rdata, now);
    if (rrsig.covered != type) continue;
    if (rrsig.left <= 0) {
      any_expired = true;
    } else {
      life = std::min({life, rrsig.original_ttl, rrsig.left});
    }
  }
  if (life == kForever && any_expired && security == Security::kSecure) {
    return 0;
  }
  return life;
}

// What one answer section or authority section says of one question.
class Reading {
 public:
  Reading(const Packet& packet, const Question& question, int64_t now)
      : packet_(packet), question_(question), now_(now) {}

  // Fills aliases, rdata, name_exists and expires of `answer`, whose security
  // is set. Returns what is wrong, or nothing.
  std::string Fill(Answer* answer);

 private:
  const ResourceRecord* CnameOf(const Name& owner) const;
  bool FollowAliases();
  void AddRecords();
  void AddLife(const Records& section, const Name& owner, uint16_t type);
  void AddAliasLife(const Name& owner);
  void AddProofLife();
  std::string DenialFault() const;
  bool HasAuthority(uint16_t type) const;

  const Packet& packet_;
  const Question& question_;
  const int64_t now_;
  Answer* answer_ = nullptr;
  Name end_;  // of the chain of aliases
  int64_t life_ = kForever;
};

const ResourceRecord* Reading::CnameOf(const Name& owner) const {
  for (const ResourceRecord& record : packet_.answer) {
    if (record.type == static_cast<uint16_t>(RrType::kCname) &&
        record.owner == owner) {
      return &record;
    }
  }
  return nullptr;
}

// RFC 1034 3.6.2. Returns false on a loop.
bool Reading::FollowAliases() {
  end_ = question_.name;
  if (question_.type == RrType::kCname) return true;
  while (const ResourceRecord* cname = CnameOf(end_)) {
    if (answer_->aliases.size() >= packet_.answer.size()) return false;
    AddAliasLife(end_);
    end_ = Name::ParseWire(cname->rdata).value_or(Name());
    answer_->aliases.push_back(end_);
  }
  return true;
}

void Reading::AddRecords() {
  const auto type = static_cast<uint16_t>(question_.type);
  for (const ResourceRecord& record : packet_.answer) {
    if (record.type == type && record.owner == end_) {
      answer_->rdata.push_back(record.rdata);
    }
  }
  if (question_.type == RrType::kCname) {
    AddAliasLife(end_);
  } else {
    AddLife(packet_.answer, end_, type);
  }
}

void Reading::AddLife(const Records& section, const Name& owner,
                      uint16_t type) {
  for (const ResourceRecord& record : section) {
    if (record.type == type && record.owner == owner) {
      life_ = std::min<int64_t>(life_, record.ttl);
    }
  }
  life_ = std::min(
      life_, SignatureLife(section, owner, type, answer_->security, now_));
}

// A CNAME made from a DNAME above it has the life of the DNAME; its own TTL is
// made up as well, often as 0. RFC 6672 3.1.
void Reading::AddAliasLife(const Name& owner) {
  bool is_made = false;
  for (const ResourceRecord& record : packet_.answer) {
    if (record.type == kTypeDname && record.owner != owner &&
        owner.IsAtOrBelow(record.owner)) {
      AddLife(packet_.answer, record.owner, kTypeDname);
      is_made = true;
    }
  }
  if (!is_made) {
    AddLife(packet_.answer, owner, static_cast<uint16_t>(RrType::kCname));
  }
}

// The proofs of a denial, or of a wildcard: RFC 4035 5.3.4, 5.4; RFC 2308 5.
void Reading::AddProofLife() {
  for (const ResourceRecord& record : packet_.authority) {
    const bool is_soa = record.type == kTypeSoa && answer_->rdata.empty();
    if (is_soa && record.rdata.size() >= 4) {
      const uint32_t minimum = U32At(record.rdata, record.rdata.size() - 4);
      life_ = std::min<int64_t>(life_, minimum);
    }
    if (is_soa || record.type == kTypeNsec || record.type == kTypeNsec3) {
      AddLife(packet_.authority, record.owner, record.type);
    }
  }
}

bool Reading::HasAuthority(uint16_t type) const {
  return std::any_of(
      packet_.authority.begin(), packet_.authority.end(),
      [type](const ResourceRecord& record) { return record.type == type; });
}

// RFC 2308 2.2: NS records without an SOA record are a referral, no denial.
std::string Reading::DenialFault() const {
  const bool is_referral = packet_.rcode == kRcodeNoError &&
                           HasAuthority(kTypeNs) && !HasAuthority(kTypeSoa);
  return is_referral ? "a referral instead of an answer" : "";
}

std::string Reading::Fill(Answer* answer) {
  answer_ = answer;
  if (!FollowAliases()) return "its CNAME records form a loop";
  AddRecords();
  answer->name_exists = packet_.rcode != kRcodeNxDomain;
  if (answer->rdata.empty()) {
    std::string fault = DenialFault();
    if (!fault.empty()) return fault;
    if (!HasAuthority(kTypeSoa)) life_ = 0;
  } else if (!answer->name_exists) {
    return "NXDOMAIN, yet there are records";
  }
  AddProofLife();
  answer->expires = now_ + std::max<int64_t>(life_, 0);
  return "";
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
  std::string fault = PacketFault(packet, question);
  Answer answer;
  answer.security = security;
  if (fault.empty()) fault = Reading(packet, question, now).Fill(&answer);
  if (!fault.empty()) return FailedAnswer(fault, now);
  if (security == Security::kSecure && !answer.aliases.empty()) {
    answer.alias_security = Security::kSecure;
  }
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
  for (const ResourceRecord& record : parsed->answer) {
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
  const absl::string_view name = question.name.wire();
  const absl::StatusOr<Name> target = Name::ParseWire(absl::StrCat(
      name.substr(0, name.size() - owner.wire().size()), dname.rdata[0]));
  if (!target.ok()) return FailedAnswer("its DNAME makes it too long", now);
  Answer answer = dname;
  answer.rdata = {std::string(target->wire())};
  return answer;
}

}  // namespace danebound
