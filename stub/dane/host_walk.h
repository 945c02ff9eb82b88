// What to look up next for one SMTP server, and what the answers add up to.
//
//   addresses --> [alias] --> TLSA --> facts       (RFC 7672 2.2.2, 2.2.3)
//       |            |        |  ^       ^
//       |            |        +--+       |  next candidate base domain
//       +------------+-------------------+  failed, no address, insecure
//
// `alias` is asked only where the addresses are insecure, the host is an alias
// and the resolver did not tell the alias's own security.
#ifndef DANEBOUND_STUB_DANE_HOST_WALK_H_
#define DANEBOUND_STUB_DANE_HOST_WALK_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "stub/dane/dns.h"
#include "stub/dane/facts.h"
#include "stub/dane/name.h"

namespace danebound {

// The name to ask for TLSA records of a server: _<port>._tcp.<base domain>.
//
//   errors   InvalidArgument  it would be longer than 255 octets; such a name
//                             cannot exist.
//   source   RFC 7672 2.2.3.
absl::StatusOr<Name> TlsaName(const Name& base_domain, uint16_t port);

class HostWalk {
 public:
  //   name        the host as the MX record or the next hop has it.
  //   preference  of the MX record; 0 where there is none.
  //   port        of the SMTP server, for the TLSA name.
  HostWalk(const Name& name, uint16_t preference, uint16_t port);

  // The questions of the present step that have no answer yet; none when done.
  std::vector<Question> questions() const;

  // Feeds the answer to one of questions(); any other answer is ignored.
  void OnAnswer(const Question& question, const Answer& answer);

  bool done() const { return step_ == Step::kDone; }

  // State kNotEvaluated until done.
  const HostFacts& facts() const { return facts_; }

 private:
  enum class Step { kAddresses, kAlias, kTlsa, kDone };

  void RestOn(const Answer& answer);
  void OnAddresses();
  void OnNoAddress();
  void OnInsecureAddresses(const Answer& deciding);
  void OnAlias(const Answer& answer);
  void OnTlsa(const Answer& answer);
  void AskTlsaAtNextCandidate();
  void FailTlsa(const Answer& failure);
  void Finish(HostState state);
  Question TlsaQuestion() const { return {tlsa_name_, RrType::kTlsa}; }

  Step step_ = Step::kAddresses;
  uint16_t port_;
  absl::optional<Answer> ipv4_;
  absl::optional<Answer> ipv6_;
  std::vector<Name> candidates_;  // base domains still to try, the next first
  Name candidate_;                // the base domain of the open TLSA question
  Name tlsa_name_;                // its name
  HostFacts facts_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_HOST_WALK_H_
