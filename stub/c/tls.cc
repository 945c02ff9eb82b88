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
#include "stub/openssl/pointers.h"
#include "stub/openssl/tls_result.h"
#include "stub/openssl/tls_setup.h"

struct danebound_tls_setup {
  danebound::TlsSetup setup;
};

struct danebound_tls_result {
  danebound::TlsResult result;
};

struct danebound_tls_session {
  danebound::StoredSession session;
};

using danebound::TlsOutcome;
using danebound::TlsPurpose;
using danebound::c::Guard;
using danebound::c::NullArgument;

static_assert(static_cast<int>(TlsPurpose::kDeliver) == DANEBOUND_TLS_DELIVER);
static_assert(static_cast<int>(TlsPurpose::kProbe) == DANEBOUND_TLS_PROBE);
static_assert(static_cast<int>(TlsOutcome::kFailed) == DANEBOUND_TLS_FAILED);
static_assert(static_cast<int>(TlsOutcome::kEncrypted) ==
              DANEBOUND_TLS_ENCRYPTED);
static_assert(static_cast<int>(TlsOutcome::kAuthenticated) ==
              DANEBOUND_TLS_AUTHENTICATED);

const char* danebound_tls_outcome_text(int outcome) {
  if (outcome < DANEBOUND_TLS_FAILED || outcome > DANEBOUND_TLS_AUTHENTICATED) {
    return "";
  }
  return danebound::ToText(static_cast<TlsOutcome>(outcome)).data();
}

int danebound_tls_context_new(struct ssl_ctx_st** context, char** why) {
  return Guard(why, [&]() -> absl::Status {
    if (context == nullptr) return NullArgument();
    absl::StatusOr<danebound::SslCtxPtr> made = danebound::NewTlsContext();
    if (!made.ok()) return made.status();
    *context = made->release();
    return absl::OkStatus();
  });
}

int danebound_tls_configure(struct ssl_st* ssl, const danebound_host* host,
                            int purpose, danebound_tls_setup** setup,
                            char** why) {
  return Guard(why, [&]() -> absl::Status {
    if (ssl == nullptr || host == nullptr || setup == nullptr) {
      return NullArgument();
    }
    if (purpose != DANEBOUND_TLS_DELIVER && purpose != DANEBOUND_TLS_PROBE) {
      return absl::InvalidArgumentError(
          "the purpose is none of danebound_tls_purpose");
    }
    absl::StatusOr<danebound::TlsSetup> made = danebound::ConfigureTls(
        ssl, *host->host, static_cast<TlsPurpose>(purpose));
    if (!made.ok()) return made.status();
    *setup = new danebound_tls_setup{*std::move(made)};
    return absl::OkStatus();
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
  return Guard(why, [&]() -> absl::Status {
    if (ssl == nullptr || host == nullptr || setup == nullptr ||
        result == nullptr) {
      return NullArgument();
    }
    danebound::TlsResult judged =
        offered == nullptr ? danebound::JudgeTls(ssl, *host->host, setup->setup)
                           : danebound::JudgeTls(ssl, *host->host, setup->setup,
                                                 offered->session);
    *result = new danebound_tls_result{std::move(judged)};
    return absl::OkStatus();
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
  return Guard(why, [&]() -> absl::Status {
    if (ssl == nullptr || host == nullptr || result == nullptr ||
        session == nullptr) {
      return NullArgument();
    }
    absl::optional<danebound::StoredSession> stored =
        danebound::StoreTls(ssl, *host->host, result->result);
    *session = stored.has_value()
                   ? new danebound_tls_session{*std::move(stored)}
                   : nullptr;
    return absl::OkStatus();
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
    return danebound::ResumeTls(ssl, *host->host, session->session);
  });
}
