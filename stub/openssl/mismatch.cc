#include "stub/openssl/mismatch.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "stub/dane/hex.h"
#include "stub/openssl/association.h"

namespace danebound {
namespace {

// Records that a text speaks of; there may be thousands.
constexpr size_t kMostClauses = 8;
// Certificates that are looked at.
constexpr size_t kMostCertificates = 100;

constexpr size_t kSha1Octets = 20;
constexpr size_t kSha256Octets = 32;
constexpr size_t kSha512Octets = 64;

template <typename Write>
std::string PemOf(const Write& write) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || write(bio.get()) != 1) return "";
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(size)};
}

std::string Digest(const EVP_MD* type, absl::string_view octets) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  if (EVP_Digest(octets.data(), octets.size(), digest.data(), &size, type,
                 nullptr) != 1) {
    return "";
  }
  return {reinterpret_cast<const char*>(digest.data()), size};
}

struct DigestType {
  const EVP_MD* type;
  absl::string_view name;
  uint8_t matching;  // 0: of none
};

std::array<DigestType, 3> DigestTypes() {
  return {{{EVP_sha256(), "SHA2-256", kSha256},
           {EVP_sha512(), "SHA2-512", kSha512},
           {EVP_sha1(), "SHA-1", kFull}}};
}

// Digests that were put into the record as hexadecimal text count as digests.
std::string OctetsOf(const Tlsa& record) {
  const bool is_text = (record.data.size() == 2 * kSha256Octets ||
                        record.data.size() == 2 * kSha512Octets) &&
                       record.data.find_first_not_of(
                           "0123456789abcdefABCDEF") == std::string::npos;
  return is_text ? ParseHex(record.data) : record.data;
}

std::string SelectorText(uint8_t selector) {
  if (selector == kCert) return "Cert(0)";
  return selector == kSpki ? "SPKI(1)" : absl::StrCat(selector);
}

std::string MistakeByLength(const Tlsa& record) {
  const size_t size = record.data.size();
  const auto has_length_of = [&](absl::string_view digest) {
    return absl::StrCat("has the length of a ", digest,
                        " digest, under matching type ", record.matching);
  };
  if (size == kSha512Octets && record.matching != kSha512) {
    return has_length_of("SHA2-512");
  }
  if (size == kSha256Octets && record.matching != kSha256) {
    return has_length_of("SHA2-256");
  }
  return size == kSha1Octets ? has_length_of("SHA-1") : "";
}

std::string Label(const std::vector<Tlsa>& records, size_t index) {
  const Tlsa& record = records[index];
  return absl::StrCat("record ", index, " (", record.usage, " ",
                      record.selector, " ", record.matching, ")");
}

// What records would hold for each certificate: made once, as both the records
// and the certificates may be many.
class Associations {
 public:
  explicit Associations(const ShownChain& chain);

  // The certificates that have a record's data.
  std::vector<size_t> MatchedBy(const Tlsa& record) const;

 private:
  using Indexes = std::map<std::string, std::vector<size_t>>;  // by data
  std::map<std::pair<uint8_t, uint8_t>, Indexes> held_;  // selector, matching
};

Associations::Associations(const ShownChain& chain) {
  for (const uint8_t selector : {kCert, kSpki}) {
    for (const uint8_t matching : {kFull, kSha256, kSha512}) {
      Indexes& indexes = held_[{selector, matching}];
      for (size_t i = 0; i < chain.size(); ++i) {
        const auto data = AssociationData(*chain[i], selector, matching);
        if (data.ok()) indexes[*data].push_back(i);
      }
    }
  }
}

std::vector<size_t> Associations::MatchedBy(const Tlsa& record) const {
  const auto indexes = held_.find({record.selector, record.matching});
  if (indexes == held_.end()) return {};
  const auto found = indexes->second.find(record.data);
  return found == indexes->second.end() ? std::vector<size_t>() : found->second;
}

// The first certificates, of no more than are looked at.
ShownChain FirstOf(const ShownChain& chain) {
  return {chain.begin(), chain.begin() + static_cast<std::ptrdiff_t>(std::min(
                                             chain.size(), kMostCertificates))};
}

std::string Joined(std::vector<std::string> clauses) {
  if (clauses.size() > kMostClauses) {
    clauses.resize(kMostClauses);
    clauses.emplace_back("and more");
  }
  return absl::StrJoin(clauses, "; ");
}

// Why a record does not vouch for the chain though it has the data of one of
// its certificates.
std::string WhyMatchIsNone(const Tlsa& record,
                           const std::vector<size_t>& matched) {
  if (!record.usable()) {
    return absl::StrCat("is unusable for SMTP (", ToText(record.why_not), ")");
  }
  if (record.superseded) {
    return "does not count beside a record with a stronger digest";
  }
  if (record.usage == kDaneEe) {
    return matched.front() == 0
               ? "OpenSSL does not take it"
               : "DANE-EE(3) is of the server's own, certificate 0";
  }
  if (matched.back() == 0) {
    return "DANE-TA(2) is of an authority, not of the server's own";
  }
  return "it issued none of those that lead to the server's own";
}

}  // namespace

ShownChain ShownChainOf(const STACK_OF(X509) * stack) {
  ShownChain chain;
  for (int i = 0; i < sk_X509_num(stack); ++i) {
    chain.push_back(sk_X509_value(stack, i));
  }
  return chain;
}

