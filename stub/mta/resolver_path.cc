#include "stub/mta/resolver_path.h"

#include <arpa/inet.h>

#include <fstream>
#include <sstream>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "stub/dane/name.h"
#include "stub/rollover/question.h"

namespace danebound {
namespace {

using Result = SelfTestCheck::Result;

constexpr size_t kMostNameservers = 3;  // MAXNS of <resolv.h>

constexpr absl::string_view kLocalNameserver = "127.0.0.1";

absl::optional<std::string> ReadText(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return absl::nullopt;
  return text.str();
}

bool IsLoopback(const std::string& address) {
  return absl::StartsWith(address, "127.") || address == "::1";
}

SelfTestCheck CheckNameserver(const std::string& path,
                              const std::string& address,
                              absl::Duration timeout) {
  const std::string label = absl::StrCat(path, ", ", address, ": ");
  const auto reply = AskDns({{address}, true, timeout}, Name(), kTypeNs);
  if (!reply.ok()) {
    return {"resolver", Result::kFailed,
            absl::StrCat(label, "the NS records of the root cannot be had: ",
                         reply.status().message())};
  }
  if (!reply->authentic) {
    return {"resolver", Result::kFailed,
            absl::StrCat(label,
                         "the reply is without AD: it does not validate, and a "
                         "mail server that asks it does no DANE and says "
                         "nothing. Name a validating resolver of this machine "
                         "there")};
  }
  if (!IsLoopback(address)) {
    return {"resolver", Result::kWarning,
            absl::StrCat(label,
                         "validates, but is not on this machine: whoever is on "
                         "the way to it can forge AD")};
  }
  return {"resolver", Result::kPassed, absl::StrCat(label, "validates")};
}

SelfTestCheck CheckTrustAd(const std::string& path, const ResolvConf& conf) {
  if (conf.trust_ad) {
    return {"trust-ad", Result::kPassed,
            absl::StrCat(path, ": options trust-ad")};
  }
  return {"trust-ad", Result::kWarning,
          absl::StrCat(path,
                       ": no \"options trust-ad\": the C library hides AD "
                       "from a program that does not ask for it by itself. Add "
                       "the line")};
}

}  // namespace

ResolvConf ParseResolvConf(absl::string_view text) {
  ResolvConf conf;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::vector<absl::string_view> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (words.size() < 2) continue;
    if (words[0] == "nameserver" &&
        conf.nameservers.size() < kMostNameservers) {
      conf.nameservers.emplace_back(words[1]);
    }
    if (words[0] != "options") continue;
    for (const absl::string_view word : words) {
      if (word == "trust-ad") conf.trust_ad = true;
    }
  }
  if (conf.nameservers.empty()) conf.nameservers.emplace_back(kLocalNameserver);
  return conf;
}

std::vector<SelfTestCheck> CheckResolverPath(const std::string& path,
                                             absl::Duration timeout) {
  const absl::optional<std::string> text = ReadText(path);
  if (!text.has_value()) {
    return {{"resolver", Result::kFailed,
             absl::StrCat(path, ": it cannot be read")}};
  }
  const ResolvConf conf = ParseResolvConf(*text);
  std::vector<SelfTestCheck> checks;
  for (const std::string& address : conf.nameservers) {
    checks.push_back(CheckNameserver(path, address, timeout));
  }
  checks.push_back(CheckTrustAd(path, conf));
  return checks;
}

}  // namespace danebound
