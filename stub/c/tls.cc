// TLS of danebound.h: libdanebound-tls.
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "stub/c/guard.h"
#include "stub/c/part.h"
#include "stub/c/verdict.h"
#include "stub/include/danebound.h"
#include "stub/openssl/certificates.h"
#include "stub/openssl/pointers.h"
#include "stub/openssl/tls_result.h"
#include "stub/openssl/tls_setup.h"
#include "stub/openssl/verify.h"
#include "stub/system/printable.h"

struct danebound_tls_setup {
  danebound::TlsSetup setup;
};

struct danebound_tls_result {
  danebound::TlsResult result;
};

struct danebound_tls_session {
  danebound::StoredSession session;
};

using danebound::Printable;
using danebound::TlsOutcome;
using danebound::TlsPurpose;
using danebound::c::Give;
using danebound::c::Guard;
using danebound::c::NullArgument;

static_assert(static_cast<int>(TlsPurpose::kDeliver) == DANEBOUND_TLS_DELIVER);
static_assert(static_cast<int>(TlsPurpose::kProbe) == DANEBOUND_TLS_PROBE);
static_assert(static_cast<int>(TlsOutcome::kFailed) == DANEBOUND_TLS_FAILED);
static_assert(static_cast<int>(TlsOutcome::kEncrypted) ==
              DANEBOUND_TLS_ENCRYPTED);
static_assert(static_cast<int>(TlsOutcome::kAuthenticated) ==
              DANEBOUND_TLS_AUTHENTICATED);

namespace {

// The `why` of a result may quote a certificate.
danebound_tls_result* NewResult(danebound::TlsResult result) {
  result.why = Printable(result.why);
  return new danebound_tls_result{std::move(result)};
}

}  // namespace

const char* danebound_tls_outcome_text(int outcome) {
  if (outcome < DANEBOUND_TLS_FAILED || outcome > DANEBOUND_TLS_AUTHENTICATED) {
    return "";
  }
  return danebound::ToText(static_cast<TlsOutcome>(outcome)).data();
}

int danebound_tls_context_new(struct ssl_ctx_st** context, char** why) {
  return Give(context, why, [&]() -> absl::StatusOr<ssl_ctx_st*> {
    absl::StatusOr<danebound::SslCtxPtr> made = danebound::NewTlsContext();
    if (!made.ok()) return made.status();
    return made->release();
  });
}

int danebound_tls_configure(struct ssl_st* ssl, const danebound_host* host,
                            int purpose, danebound_tls_setup** setup,
                            char** why) {
  return Give(setup, why, [&]() -> absl::StatusOr<danebound_tls_setup*> {
    if (ssl == nullptr || host == nullptr) return NullArgument();
    if (purpose != DANEBOUND_TLS_DELIVER && purpose != DANEBOUND_TLS_PROBE) {
      return absl::InvalidArgumentError(
          "the purpose is none of danebound_tls_purpose");
    }
    absl::StatusOr<danebound::TlsSetup> made = danebound::ConfigureTls(
        ssl, danebound::c::ValueOf(*host), static_cast<TlsPurpose>(purpose));
    if (!made.ok()) return made.status();
    for (danebound::TlsSetup::Refused& refused : made->refused) {
      refused.why = Printable(refused.why);
    }
    return new danebound_tls_setup{*std::move(made)};
  });
}

void danebound_tls_setup_free(danebound_tls_setup* setup) { delete setup; }

danebound_duty danebound_tls_setup_duty(const danebound_tls_setup* setup) {
  if (setup == nullptr) return DANEBOUND_DUTY_SKIP;
  return static_cast<danebound_duty>(setup->setup.duty);
}

size_t danebound_tls_setup_refused_count(const danebound_tls_setup* setup) {
  return setup == nullptr ? 0 : setup->setup.refused.size();
}

size_t danebound_tls_setup_refused_record(const danebound_tls_setup* setup,
                                          size_t index) {
  if (index >= danebound_tls_setup_refused_count(setup)) return SIZE_MAX;
  return setup->setup.refused[index].record;
}

