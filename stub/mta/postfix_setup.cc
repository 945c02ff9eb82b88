#include "stub/mta/postfix_setup.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "stub/mta/postfix.h"
#include "stub/mta/run_program.h"

namespace danebound {

const char* const kSetupMap = "socketmap:unix:danebound/socketmap.sock:QUERY";

namespace {

constexpr const char* kDnsSupport = "smtp_dns_support_level";
constexpr const char* kTlsLevel = "smtp_tls_security_level";
constexpr const char* kEnforceTls = "smtp_enforce_tls";
constexpr const char* kPerSite = "smtp_tls_per_site";
constexpr const char* kInsecureMx = "smtp_tls_dane_insecure_mx_policy";
constexpr const char* kPolicyMaps = "smtp_tls_policy_maps";

constexpr absl::Duration kCopyTimeout = absl::Seconds(30);

bool IsSocketmap(absl::string_view table) {
  absl::ConsumePrefix(&table, "proxy:");
  return absl::StartsWith(table, "socketmap:");
}

absl::optional<std::string> Stated(const PostfixValues& stated,
                                   const std::string& name) {
  const auto found = stated.find(name);
  if (found == stated.end()) return absl::nullopt;
  return found->second;
}

absl::Status Postconf(const std::string& folder,
                      const std::vector<std::string>& words) {
  return RunPostfix(folder, "postconf", words).status();
}

}  // namespace

std::string WithDanebound(const std::string& list) {
  std::vector<std::string> tables = TablesIn(list);
  tables.insert(std::find_if(tables.begin(), tables.end(), IsSocketmap),
                kSetupMap);
  return absl::StrJoin(tables, ", ");
}

std::vector<PostfixChange> ChangesFor(const PostfixValues& values,
                                      const PostfixValues& stated) {
  std::vector<PostfixChange> changes;
  const auto change = [&](const std::string& name, std::string value) {
    changes.push_back({name, Stated(stated, name), std::move(value)});
  };
  if (!absl::EqualsIgnoreCase(ValueOf(values, kDnsSupport), "dnssec")) {
    change(kDnsSupport, "dnssec");
  }
  const std::string level = ValueOf(values, kTlsLevel);
  if (level.empty() || absl::EqualsIgnoreCase(level, "none")) {
    change(kTlsLevel, "may");
  }
  if (!absl::EqualsIgnoreCase(ValueOf(values, kInsecureMx), "dane")) {
    change(kInsecureMx, "dane");
  }
  if (!AsksDanebound(ValueOf(values, kPolicyMaps))) {
    change(kPolicyMaps, WithDanebound(ValueOf(stated, kPolicyMaps)));
  }
  return changes;
}

absl::StatusOr<PostfixValues> ReadStated(const std::string& folder) {
  const auto text =
      RunPostfix(folder, "postconf",
                 {"-n", kDnsSupport, kTlsLevel, kInsecureMx, kPolicyMaps});
  if (!text.ok()) return text.status();
  return ParseValues(*text);
}

absl::Status Apply(const std::string& folder,
                   const std::vector<PostfixChange>& changes) {
  std::vector<std::string> words;
  for (const PostfixChange& change : changes) {
    words.push_back(absl::StrCat(change.name, "=", change.new_value));
  }
  return words.empty() ? absl::OkStatus() : Postconf(folder, words);
}

std::string ObstacleIn(const PostfixValues& values) {
  if (ValueOf(values, kTlsLevel).empty() &&
      absl::EqualsIgnoreCase(ValueOf(values, kEnforceTls), "yes")) {
    return absl::StrCat(kEnforceTls, " = yes counts no longer once there is ",
                        kTlsLevel, ". Run: postconf ", kTlsLevel, "=encrypt");
  }
  const std::string per_site = ValueOf(values, kPerSite);
  if (!per_site.empty() && ValueOf(values, kPolicyMaps).empty()) {
    return absl::StrCat(kPerSite, " = ", per_site,
                        " counts no longer once there are ", kPolicyMaps,
                        ". Make a table of ", kPolicyMaps, " of it");
  }
  return "";
}

Undoing UndoingOf(const PostfixChange& change, const PostfixValues& stated) {
  const absl::optional<std::string> stands = Stated(stated, change.name);
  if (stands == change.new_value) return Undoing::kRestore;
  return stands == change.old_value ? Undoing::kDone : Undoing::kLeave;
}

absl::Status Restore(const std::string& folder, const PostfixChange& change) {
  if (!change.old_value.has_value()) {
    return Postconf(folder, {"-X", change.name});
  }
  return Postconf(folder, {absl::StrCat(change.name, "=", *change.old_value)});
}

absl::StatusOr<PostfixTrial> PostfixTrial::New(const std::string& folder) {
  std::string copy = "/tmp/danebound-setup-XXXXXX";
  if (mkdtemp(copy.data()) == nullptr) {
    return absl::UnavailableError(
        absl::StrCat(copy, ": ", std::strerror(errno)));
  }
  PostfixTrial trial(std::move(copy));
  // With what links lead to.
  const auto copied =
      RunProgram({"cp", "-aL", folder, trial.folder()}, kCopyTimeout);
  if (!copied.ok()) return copied.status();
  return trial;
}

std::string PostfixTrial::folder() const {
  return absl::StrCat(folder_, "/postfix");
}

PostfixTrial::PostfixTrial(PostfixTrial&& other) noexcept
    : folder_(std::exchange(other.folder_, "")) {}

PostfixTrial::~PostfixTrial() {
  if (folder_.empty()) return;
  RunProgram({"rm", "-r", folder_}, kCopyTimeout).IgnoreError();
}

}  // namespace danebound