ShownChain ShownChainOf(const CertificateChain& chain) {
  ShownChain shown;
  shown.reserve(chain.size());
  for (const X509Ptr& each : chain) shown.push_back(each.get());
  return shown;
}

Mistakes::Mistakes(const ShownChain& chain) {
  Source nothing;
  nothing.is_nothing = true;
  Add("", nothing);
  Add("\n", nothing);
  std::string file;
  for (size_t i = 0; i < chain.size(); ++i) {
    AddCertificate(chain[i], i);
    file += PemOf([&](BIO* bio) { return PEM_write_bio_X509(bio, chain[i]); });
  }
  if (chain.size() > 1) Add(file, {"the PEM file of the chain"});
}

// Of equal octets the first count: the server's own certificate comes before
// those above it.
void Mistakes::Add(const std::string& octets, Source source) {
  const size_t index = sources_.size();
  if (source.is_der) octets_.emplace(octets, index);
  sources_.push_back(std::move(source));
  for (const DigestType& each : DigestTypes()) {
    digests_.emplace(Digest(each.type, octets),
                     Digested{index, std::string(each.name), each.matching});
  }
}

// As files have it: with either end of line, or without the last.
void Mistakes::AddPem(const std::string& pem, Source source) {
  if (pem.empty()) return;
  source.name = absl::StrCat("the PEM text of ", source.name);
  source.is_der = false;
  Add(pem, source);
  Add(pem.substr(0, pem.size() - 1), source);
  Add(absl::StrReplaceAll(pem, {{"\n", "\r\n"}}), source);
}

void Mistakes::AddCertificate(X509* certificate, size_t index) {
  const std::string name = absl::StrCat("certificate ", index);
  const auto whole = AssociationData(*certificate, kCert, kFull);
  const auto key = AssociationData(*certificate, kSpki, kFull);
  if (!whole.ok() || !key.ok()) return;
  const Source of_whole = {name, kCert, true};
  const Source of_key = {absl::StrCat("the key of ", name), kSpki, true};
  Add(*whole, of_whole);
  Add(*key, of_key);
  AddPem(PemOf([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); }),
         of_whole);
  AddPem(PemOf([&](BIO* bio) {
           return PEM_write_bio_PUBKEY(bio, X509_get0_pubkey(certificate));
         }),
         of_key);
}

std::string Mistakes::TextOf(const Tlsa& record, const Digested& found) const {
  const Source& source = sources_[found.source];
  if (source.is_nothing) {
    return absl::StrCat("is the ", found.digest,
                        " digest of nothing: what made it read an empty input");
  }
  std::string text =
      absl::StrCat("is the ", found.digest, " digest of ", source.name);
  if (!source.is_der) {
    return absl::StrCat(text, ", not of the DER octets that count");
  }
  if (source.selector != record.selector) {
    absl::StrAppend(&text, ", under selector ", SelectorText(record.selector));
  }
  if (found.matching != record.matching) {
    absl::StrAppend(&text, ", under matching type ", record.matching);
  }
  if (OctetsOf(record) != record.data) {
    absl::StrAppend(&text, ", as hexadecimal text");
  }
  return text;
}

std::string Mistakes::In(const Tlsa& record) const {
  const auto found = digests_.find(OctetsOf(record));
  if (found != digests_.end()) return TextOf(record, found->second);
  const auto whole = octets_.find(record.data);
  if (whole == octets_.end()) return MistakeByLength(record);
  return absl::StrCat("holds the whole of ", sources_[whole->second].name,
                      ", under selector ", record.selector,
                      " and matching type ", record.matching);
}

std::string WhyNoMatch(const std::vector<Tlsa>& records,
                       const ShownChain& chain) {
  const ShownChain first = FirstOf(chain);
  const Mistakes known(first);
  const Associations associations(first);
  std::vector<std::string> clauses;
  std::vector<std::string> mistakes;
  for (size_t i = 0; i < records.size() && clauses.size() <= kMostClauses;
       ++i) {
    const std::vector<size_t> matched = associations.MatchedBy(records[i]);
    if (!matched.empty()) {
      clauses.push_back(absl::StrCat(Label(records, i), " matches certificate ",
                                     absl::StrJoin(matched, ", "), ", but ",
                                     WhyMatchIsNone(records[i], matched)));
      continue;
    }
    if (mistakes.size() > kMostClauses) continue;
    const std::string mistake = known.In(records[i]);
    if (!mistake.empty()) {
      mistakes.push_back(absl::StrCat(Label(records, i), " ", mistake));
    }
  }
  if (clauses.empty()) {
    clauses.emplace_back("no certificate of the chain matches a TLSA record");
  }
  clauses.insert(clauses.end(), mistakes.begin(), mistakes.end());
  return Joined(std::move(clauses));
}

std::string WhyUnusable(const std::vector<Tlsa>& records,
                        const ShownChain& chain) {
  const Mistakes known(FirstOf(chain));
  std::vector<std::string> clauses;
  for (size_t i = 0; i < records.size() && clauses.size() <= kMostClauses;
       ++i) {
    const std::string mistake = known.In(records[i]);
    clauses.push_back(absl::StrCat(Label(records, i), " is unusable (",
                                   ToText(records[i].why_not), ")",
                                   mistake.empty() ? "" : ": it ", mistake));
  }
  return Joined(std::move(clauses));
}

}  // namespace danebound
