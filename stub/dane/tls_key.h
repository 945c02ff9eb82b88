// The tls key: under which TLS sessions and open connections may be reused.
#ifndef DANEBOUND_STUB_DANE_TLS_KEY_H_
#define DANEBOUND_STUB_DANE_TLS_KEY_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "stub/dane/verdict.h"

namespace danebound {

// Hex digits of a key.
inline constexpr size_t kTlsKeySize = 64;

// The digest over the fields of a key, each with its length, so that no two
// lists of fields are the same octets: SHA-256 over duty and port, and then
//
//   authenticate, encrypt  base domain (wire form), number of reference names,
//                          these as text, RDATA of TLSA that counts, sorted
//   opportunistic, skip    the host's name (wire form), or its addresses (as
//                          octets) if it has no name
class TlsKeyHash {
 public:
  static constexpr size_t kContextSize = 256;

  TlsKeyHash(Duty duty, uint16_t port);

  void Add(absl::string_view field);
  void Add(size_t number);

  //   key  room for kTlsKeySize digits.
  void End(char* key);

 private:
  alignas(8) unsigned char context_[kContextSize];
};

// Computes the tls key of a host. The order of the records does not matter.
// Hosts that owe the same to the same peer have equal keys; no others do.
std::string TlsKeyOf(const HostVerdict& host, uint16_t port);

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_TLS_KEY_H_
