// Any text as TLSA records: read or refused; what is read, written and read
// again, is the same. RFC 6698 2.2, RFC 3597 5, RFC 7218.
#include "stub/dane/tlsa_text.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/fuzz/require.h"

namespace danebound {
namespace {

void Try(absl::string_view text) {
  const auto parameters = ParseTlsaParameters(text);
  if (parameters.ok()) {
    const auto again = ParseTlsaParameters(ToNames(*parameters));
    Require(again.ok() && *again == *parameters, "names that mean others");
  }
  const auto records = ReadTlsaRecords(text);
  if (!records.ok()) return;
  std::string written;
  for (const TlsaText& record : *records) {
    Require(record.line >= 1, "a record on no line");
    Require(record.rdata.size() <= 65535, "RDATA that is too long");
    absl::StrAppend(&written, ToGenericText(record.rdata), "\n");
  }
  if (written.size() > kMostTlsaText) return;
  const auto again = ReadTlsaRecords(written);
  Require(again.ok() && again->size() == records->size(),
          "its own text cannot be read");
  for (size_t i = 0; i < again->size(); ++i) {
    Require((*again)[i].rdata == (*records)[i].rdata,
            "its text says something else");
  }
}

}  // namespace
}  // namespace danebound

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  danebound::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
