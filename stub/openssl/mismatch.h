// Why TLSA records vouch for nothing of a chain, in words: which of them match
// and may not, and what the others were made of by mistake.
#ifndef DANEBOUND_STUB_OPENSSL_MISMATCH_H_
#define DANEBOUND_STUB_OPENSSL_MISMATCH_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "stub/dane/tlsa.h"
#include "stub/openssl/pointers.h"

namespace danebound {

// Certificates as a server sends them, its own first; not owned.
using ShownChain = std::vector<X509*>;

ShownChain ShownChainOf(const STACK_OF(X509) * stack);
ShownChain ShownChainOf(const CertificateChain& chain);

// What records were made of by mistake: nothing, the wrong part of a
// certificate, its PEM text, or with the wrong digest.
class Mistakes {
 public:
  explicit Mistakes(const ShownChain& chain);

  // "is the SHA2-256 digest of nothing"; empty where nothing fits.
  //
  //   record  none that matches a certificate of the chain.
  std::string In(const Tlsa& record) const;

 private:
  // Octets that somebody may have taken a digest of.
  struct Source {
    std::string name;         // "the key of certificate 0"
    uint8_t selector = 0;     // that it is right for
    bool is_der = false;      // the octets that RFC 6698 means
    bool is_nothing = false;  // an empty input
  };
  struct Digested {
    size_t source = 0;     // index in sources_
    std::string digest;    // "SHA2-256"
    uint8_t matching = 0;  // that it is right for; 0: none
  };

  void Add(const std::string& octets, Source source);
  void AddPem(const std::string& pem, Source source);
  void AddCertificate(X509* certificate, size_t index);
  std::string TextOf(const Tlsa& record, const Digested& found) const;

  std::vector<Source> sources_;
  std::map<std::string, Digested> digests_;
  std::map<std::string, size_t> octets_;  // of DER, to the index in sources_
};

// Why no record vouches for the chain: each that matches a certificate and may
// not, with the reason, else that none matches; then what is known of mistakes.
// Records and certificates are counted from 0; certificates behind the first
// hundred are not looked at. The work grows with the records and with the
// certificates, not with their product.
//
//   source  RFC 7671 5.1, 5.2, 9; RFC 7672 3.1.3.
std::string WhyNoMatch(const std::vector<Tlsa>& records,
                       const ShownChain& chain);

// Why no record is usable: of each its fault, and what is known of how that
// came.
//
//   records  none that is usable.
//   chain    may be empty: none was shown.
std::string WhyUnusable(const std::vector<Tlsa>& records,
                        const ShownChain& chain);

}  // namespace danebound

#endif  // DANEBOUND_STUB_OPENSSL_MISMATCH_H_
