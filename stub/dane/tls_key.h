// The tls key: under which TLS sessions and open connections may be reused.
#ifndef DANEBOUND_STUB_DANE_TLS_KEY_H_
#define DANEBOUND_STUB_DANE_TLS_KEY_H_

#include <cstdint>
#include <string>

#include "stub/dane/verdict.h"

namespace danebound {

// Computes the tls key of a host: SHA-256, as 64 hex digits, over its duty and
// the port, and then
//
//   authenticate, encrypt  base domain, reference names, TLSA that counts
//   opportunistic, skip    the host's name, or its address if it has no name
//
// The order of the records does not matter. Hosts that owe the same to the same
// peer have equal keys; no others do.
std::string TlsKeyOf(const HostVerdict& host, uint16_t port);

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_TLS_KEY_H_
