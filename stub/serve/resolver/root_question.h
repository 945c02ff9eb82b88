// The question with which a resolver shows whether it validates: for the NS
// records of the root, as Postfix's dnssec_probe has it. DNS as RFC 1035 4.1.
//
// Of the reply only the header and the question count. An answer that is
// secure has the bit AD, which a resolver sets for those that ask with DO, or
// with AD (RFC 4035 3.2.3, RFC 6840 5.8).
#ifndef DANEBOUND_STUB_SERVE_RESOLVER_ROOT_QUESTION_H_
#define DANEBOUND_STUB_SERVE_RESOLVER_ROOT_QUESTION_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace danebound {

// The octets of the question, for UDP.
//
//   id  chosen at random.
std::string EncodeRootQuestion(uint16_t id);

// What a resolver showed.
enum class Validation : uint8_t {
  kNotShown = 0,  // no answer, or a failure: nothing was learned
  kSecure,        // AD
  kNotSecure,     // an answer without AD
};

// Reads a datagram.
//
//   id       of the question.
//   returns  nullopt  it is no reply to that question.
//            kNotShown where the response code is neither NOERROR nor
//            NXDOMAIN, and where it is truncated without AD.
absl::optional<Validation> ReadRootReply(absl::string_view datagram,
                                         uint16_t id);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_RESOLVER_ROOT_QUESTION_H_
