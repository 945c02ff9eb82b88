#include "tests/oracle/resolver.h"

#include <algorithm>

namespace danebound {
namespace {

// An answer as far as it has come, link by link.
class Chain {
 public:
  explicit Chain(int64_t now) : now_(now) {
    answer_.security = Security::kSecure;
    answer_.expires = now + int64_t{UINT32_MAX};
  }

  // Says whether the chain goes on: false once it has failed.
  bool Add(Health health, uint32_t ttl) {
    const Security security = SecurityOf(health);
    if (IsFailure(security)) {
      Fail(security, ttl);
      return false;
    }
    proven_unsigned_ = proven_unsigned_ || health == Health::kInsecure;
    answer_.security = std::min(answer_.security, security);
    answer_.below_trust_anchor =
        answer_.security == Security::kSecure || proven_unsigned_;
    answer_.expires = std::min(answer_.expires, now_ + ttl);
    return true;
  }

  void Fail(Security security, uint32_t ttl) {
    answer_.security = security;
    answer_.why = "broken on purpose";
    answer_.expires = now_ + ttl;
  }

  Answer& answer() { return answer_; }

 private:
  int64_t now_;
  bool proven_unsigned_ = false;
  Answer answer_;
};

void AddAlias(const World& world, const Name& owner, const Alias& alias,
              Answer& answer) {
  if (answer.aliases.empty() && !world.untold.contains(owner)) {
    answer.alias_security = SecurityOf(alias.health);
  }
  answer.aliases.push_back(alias.target);
}

}  // namespace

Answer Resolve(const World& world, const Question& question, int64_t now) {
  Chain chain(now);
  Answer& answer = chain.answer();
  Question asked = question;
  while (answer.aliases.size() <= kMostAliases) {
    const Link link = LinkAt(world, asked);
    if (const Rrset* rrset = std::get_if<Rrset>(&link)) {
      answer.rdata = rrset->rdata;
      answer.name_exists = rrset->name_exists;
      chain.Add(rrset->health, rrset->ttl);
      return answer;
    }
    const auto& alias = std::get<Alias>(link);
    AddAlias(world, asked.name, alias, answer);
    if (!chain.Add(alias.health, alias.ttl)) return answer;
    asked.name = alias.target;
  }
  chain.Fail(Security::kFailed, kFailureLife);
  return answer;
}

}  // namespace danebound
