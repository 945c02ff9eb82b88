// The rules: a small world, its verdict, and the same world with one answer
// made worse. What must then hold:
//
//   order     facts and verdict do not depend on the order of the answers.
//   oracle    they are those of the straight-line evaluator in tests/oracle.
//   failed    (RFC 7672 2.1.2, 2.2) The MX answer fails: defer, no host. TLSA
//             or an alias's own security fails: a host keeps its duty, with the
//             same records and names, or is skipped. An address family fails:
//             the host is as if it were denied, skipped where that leaves no
//             address; another duty than before comes of insecure addresses
//             only (docs/conformance.md, the reading of 2.2.2). No message is
//             returned to its sender that was not before.
//   insecure  (RFC 7672 2.1.1, 2.2.1, 2.2.2) The MX answer turns insecure: no
//             duty becomes stronger (authenticate > encrypt > opportunistic),
//             no reference name comes up, and under mandatory DANE no host is
//             used and no message returned. A TLSA answer: as if it were
//             denied. An alias: the host is opportunistic. Addresses: only the
//             host's own name is left as base domain, and where it was that
//             before, the duty stays.
//   others    of the hosts that the answer is not about nothing changes.
//
// "Stronger" is said of one base domain only: an insecure TLSA answer at the
// first candidate that held unusable records (encrypt) leads to the second,
// which may hold usable ones (authenticate). RFC 7672 2.2.2 wants that.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/conclude.h"
#include "stub/dane/dns.h"
#include "stub/dane/lookup.h"
#include "tests/fuzz/require.h"
#include "tests/oracle/dice.h"
#include "tests/oracle/differences.h"
#include "tests/oracle/oracle.h"
#include "tests/oracle/random_world.h"
#include "tests/oracle/resolver.h"
#include "tests/oracle/world.h"

namespace danebound {
namespace {

constexpr int64_t kNow = 1'700'000'000;

// More than any lookup asks: 1 for MX, and for each of 16 hosts two families,
// its alias and two base domains, each of them a few times.
constexpr size_t kMostAnswers = 500;

// Larger worlds teach nothing more, and cost ten times as much.
constexpr size_t kMostRrsets = 40;

enum class Harm : uint8_t { kFailed, kBogus, kInsecure, kDenied };

// One answer of the world, other than it was.
struct Change {
  Question question;
  Harm harm = Harm::kFailed;
};

Answer Harmed(Answer answer, Harm harm) {
  switch (harm) {
    case Harm::kFailed:
    case Harm::kBogus:
      answer.security =
          harm == Harm::kBogus ? Security::kBogus : Security::kFailed;
      answer.expires = kNow + kFailureLife;
      return answer;
    case Harm::kInsecure:
      answer.security = std::min(answer.security, Security::kInsecure);
      return answer;
    case Harm::kDenied:
      answer.security = Security::kSecure;
      answer.name_exists = true;
      answer.rdata.clear();
      return answer;
  }
  return answer;
}

struct Played {
  Facts facts;
  std::vector<Question> asked;
};

// Plays the world, `change` made, with the answers in an order by chance.
Played Play(const World& world, const absl::optional<Change>& change,
            Dice& dice) {
  Lookup lookup(world.next_hop, world.limits, kNow);
  Played played;
  std::vector<Question> open;
  while (true) {
    for (const Question& question : lookup.TakeQuestions()) {
      played.asked.push_back(question);
      open.push_back(question);
    }
    if (open.empty()) break;
    Require(played.asked.size() < kMostAnswers, "it asks without end");
    const size_t index = dice.Below(open.size());
    const Question question = open[index];
    open.erase(open.begin() + static_cast<int64_t>(index));
    const Answer answer = Resolve(world, question, kNow);
    const bool harmed = change && change->question == question;
    lookup.OnAnswer(question, harmed ? Harmed(answer, change->harm) : answer);
  }
  Require(lookup.done(), "it asks nothing and is not done");
  played.facts = lookup.facts();
  return played;
}

bool IsUsed(const HostVerdict& host) { return host.duty != Duty::kSkip; }

bool IsAddressType(RrType type) {
  return type == RrType::kA || type == RrType::kAaaa;
}

// Says whether the duties are the same, with the same records, names and base
// domain.
bool OwesTheSame(const HostVerdict& a, const HostVerdict& b) {
  return a.duty == b.duty && a.base_domain == b.base_domain &&
         a.names == b.names && a.tls_key == b.tls_key;
}

bool HasOnlyNamesOf(const HostVerdict& host, const HostVerdict& before) {
  return std::all_of(
      host.names.begin(), host.names.end(), [&before](const std::string& name) {
        return std::find(before.names.begin(), before.names.end(), name) !=
               before.names.end();
      });
}

// One world with one change.
class Trial {
 public:
  explicit Trial(absl::string_view octets)
      : dice_(octets), world_(RandomWorld(dice_)) {}

