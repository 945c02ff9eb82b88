// A signed root zone for an embedded resolver without a network: `a.example`
// has an MX record, `mx.a.example` an address and no TLSA records. Made with
// ldns-keygen (ECDSAP256SHA256) and ldns-signzone, valid from 2020 to 2085.
#ifndef DANEBOUND_TESTS_EMBEDDED_SIGNED_ROOT_H_
#define DANEBOUND_TESTS_EMBEDDED_SIGNED_ROOT_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/embedded/folder.h"

namespace danebound {

inline constexpr const char* kSignedRoot = R"(
. 3600 IN SOA ns. admin. 1 3600 900 1209600 900
. 3600 IN RRSIG SOA 13 0 3600 20850101000000 20200101000000 49272 . xVH9BdexNQLAx7UBstIF4GCDNs8kjIXJ5QsTqvK/38F77Tp/R9eNjd01aET5uTiFBRSuE4tFMeasJWlGjk715g==
. 3600 IN NS ns.
. 3600 IN RRSIG NS 13 0 3600 20850101000000 20200101000000 49272 . 2Hj3JrYnCbchBJkjlo5o/jAA2Jfo7hkXeVDnPL3VT+syRzY1yoX7CB18gn2oohRlgkKL7QojmXCCW2FKNGa3Kw==
. 3600 IN DNSKEY 257 3 13 9Xk0UKR+VnOVOQILqsT75sMBPOF5OHNQ7KxU72u92wqMFZhBOcU3PAhyMvYDjFfB/GA0akUzYDVlHCAERykWYg==
. 3600 IN RRSIG DNSKEY 13 0 3600 20850101000000 20200101000000 49272 . JQrNGfOC3q/yfTAm7vYKqo8APFC9Ghow+7XE1PhlktyRq6xGjxRW3QZNfl4rnuRerS1ARp18aJPaTVDVyFdRxA==
. 900 IN NSEC a.example. NS SOA RRSIG NSEC DNSKEY
. 900 IN RRSIG NSEC 13 0 900 20850101000000 20200101000000 49272 . fdLXZxcnuaggp1hfFWjoyX8+8DGQTSLhKacjFdTIiNHiXbgBhI8W+7dkP36CgKuVOuvOibOnmhxRL8iog3WEHw==
a.example. 3600 IN MX 10 mx.a.example.
a.example. 3600 IN RRSIG MX 13 2 3600 20850101000000 20200101000000 49272 . wDpCwo7CUa9U+xXCKiwsENw5/8Fm+Mq08DLtaJ5Q/6wf1iP251050969m4GH+Dsu8+O5Y85LN+tc7dkbvIjgaA==
a.example. 900 IN NSEC mx.a.example. MX RRSIG NSEC
a.example. 900 IN RRSIG NSEC 13 2 900 20850101000000 20200101000000 49272 . Tbk1YVOv2+1R6K/WI9ppGUpFbEYIeiDEwrSQt8NHZx6ta9rhT9bj9Yw/LrRGWrZ5Y0FYBrZ+iXxvdskeZjOoZQ==
mx.a.example. 3600 IN A 192.0.2.1
mx.a.example. 3600 IN RRSIG A 13 3 3600 20850101000000 20200101000000 49272 . MaX+xb9J2YmRCTb89xGgkUg6SKv4m4WLHs9kLaqmBF6/8jZDf0saS2rnsPnNC/Kqb8G5jJSMs7aVnJgkhpQRBw==
mx.a.example. 900 IN NSEC ns. A RRSIG NSEC
mx.a.example. 900 IN RRSIG NSEC 13 3 900 20850101000000 20200101000000 49272 . yk8SZLObrE+Jowf4rKm6mmZ1gwOZGxHkDK2WyxbtAqhfrJz6O0NhK3amEcNyMshSQ9mTKdf/lSQ42TNNnRiRPA==
ns. 3600 IN A 192.0.2.53
ns. 3600 IN RRSIG A 13 1 3600 20850101000000 20200101000000 49272 . KtdsO/Sn/p8ja3gr1i5N+Xb2Ryg2eda5llVVmiBbeGYP3gDO4A50Qx470JY8KmLxvU1Y4h7MBar3aqtnmACSQA==
ns. 900 IN NSEC . A RRSIG NSEC
ns. 900 IN RRSIG NSEC 13 1 900 20850101000000 20200101000000 49272 . LI4q3o2ephSWSr2mkPfg+gksDPThcyKSGnjQUzB254Y5khbLlX1ULPMk+iMDvj4QY6K6MAI1GFoV2UUmkM8Z7A==
)";

// Writes the zone into the folder; returns an unbound.conf that answers from
// it.
inline std::string SignedRootConf(const Folder& folder) {
  return absl::StrCat(
      "server:\n trust-anchor: \". DS 49272 13 2 "
      "c690c6e333a006b8f6a919557b98bf4351cbb307c1de2316e7d9b05b0ee9f530\"\n"
      "auth-zone:\n name: .\n fallback-enabled: no\n zonefile: \"",
      folder.Write("root.zone", kSignedRoot), "\"\n");
}

}  // namespace danebound

#endif  // DANEBOUND_TESTS_EMBEDDED_SIGNED_ROOT_H_
