#include "stub/nameservers/zone_text.h"

#include <ldns/ldns.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "stub/openssl/pointers.h"

namespace danebound {
namespace {

using RrPtr = std::unique_ptr<ldns_rr, FreeWith<ldns_rr_free>>;
using RdfPtr = std::unique_ptr<ldns_rdf, FreeWith<ldns_rdf_deep_free>>;
using TextPtr = std::unique_ptr<char, FreeWith<std::free>>;

struct Close {
  void operator()(std::FILE* file) const {
    static_cast<void>(std::fclose(file));
  }
};
using FilePtr = std::unique_ptr<std::FILE, Close>;

// What a line can be besides a record.
bool IsPassedOver(ldns_status status) {
  return status == LDNS_STATUS_SYNTAX_TTL ||
         status == LDNS_STATUS_SYNTAX_ORIGIN ||
         status == LDNS_STATUS_SYNTAX_EMPTY;
}

TlsaText RecordFrom(const ldns_rr* rr, size_t line) {
  const TextPtr owner(ldns_rdf2str(ldns_rr_owner(rr)));
  TlsaText record{owner == nullptr ? "" : owner.get(), "", line};
  for (size_t i = 0; i < ldns_rr_rd_count(rr); ++i) {
    const ldns_rdf* rdf = ldns_rr_rdf(rr, i);
    record.rdata.append(reinterpret_cast<const char*>(ldns_rdf_data(rdf)),
                        ldns_rdf_size(rdf));
  }
  return record;
}

void AddAlias(const ldns_rr* rr, std::map<Name, Name>& aliases) {
  const auto name_of = [](const ldns_rdf* rdf) {
    return Name::ParseWire({reinterpret_cast<const char*>(ldns_rdf_data(rdf)),
                            ldns_rdf_size(rdf)});
  };
  const auto owner = name_of(ldns_rr_owner(rr));
  const auto target = name_of(ldns_rr_rdf(rr, 0));
  if (owner.ok() && target.ok()) aliases.emplace(*owner, *target);
}

// The state of a zone file from one record to the next. ldns replaces both
// names.
class Reader {
 public:
  explicit Reader(std::FILE* file) : file_(file) {}
  ~Reader() {
    ldns_rdf_deep_free(origin_);
    ldns_rdf_deep_free(previous_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  absl::StatusOr<ZoneText> ReadAll() {
    ZoneText zone;
    while (std::feof(file_) == 0) {
      const auto begin = static_cast<size_t>(line_) + 1;
      ldns_rr* rr = nullptr;
      const ldns_status status =
          ldns_rr_new_frm_fp_l(&rr, file_, &ttl_, &origin_, &previous_, &line_);
      const RrPtr record(rr);
      if (status == LDNS_STATUS_OK) {
        if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_TLSA) {
          zone.records.push_back(RecordFrom(rr, begin));
        } else if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_CNAME) {
          AddAlias(rr, zone.aliases);
        }
      } else if (!IsPassedOver(status)) {
        return absl::InvalidArgumentError(absl::StrCat(
            "line ", begin, ": ", ldns_get_errorstr_by_id(status)));
      }
    }
    return zone;
  }

 private:
  std::FILE* file_;
  uint32_t ttl_ = 0;
  ldns_rdf* origin_ = nullptr;
  ldns_rdf* previous_ = nullptr;
  int line_ = 0;
};

// Says whether each "(" has its ")", outside of comments and quotes. ldns takes
// the end of a file for one.
bool IsClosed(absl::string_view text) {
  int open = 0;
  bool in_comment = false;
  bool in_quotes = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char octet = text[i];
    if (octet == '\n') in_comment = in_quotes = false;
    if (in_comment) continue;
    if (octet == '\\') {
      ++i;
    } else if (octet == '"') {
      in_quotes = !in_quotes;
    } else if (!in_quotes) {
      in_comment = octet == ';';
      open += octet == '(' ? 1 : octet == ')' ? -1 : 0;
    }
  }
  return open == 0;
}

}  // namespace

absl::StatusOr<ZoneText> ReadZoneText(absl::string_view text) {
  if (text.size() > kMostTlsaText) {
    return absl::OutOfRangeError(
        absl::StrCat("more than ", kMostTlsaText, " octets"));
  }
  if (text.empty()) return ZoneText();
  if (!IsClosed(text)) {
    return absl::InvalidArgumentError("\"(\" and \")\" do not pair");
  }
  std::string octets(text);
  const FilePtr file(fmemopen(octets.data(), octets.size(), "re"));
  if (file == nullptr) return absl::ResourceExhaustedError("no memory");
  return Reader(file.get()).ReadAll();
}

}  // namespace danebound