  void Run() {
    if (world_.rrsets.size() > kMostRrsets) return;
    const Played played = Play(world_, absl::nullopt, dice_);
    choices_ = RandomChoices(played.facts, dice_);
    before_ = Conclude(played.facts, choices_);
    CheckOrder(played.facts);
    CheckOracle(played.facts);
    if (played.asked.empty()) return;
    change_ = {dice_.Pick(played.asked),
               dice_.Pick(std::vector<Harm>{Harm::kFailed, Harm::kBogus,
                                            Harm::kInsecure})};
    const Answer answer = Resolve(world_, change_.question, kNow);
    after_ = Concluded(change_.harm);
    if (change_.harm != Harm::kInsecure) {
      CheckFailed();
    } else if (answer.security == Security::kSecure) {
      CheckInsecure(answer);
    }
  }

 private:
  // As Require, and shows the world where it does not hold.
  void Must(bool holds, absl::string_view what) const {
    if (holds) return;
    std::fprintf(stderr,
                 "%schanged: %s (%d); insecure-mx %s, require %d\n%s\n%s\n",
                 ToText(world_).c_str(), ToText(change_.question).c_str(),
                 static_cast<int>(change_.harm),
                 std::string(ToText(choices_.insecure_mx)).c_str(),
                 static_cast<int>(choices_.require), TextOf(before_).c_str(),
                 TextOf(after_).c_str());
    Blame(what);
  }

  static std::string TextOf(const Verdict& verdict) {
    std::string text;
    for (const std::string& line : LinesOf(verdict, kNow)) {
      absl::StrAppend(&text, line, "\n");
    }
    return text;
  }

  Verdict Concluded(Harm harm) {
    const Change change{change_.question, harm};
    return Conclude(Play(world_, change, dice_).facts, choices_);
  }

  void CheckOrder(const Facts& facts) {
    Must(Play(world_, absl::nullopt, dice_).facts == facts,
         "the order of answers matters");
  }

  void CheckOracle(const Facts& facts) const {
    const Facts expected = Evaluate(world_, kNow).facts;
    std::string difference =
        DifferenceOf(LinesOf(expected, kNow), LinesOf(facts, kNow));
    Must(difference.empty(), difference);
    difference = DifferenceOf(LinesOf(Judge(expected, choices_), kNow),
                              LinesOf(before_, kNow));
    Must(difference.empty(), difference);
  }

  void CheckFailed() {
    Must(after_.disposition != Disposition::kUndeliverable ||
             before_.disposition == Disposition::kUndeliverable,
         "a failure returns mail");
    if (change_.question.type == RrType::kMx) {
      Must(after_.hosts.empty() && after_.disposition == Disposition::kDefer,
           "mail flows without an MX answer");
      return;
    }
    CheckSameHosts();
    if (IsAddressType(change_.question.type)) return CheckFailedFamily();
    for (size_t i = 0; i < after_.hosts.size(); ++i) {
      const HostVerdict& after = after_.hosts[i];
      Must(after.duty == before_.hosts[i].duty || !IsUsed(after),
           "a failure makes a new duty");
      Must(after.duty == Duty::kOpportunistic || !IsUsed(after) ||
               OwesTheSame(after, before_.hosts[i]),
           "a failure changes what is owed");
    }
    if (change_.question.type == RrType::kCname) CheckOthers();
  }

  void CheckFailedFamily() {
    CheckOthers();
    const Verdict denied = Concluded(Harm::kDenied);
    for (size_t i = 0; i < after_.hosts.size(); ++i) {
      const HostVerdict& before = before_.hosts[i];
      const HostVerdict& after = after_.hosts[i];
      Must(OwesTheSame(after, denied.hosts[i]),
           "a failed family is more than none");
      Must(!IsUsed(after) || after.duty == before.duty ||
               after.security == Security::kInsecure ||
               after.expanded != before.expanded,
           "a failed family makes a new duty of secure addresses");
    }
  }

