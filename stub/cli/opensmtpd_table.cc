#include "stub/cli/opensmtpd_table.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace danebound {
namespace {

std::string ResultLine(absl::string_view operation, absl::string_view id,
                       absl::string_view result) {
  return absl::StrCat(operation, "-result|", id, "|", result, "\n");
}

absl::Status Strange(absl::string_view line) {
  return absl::InvalidArgumentError(
      absl::StrCat("not a line of smtpd-tables(7), protocol 0.1: ", line));
}

// What comes after the fields that all requests have.
absl::StatusOr<std::string> AnswerRequest(absl::string_view line,
                                          const HasDomain& has_domain) {
  // The key is the last field, and may hold the separator.
  const std::vector<std::string> fields =
      absl::StrSplit(line, absl::MaxSplits('|', 7));
  if (fields.size() < 6 || fields[1] != "0.1") return Strange(line);
  const std::string& operation = fields[4];
  if (operation == "update") return ResultLine(operation, fields[5], "ok");
  if (fields.size() < 7) return Strange(line);
  const std::string& id = fields[6];
  if (operation == "fetch") return ResultLine(operation, id, "not-found");
  if (fields.size() < 8 || (operation != "check" && operation != "lookup")) {
    return Strange(line);
  }
  const std::string& key = fields[7];
  if (!has_domain(key)) return ResultLine(operation, id, "not-found");
  return ResultLine(
      operation, id,
      operation == "check" ? "found" : absl::StrCat("found|", key));
}

}  // namespace

absl::StatusOr<std::string> AnswerTableLine(absl::string_view line,
                                            const HasDomain& has_domain) {
  if (line == "config|ready") return "register|domain\nregister|ready\n";
  if (absl::StartsWith(line, "config|")) return "";
  if (!absl::StartsWith(line, "table|")) return Strange(line);
  return AnswerRequest(line, has_domain);
}

}  // namespace danebound
