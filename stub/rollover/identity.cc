#include "stub/rollover/identity.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/types/optional.h"

namespace danebound {
namespace {

bool NamesAnchor(const TlsaParameters& parameters) {
  return parameters.usage == 0 || parameters.usage == 2;
}

// The certificates that a record of these parameters may be of; nullopt stands
// for the one that MakeTlsa chooses.
std::vector<absl::optional<size_t>> Candidates(
    const TlsaSource& source, const TlsaParameters& parameters) {
  std::vector<absl::optional<size_t>> candidates = {absl::nullopt};
  if (NamesAnchor(parameters)) {
    for (size_t i = 0; i < source.certificates.size(); ++i) {
      candidates.emplace_back(i);
    }
  }
  return candidates;
}

bool IsPossible(const TlsaSource& source, const TlsaParameters& parameters) {
  return source.kind == TlsaSourceKind::kCertificates ||
         (parameters.selector == 1 && !NamesAnchor(parameters));
}

absl::StatusOr<std::vector<std::string>> RecordsOf(
    const TlsaSource& source, const TlsaParameters& parameters) {
  std::vector<std::string> records;
  for (const auto& candidate : Candidates(source, parameters)) {
    auto made = MakeTlsa(source, parameters, candidate);
    if (!made.ok()) return made.status();
    if (std::find(records.begin(), records.end(), made->rdata) ==
        records.end()) {
      records.push_back(made->rdata);
    }
  }
  return records;
}

std::vector<TlsaParameters> AllCombinations() {
  std::vector<TlsaParameters> all;
  for (uint8_t usage = 0; usage <= 3; ++usage) {
    for (uint8_t selector = 0; selector <= 1; ++selector) {
      for (uint8_t matching = 0; matching <= 2; ++matching) {
        all.push_back({usage, selector, matching});
      }
    }
  }
  return all;
}

}  // namespace

absl::StatusOr<RolloverIdentity> IdentityOf(const TlsaSource& source) {
  RolloverIdentity identity;
  for (const TlsaParameters& parameters : AllCombinations()) {
    if (!IsPossible(source, parameters)) continue;
    auto records = RecordsOf(source, parameters);
    if (!records.ok()) return records.status();
    identity.records[parameters] = *std::move(records);
  }
  return identity;
}

}  // namespace danebound