  void CheckInsecure(const Answer& answer) {
    switch (change_.question.type) {
      case RrType::kMx:
        return CheckInsecureMx(answer);
      case RrType::kTlsa:
        CheckSameHosts();
        return CheckInsecureTlsa();
      case RrType::kCname:
        CheckSameHosts();
        CheckOthers();
        return CheckInsecureAlias();
      case RrType::kA:
      case RrType::kAaaa:
        CheckSameHosts();
        CheckOthers();
        return CheckInsecureAddresses();
    }
  }

  void CheckInsecureMx(const Answer& answer) {
    Must(after_.kind == before_.kind, "an insecure MX answer is another kind");
    CheckSameHosts();
    if (choices_.require) {
      Must(after_.disposition != Disposition::kUndeliverable,
           "mandatory DANE returns mail on an insecure answer");
      Must(answer.rdata.empty() || after_.disposition == Disposition::kDefer,
           "mandatory DANE uses insecure MX records");
    }
    for (size_t i = 0; i < after_.hosts.size(); ++i) {
      const HostVerdict& before = before_.hosts[i];
      const HostVerdict& after = after_.hosts[i];
      Must(HasOnlyNamesOf(after, before), "an insecure MX answer adds a name");
      if (!IsUsed(after)) continue;
      const bool drops_tlsa =
          before.cause == Cause::kTlsaFailed &&
          choices_.insecure_mx == InsecureMx::kOpportunistic;
      Must(IsUsed(before) ? after.duty >= before.duty
                          : drops_tlsa && after.duty == Duty::kOpportunistic,
           "an insecure MX answer makes a duty stronger");
    }
  }

  void CheckInsecureTlsa() {
    const Verdict denied = Concluded(Harm::kDenied);
    Must(denied.disposition == after_.disposition,
         "insecure TLSA records change what becomes of the message");
    for (size_t i = 0; i < after_.hosts.size(); ++i) {
      Must(after_.hosts[i].tlsa_name != change_.question.name,
           "a host rests on insecure TLSA records");
      Must(OwesTheSame(after_.hosts[i], denied.hosts[i]),
           "insecure TLSA records are more than none");
    }
  }

  void CheckInsecureAlias() {
    for (const HostVerdict& after : after_.hosts) {
      if (after.name != change_.question.name) continue;
      Must(after.duty == Duty::kOpportunistic ||
               (choices_.require && after.cause == Cause::kDaneRequired),
           "an insecure alias makes a duty");
    }
  }

  void CheckInsecureAddresses() {
    for (size_t i = 0; i < after_.hosts.size(); ++i) {
      const HostVerdict& before = before_.hosts[i];
      const HostVerdict& after = after_.hosts[i];
      if (after.name != change_.question.name) continue;
      if (after.security == Security::kInsecure) {
        Must(after.base_domain.IsRoot() || after.base_domain == after.name,
             "insecure addresses lead to another base domain");
        Must(after.base_domain.IsRoot() || before.base_domain != after.name ||
                 after.duty == before.duty,
             "insecure addresses change the duty of a base domain");
      } else {
        Must(after.duty == before.duty || after.expanded != before.expanded,
             "insecure addresses beside secure ones change the duty");
      }
    }
  }

  void CheckSameHosts() const {
    Must(after_.hosts.size() == before_.hosts.size(),
         "another number of hosts");
    for (size_t i = 0; i < after_.hosts.size(); ++i) {
      Must(after_.hosts[i].name == before_.hosts[i].name, "another host");
    }
  }

  void CheckOthers() const {
    for (size_t i = 0; i < after_.hosts.size(); ++i) {
      if (after_.hosts[i].name == change_.question.name) continue;
      Must(OwesTheSame(after_.hosts[i], before_.hosts[i]),
           "an answer about one host changes another");
    }
  }

  Dice dice_;
  World world_;
  Choices choices_;
  Change change_;
  Verdict before_;
  Verdict after_;
};

}  // namespace
}  // namespace danebound

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  danebound::Trial({reinterpret_cast<const char*>(data), size}).Run();
  return 0;
}
