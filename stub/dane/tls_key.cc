#include "stub/dane/tls_key.h"

#include <nettle/sha2.h>

#include <algorithm>
#include <array>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

// Appends a field so that no two lists of fields give the same octets.
void AppendField(absl::string_view field, std::string* octets) {
  absl::StrAppend(octets, field.size(), ":", field, ",");
}

std::vector<std::string> CountingRecords(const HostVerdict& host) {
  std::vector<std::string> records;
  for (const Tlsa& record : host.tlsa) {
    if (record.counts()) records.push_back(record.rdata);
  }
  std::sort(records.begin(), records.end());
  return records;
}

std::string Sha256Hex(absl::string_view octets) {
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, octets.size(),
                reinterpret_cast<const uint8_t*>(octets.data()));
  std::array<uint8_t, SHA256_DIGEST_SIZE> digest{};
  sha256_digest(&context, digest.size(), digest.data());
  return absl::BytesToHexString(
      {reinterpret_cast<const char*>(digest.data()), digest.size()});
}

bool IsBoundByTlsa(Duty duty) {
  return duty == Duty::kAuthenticate || duty == Duty::kEncrypt;
}

}  // namespace

std::string TlsKeyOf(const HostVerdict& host, uint16_t port) {
  std::string octets;
  AppendField(ToText(host.duty), &octets);
  AppendField(absl::StrCat(port), &octets);
  if (IsBoundByTlsa(host.duty)) {
    AppendField(host.base_domain.wire(), &octets);
    AppendField(absl::StrCat(host.names.size()), &octets);
    for (const std::string& name : host.names) AppendField(name, &octets);
    for (const std::string& record : CountingRecords(host)) {
      AppendField(record, &octets);
    }
  } else if (!host.name.IsRoot()) {
    AppendField(host.name.wire(), &octets);
  } else {
    for (const HostAddress& literal : host.addresses) {
      AppendField(literal.address.octets(), &octets);
    }
  }
  return Sha256Hex(octets);
}

}  // namespace danebound
