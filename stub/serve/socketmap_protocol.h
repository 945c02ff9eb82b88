// Answers socketmap requests, keyed by next hop, each with one word: the maps
// QUERY and QUERYwithTLSRPT Postfix (tls_policy.h), the map sendmail Sendmail
// (sendmail_policy.h).
//
// Postfix's maps give the word alone. Attributes for TLSRPT are only for
// policies that are not DANE, and Postfix fills those in for `may` and
// `encrypt` itself.
#ifndef DANEBOUND_STUB_SERVE_SOCKETMAP_PROTOCOL_H_
#define DANEBOUND_STUB_SERVE_SOCKETMAP_PROTOCOL_H_

#include <string>

#include "stub/serve/protocol.h"
#include "stub/serve/socketmap.h"
#include "stub/serve/verdict_source.h"

namespace danebound {

struct SocketmapWords;

class SocketmapProtocol : public Protocol {
 public:
  explicit SocketmapProtocol(VerdictSource* source) : source_(source) {}

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

  VerdictSource* source_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_SOCKETMAP_PROTOCOL_H_
