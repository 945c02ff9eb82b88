// TLSA records and what an SMTP client may do with them: RFC 6698, RFC 7671 9,
// RFC 7672 3.1.
#ifndef DANEBOUND_STUB_DANE_TLSA_H_
#define DANEBOUND_STUB_DANE_TLSA_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace danebound {

// The registry's numbers and their names, which RDATA and OpenSSL take as they
// are. RFC 7218 2.
// Certificate usages.
inline constexpr uint8_t kPkixTa = 0;
inline constexpr uint8_t kPkixEe = 1;
inline constexpr uint8_t kDaneTa = 2;
inline constexpr uint8_t kDaneEe = 3;
// Selectors.
inline constexpr uint8_t kCert = 0;
inline constexpr uint8_t kSpki = 1;
// Matching types.
inline constexpr uint8_t kFull = 0;
inline constexpr uint8_t kSha256 = 1;
inline constexpr uint8_t kSha512 = 2;

// Why a record cannot authenticate an SMTP server.
enum class WhyNot : uint8_t {
  kNone = 0,           // it can
  kTooShort,           // fewer than 4 octets: no association data
  kPkixUsage,          // PKIX-TA(0), PKIX-EE(1): RFC 7672 3.1.3
  kUnknownUsage,       // RFC 6698 2.1.1
  kUnknownSelector,    // RFC 6698 2.1.2
  kUnknownMatching,    // RFC 6698 2.1.3
  kWrongDigestLength,  // not the length of the named digest
  kNotACertificate,    // Cert(0) Full(0), and the data is none
  kNotAPublicKey,      // SPKI(1) Full(0), and the data is none
};

// "", "too-short", "pkix-usage", "unknown-usage", "unknown-selector",
// "unknown-matching-type", "wrong-digest-length", "not-a-certificate",
// "not-a-public-key".
absl::string_view ToText(WhyNot why_not);

// The parameters of RDATA, 0 where it is too short to hold them, and the
// association data.
struct TlsaFields {
  uint8_t usage = 0;
  uint8_t selector = 0;
  uint8_t matching = 0;
  absl::string_view data;
};
TlsaFields TlsaFieldsOf(absl::string_view rdata);

// One record. Parameters that the RDATA is too short to hold are 0; `why_not`
// is then kTooShort and `data` empty.
struct Tlsa {
  uint8_t usage = 0;
  uint8_t selector = 0;
  uint8_t matching = 0;
  std::string data;   // certificate association data, octets
  std::string rdata;  // as published
  WhyNot why_not = WhyNot::kTooShort;
  bool superseded = false;  // usable, but a stronger digest counts instead

  bool usable() const { return why_not == WhyNot::kNone; }
  // Usable and not superseded: what a peer is matched against.
  bool counts() const { return usable() && !superseded; }
};

// Digest matching types, strongest first; one that is not named is unusable.
// RFC 7671 9.
using DigestOrder = std::vector<uint8_t>;

// SHA2-512(2), then SHA2-256(1).
DigestOrder DefaultDigestOrder();

// Judges one record alone: kNone where it is usable. RFC 6698 4.1, RFC
// 7672 3.1.
WhyNot JudgeRdata(const TlsaFields& record, const DigestOrder& order);

// Digest agility (RFC 7671 9): Add each usable record of an RRset, then ask.
class DigestAgility {
 public:
  //   order  outlives this.
  explicit DigestAgility(const DigestOrder& order) : order_(&order) {}

  void Add(const TlsaFields& usable);
  // Says whether a stronger digest of the same usage and selector was added.
  bool IsSuperseded(const TlsaFields& usable) const;

 private:
  // Of a usable record's digest; the strongest is 0. SIZE_MAX: it has none.
  size_t RankOf(const TlsaFields& usable) const;

  const DigestOrder* order_;
  // By usage and selector, of which usable records have two each.
  std::array<size_t, 4> strongest_ = {SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX};
};

// Judges one TLSA RRset: which records are usable, and among those of the same
// usage and selector the strongest digest and every Full(0).
//
//   rdata    the RDATA of each record, of any length.
//   returns  one Tlsa each, in the same order.
//   source   RFC 6698 4.1, RFC 7671 9, RFC 7672 3.1.
std::vector<Tlsa> JudgeTlsa(const std::vector<std::string>& rdata,
                            const DigestOrder& order = DefaultDigestOrder());

// Presentation form of the RDATA, "3 1 1 0123..." (RFC 6698 2.2), or the form
// of RFC 3597 5, "\# 2 0301", where it is too short for that.
std::string ToText(const Tlsa& record);

// Writes the same of RDATA; returns the end of the text.
//
//   text  has room for TlsaTextRoom octets.
char* WriteTlsaText(absl::string_view rdata, char* text);
inline size_t TlsaTextRoom(size_t rdata_size) { return 2 * rdata_size + 16; }

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_TLSA_H_
