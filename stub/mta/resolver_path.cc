#include "stub/mta/resolver_path.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "stub/dane/name.h"
#include "stub/nameservers/question.h"
#include "stub/serve/resolver/resolv_conf.h"
#include "stub/serve/settings.h"

namespace danebound {
namespace {

using Result = SelfTestCheck::Result;

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

std::vector<std::string> TrustedResolvers() {
  return ReadServeSettings(kServeConf)
      .value_or(ServeSettings())
      .mta_trusted_resolvers;
}

SelfTestCheck JudgeNameServer(const std::string& path,
                              const std::string& address, bool is_authentic,
                              const std::vector<std::string>& trusted) {
  const std::string label = absl::StrCat(path, ", ", address, ": ");
  if (!is_authentic) {
    return {"resolver", Result::kFailed,
            absl::StrCat(label,
                         "the reply is without AD: it does not validate, and a "
                         "mail server that asks it does no DANE and says "
                         "nothing. Name a validating resolver of this machine "
                         "there")};
  }
  const std::string why = WhyNotToRestOn(address, trusted);
  if (!why.empty()) {
    return {"resolver", Result::kFailed,
            absl::StrCat(label, "AD is set, but ", why,
                         ": whoever is on the way to it, or behind it, can "
                         "forge that. Name a validating resolver of this "
                         "machine there, or in serve.conf "
                         "mta_trusted_resolvers = [\"",
                         address, "\"]")};
  }
  return {"resolver", Result::kPassed, absl::StrCat(label, "validates")};
}

SelfTestCheck CheckNameServer(const std::string& path,
                              const std::string& address,
                              const std::vector<std::string>& trusted,
                              absl::Duration timeout) {
  const auto reply = AskDns({{address}, true, timeout}, Name(), kTypeNs);
  if (reply.ok()) {
    return JudgeNameServer(path, address, reply->authentic, trusted);
  }
  return {"resolver", Result::kFailed,
          absl::StrCat(path, ", ", address,
                       ": the NS records of the root cannot be had: ",
                       reply.status().message())};
}

std::vector<SelfTestCheck> CheckResolverPath(
    const std::string& path, const std::vector<std::string>& trusted,
    absl::Duration timeout) {
  const absl::StatusOr<std::string> text = ReadResolvConf(path);
  if (!text.ok()) {
    return {
        {"resolver", Result::kFailed, std::string(text.status().message())}};
  }
  const ResolvConf conf = ParseResolvConf(*text);
  std::vector<SelfTestCheck> checks;
  for (const std::string& address : conf.nameservers) {
    checks.push_back(CheckNameServer(path, address, trusted, timeout));
  }
  checks.push_back(CheckTrustAd(path, conf));
  return checks;
}

}  // namespace danebound
