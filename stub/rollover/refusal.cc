#include "stub/rollover/refusal.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "stub/dane/tlsa.h"
#include "stub/openssl/certificates.h"
#include "stub/openssl/verify.h"

namespace danebound {
namespace {

absl::StatusOr<CertificateChain> ChainOf(const RolloverIdentity& identity) {
  CertificateChain chain;
  for (const std::string& der : identity.chain) {
    auto certificate = ParseCertificate(der);
    if (!certificate.ok()) return certificate.status();
    chain.push_back(*std::move(certificate));
  }
  return chain;
}

absl::StatusOr<TlsResult> Judge(const RolloverIdentity& identity,
                                const std::set<std::string>& rdata,
                                const std::vector<std::string>& names,
                                int64_t now) {
  const auto chain = ChainOf(identity);
  if (!chain.ok()) return chain.status();
  const auto host = PromiseOf(JudgeTlsa({rdata.begin(), rdata.end()}), names);
  if (!host.ok()) return host.status();
  return Verify(*chain, *host, now);
}

std::string WhyRefusedUnder(const std::set<std::string>& rdata,
                            const RolloverIdentity& identity,
                            const std::vector<std::string>& names,
                            int64_t now) {
  const auto result = Judge(identity, rdata, names, now);
  if (!result.ok()) return std::string(result.status().message());
  if (result->outcome != TlsOutcome::kFailed) return "";
  return result->tlsrpt.empty()
             ? result->why
             : absl::StrCat(result->why, " (", result->tlsrpt, ")");
}

}  // namespace

std::string WhyRefused(const std::vector<RolloverIdentity>& identities,
                       const std::vector<ServerView>& servers,
                       const std::set<std::string>& added,
                       const std::vector<std::string>& names, int64_t now) {
  for (ServerView view : servers) {
    if (!view.answered) continue;
    view.rdata.insert(added.begin(), added.end());
    for (const RolloverIdentity& identity : identities) {
      if (identity.chain.empty() || !PromisesAll(view, {identity})) continue;
      std::string why = WhyRefusedUnder(view.rdata, identity, names, now);
      if (!why.empty()) return why;
    }
  }
  return "";
}

RolloverState StateWhereRefused(RolloverState state, bool refuse_current,
                                bool refuse_next) {
  if (state == RolloverState::kBroken) return state;
  const bool may_deploy = state == RolloverState::kDeploy && !refuse_next;
  if (refuse_current && !may_deploy) return RolloverState::kBroken;
  return refuse_next ? RolloverState::kUnknown : state;
}

}  // namespace danebound
