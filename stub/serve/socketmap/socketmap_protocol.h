// Answers socketmap requests, keyed by next hop:
//
//   QUERY            Postfix (postfix_policy.h)
//   QUERYwithTLSRPT  Postfix 3.10 and later: with attributes for its reports
//   opensmtpd        the table of OpenSMTPD: the words of tls_policy.h,
//                    whatever the resolver of this machine does
//   sendmail         Sendmail (sendmail_policy.h)
#ifndef DANEBOUND_STUB_SERVE_SOCKETMAP_SOCKETMAP_PROTOCOL_H_
#define DANEBOUND_STUB_SERVE_SOCKETMAP_SOCKETMAP_PROTOCOL_H_

#include <string>

#include "stub/serve/protocol.h"
#include "stub/serve/resolver/resolver_watch.h"
#include "stub/serve/socketmap/socketmap.h"
#include "stub/serve/verdict_source.h"

namespace danebound {

struct SocketmapWords;

class SocketmapProtocol : public Protocol {
 public:
  //   resolver  that of Postfix.
  SocketmapProtocol(VerdictSource* source, const ResolverWatch* resolver)
      : source_(source), resolver_(resolver) {}

  absl::StatusOr<absl::optional<std::string>> Take(absl::string_view* octets,
                                                   bool at_end) const override;
  std::string Broken(const absl::Status& error) const override;
  void Answer(const std::string& request, const std::shared_ptr<Caller>& caller,
              OnReply on_reply) override;

 private:
  void AnswerKey(const SocketmapWords& words, const std::string& key,
                 const std::string& user, const OnReply& on_reply);
  void AnswerNextHop(const SocketmapWords& words, const NextHop& next_hop,
                     const std::string& user, const OnReply& on_reply);

  SocketmapReply EnforcedReply(const SocketmapWords& words,
                               const absl::StatusOr<Verdict>& verdict,
                               const Destination& destination) const;
  SocketmapReply UnenforcedReply(const SocketmapWords& words,
                                 const NextHop& next_hop) const;

  VerdictSource* source_;
  const ResolverWatch* resolver_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_SOCKETMAP_SOCKETMAP_PROTOCOL_H_