const char* danebound_tls_setup_refused_why(const danebound_tls_setup* setup,
                                            size_t index) {
  if (index >= danebound_tls_setup_refused_count(setup)) return "";
  return setup->setup.refused[index].why.c_str();
}

int danebound_tls_judge(struct ssl_st* ssl, const danebound_host* host,
                        const danebound_tls_setup* setup,
                        const danebound_tls_session* offered,
                        danebound_tls_result** result, char** why) {
  return Give(result, why, [&]() -> absl::StatusOr<danebound_tls_result*> {
    if (ssl == nullptr || host == nullptr || setup == nullptr) {
      return NullArgument();
    }
    danebound::TlsResult judged =
        offered == nullptr
            ? danebound::JudgeTls(ssl, danebound::c::ValueOf(*host),
                                  setup->setup)
            : danebound::JudgeTls(ssl, danebound::c::ValueOf(*host),
                                  setup->setup, offered->session);
    return NewResult(std::move(judged));
  });
}

int danebound_tls_verify(const void* chain, size_t length,
                         const danebound_host* host, int64_t time,
                         danebound_tls_result** result, char** why) {
  return Give(result, why, [&]() -> absl::StatusOr<danebound_tls_result*> {
    if (chain == nullptr || host == nullptr) return NullArgument();
    const auto certificates =
        danebound::ReadCertificates({static_cast<const char*>(chain), length});
    if (!certificates.ok()) return certificates.status();
    absl::StatusOr<danebound::TlsResult> judged =
        danebound::Verify(*certificates, danebound::c::ValueOf(*host), time);
    if (!judged.ok()) return judged.status();
    return NewResult(*std::move(judged));
  });
}

void danebound_tls_result_free(danebound_tls_result* result) { delete result; }

danebound_tls_outcome danebound_tls_result_outcome(
    const danebound_tls_result* result) {
  if (result == nullptr) return DANEBOUND_TLS_FAILED;
  return static_cast<danebound_tls_outcome>(result->result.outcome);
}

int danebound_tls_result_record(const danebound_tls_result* result) {
  if (result == nullptr || !result->result.record.has_value()) return -1;
  return static_cast<int>(*result->result.record);
}

int danebound_tls_result_depth(const danebound_tls_result* result) {
  return result == nullptr ? -1 : result->result.depth;
}

const char* danebound_tls_result_matched_name(
    const danebound_tls_result* result) {
  return result == nullptr ? "" : result->result.matched_name.c_str();
}

size_t danebound_tls_result_name_count(const danebound_tls_result* result) {
  return result == nullptr ? 0 : result->result.names.size();
}

const char* danebound_tls_result_name(const danebound_tls_result* result,
                                      size_t index) {
  return result == nullptr ? ""
                           : danebound::c::TextAt(result->result.names, index);
}

const char* danebound_tls_result_why(const danebound_tls_result* result) {
  return result == nullptr ? "" : result->result.why.c_str();
}

const char* danebound_tls_result_tlsrpt(const danebound_tls_result* result) {
  return result == nullptr ? "" : result->result.tlsrpt.c_str();
}

int danebound_tls_store(struct ssl_st* ssl, const danebound_host* host,
                        const danebound_tls_result* result,
                        danebound_tls_session** session, char** why) {
  return Give(session, why, [&]() -> absl::StatusOr<danebound_tls_session*> {
    if (ssl == nullptr || host == nullptr || result == nullptr) {
      return NullArgument();
    }
    absl::optional<danebound::StoredSession> stored =
        danebound::StoreTls(ssl, danebound::c::ValueOf(*host), result->result);
    return stored.has_value() ? new danebound_tls_session{*std::move(stored)}
                              : nullptr;
  });
}

void danebound_tls_session_free(danebound_tls_session* session) {
  delete session;
}

int danebound_tls_resume(struct ssl_st* ssl, const danebound_host* host,
                         const danebound_tls_session* session, char** why) {
  return Guard(why, [&]() -> absl::Status {
    if (ssl == nullptr || host == nullptr || session == nullptr) {
      return NullArgument();
    }
    return danebound::ResumeTls(ssl, danebound::c::ValueOf(*host),
                                session->session);
  });
}
