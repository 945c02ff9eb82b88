#include "stub/dane/tls_key.h"

#include <nettle/sha2.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "stub/dane/duty.h"

namespace danebound {

static_assert(TlsKeyHash::kContextSize >= sizeof(sha256_ctx));

namespace {

sha256_ctx* Sha256(void* context) { return static_cast<sha256_ctx*>(context); }

void Update(void* context, absl::string_view octets) {
  sha256_update(Sha256(context), octets.size(),
                reinterpret_cast<const uint8_t*>(octets.data()));
}

std::vector<absl::string_view> CountingRecords(const HostVerdict& host) {
  std::vector<absl::string_view> records;
  for (const Tlsa& record : host.tlsa) {
    if (record.counts()) records.push_back(record.rdata);
  }
  std::sort(records.begin(), records.end());
  return records;
}

}  // namespace

TlsKeyHash::TlsKeyHash(Duty duty, uint16_t port) {
  sha256_init(Sha256(context_));
  Add(ToText(duty));
  Add(port);
}

void TlsKeyHash::Add(absl::string_view field) {
  char size[24];
  char* const end =
      std::to_chars(size, size + sizeof size - 1, field.size()).ptr;
  *end = ':';
  Update(context_, {size, static_cast<size_t>(end + 1 - size)});
  Update(context_, field);
  Update(context_, ",");
}

void TlsKeyHash::Add(size_t number) {
  char text[24];
  char* const end = std::to_chars(text, text + sizeof text, number).ptr;
  Add(absl::string_view(text, static_cast<size_t>(end - text)));
}

void TlsKeyHash::End(char* key) {
  constexpr absl::string_view kDigits = "0123456789abcdef";
  uint8_t digest[SHA256_DIGEST_SIZE];
  sha256_digest(Sha256(context_), sizeof digest, digest);
  static_assert(2 * sizeof digest == kTlsKeySize);
  for (const uint8_t octet : digest) {
    *key++ = kDigits[octet >> 4];
    *key++ = kDigits[octet & 0xf];
  }
}

std::string TlsKeyOf(const HostVerdict& host, uint16_t port) {
  TlsKeyHash hash(host.duty, port);
  if (IsBoundByTlsa(host.duty)) {
    hash.Add(host.base_domain.wire());
    hash.Add(host.names.size());
    for (const std::string& name : host.names) hash.Add(name);
    for (const absl::string_view record : CountingRecords(host)) {
      hash.Add(record);
    }
  } else if (!host.name.IsRoot()) {
    hash.Add(host.name.wire());
  } else {
    for (const HostAddress& literal : host.addresses) {
      hash.Add(literal.address.octets());
    }
  }
  std::string key(kTlsKeySize, '\0');
  hash.End(key.data());
  return key;
}

}  // namespace danebound
