// Numbers of record types that drivers and tools read and ask for, beside the
// few that the rules ask for (RrType, dns.h). As registered with IANA.
#ifndef DANEBOUND_STUB_DANE_RR_TYPE_H_
#define DANEBOUND_STUB_DANE_RR_TYPE_H_

#include <cstdint>

namespace danebound {

inline constexpr uint16_t kTypeA = 1;
inline constexpr uint16_t kTypeNs = 2;
inline constexpr uint16_t kTypeCname = 5;
inline constexpr uint16_t kTypeSoa = 6;
inline constexpr uint16_t kTypeTxt = 16;
inline constexpr uint16_t kTypeAaaa = 28;
inline constexpr uint16_t kTypeDname = 39;
inline constexpr uint16_t kTypeRrsig = 46;
inline constexpr uint16_t kTypeNsec = 47;
inline constexpr uint16_t kTypeDnskey = 48;
inline constexpr uint16_t kTypeNsec3 = 50;
inline constexpr uint16_t kTypeTlsa = 52;

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_RR_TYPE_H_
