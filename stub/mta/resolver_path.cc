#include "stub/mta/resolver_path.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "stub/dane/name.h"
#include "stub/nameservers/question.h"
#include "stub/serve/resolver/resolv_conf.h"

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

SelfTestCheck CheckNameServer(const std::string& path,
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
  if (!IsOfThisMachine(address)) {
    return {"resolver", Result::kWarning,
            absl::StrCat(label,
                         "validates, but is not on this machine: whoever is on "
                         "the way to it can forge AD")};
  }
  return {"resolver", Result::kPassed, absl::StrCat(label, "validates")};
}

std::vector<SelfTestCheck> CheckResolverPath(const std::string& path,
                                             absl::Duration timeout) {
  const absl::StatusOr<std::string> text = ReadResolvConf(path);
  if (!text.ok()) {
    return {
        {"resolver", Result::kFailed, std::string(text.status().message())}};
  }
  const ResolvConf conf = ParseResolvConf(*text);
  std::vector<SelfTestCheck> checks;
  for (const std::string& address : conf.nameservers) {
    checks.push_back(CheckNameServer(path, address, timeout));
  }
  checks.push_back(CheckTrustAd(path, conf));
  return checks;
}

}  // namespace danebound
