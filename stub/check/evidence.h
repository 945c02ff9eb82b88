// Evidence: what was seen of the hosts of a verdict, before anybody judges it.
// The probe writes it, the rules (outcome.h, advice.h) read it.
//
// Texts of servers are escaped and cut: they hold printable ASCII alone.
#ifndef DANEBOUND_STUB_CHECK_EVIDENCE_H_
#define DANEBOUND_STUB_CHECK_EVIDENCE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/address.h"
#include "stub/dane/tlsa_text.h"
#include "stub/openssl/tls_result.h"
#include "stub/openssl/tls_setup.h"
#include "stub/smtp/session.h"

namespace danebound {

// What kept the probe of an address from its end.
enum class Trouble : uint8_t {
  kNotProbed = 0,  // the host is skipped, or has more addresses than are tried
  kLocal,  // the fault is here, mostly no route to such addresses: nothing was
           // learned
  kNoConnection,     // TCP is refused, or ICMP says that the host is not there
  kTimeout,          // the deadline came
  kClosed,           // the server closed the connection
  kNotSmtp,          // the server talks something else, or without end
  kRefused,          // the server says 4xx or 5xx
  kNoStartTls,       // STARTTLS is not offered
  kStartTlsRefused,  // offered, and refused when asked for
  kPlaintext,        // clear text put between the STARTTLS reply and TLS
  kTls,              // the handshake failed
  kNone,             // EHLO was answered inside TLS
};

// "not-probed", "local-failure", "no-connection", "timeout", "closed",
// "not-smtp", "refused", "no-starttls", "starttls-refused",
// "plaintext-injected", "tls-failed", "".
absl::string_view ToText(Trouble trouble);

// Which signatures a server key makes, where that matters: a server may have
// one certificate for each.
enum class KeyType : uint8_t { kOther = 0, kRsa, kEcdsa };

// "other", "RSA", "ECDSA".
absl::string_view ToText(KeyType type);

struct CertificateSeen {
  std::string subject;             // RFC 4514
  std::string issuer;              // RFC 4514
  std::vector<std::string> names;  // DNS names of subjectAltName, at most 100
  int64_t not_before = 0;          // seconds since the epoch
  int64_t not_after = 0;           // seconds since the epoch
  std::string key;                 // "RSA 2048", "EC P-256", "Ed25519"
  // SHA2-256 digests of the certificate and of its key, 64 hex digits: what a
  // record of selector Cert(0) or SPKI(1) would hold.
  std::string cert_sha256;
  std::string spki_sha256;
  std::vector<size_t>
      records;  // those it matches, indexes in HostVerdict::tlsa
};

// What a server without a certificate showed: its bare key. RFC 7250.
struct RawKeySeen {
  std::string key;          // as CertificateSeen::key
  std::string spki_sha256;  // as CertificateSeen::spki_sha256
  std::vector<size_t>
      records;  // those it matches, indexes in HostVerdict::tlsa
};

// One handshake.
struct TlsSeen {
  std::string protocol;  // "TLSv1.3"; empty: none was agreed on
  std::string cipher;
  KeyType key_type = KeyType::kOther;  // the server's own
  std::vector<CertificateSeen> chain;  // as sent, its own first; at most 100
  absl::optional<RawKeySeen> raw_key;  // in place of a chain
  // Of the chain that OpenSSL built of those, by depth: when each ends, seconds
  // since the epoch. TlsResult::depth counts in this one.
  std::vector<int64_t> verified_ends;
  // Those combinations of the host's usable records that vouch for the chain by
  // themselves.
  std::vector<TlsaParameters> vouching;
  TlsSetup setup;
  TlsResult result;
  std::string why_unusable;  // of the host's records, where none is usable

  // Says whether the server showed a certificate or a raw key.
  bool shows_a_key() const { return !chain.empty() || raw_key.has_value(); }
};

struct AddressEvidence {
  Address address;
  Trouble trouble = Trouble::kNotProbed;
  std::string why;  // of the trouble, for people
  SmtpSeen smtp;
  TlsSeen tls;

  // A second handshake, limited to the other type of key, where the first one
  // came to its end; nullopt: the server has no such certificate, or
  // `other_key_why` says what kept the second connection from showing it.
  absl::optional<TlsSeen> other_key;
  std::string other_key_why;
};

struct HostEvidence {
  std::vector<AddressEvidence> addresses;  // as in HostVerdict::addresses
  // The first end of the signatures of the host's TLSA records, seconds since
  // the epoch; nullopt: its name servers were not asked, or did not answer.
  absl::optional<int64_t> signatures_end = absl::nullopt;
  // Which name servers deny what stands above the TLSA records; empty: none, or
  // they were not asked. RFC 8020 2.
  std::string deniers = {};
};

struct DomainEvidence {
  std::vector<HostEvidence> hosts;  // as in Verdict::hosts
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_CHECK_EVIDENCE_H_
