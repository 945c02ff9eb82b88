#include "stub/check/conversation.h"

#include <chrono>
#include <ctime>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "stub/check/certificate_seen.h"
#include "stub/check/combination.h"
#include "stub/check/smtp_connection.h"
#include "stub/openssl/mismatch.h"
#include "stub/openssl/tls_result.h"
#include "stub/openssl/tls_setup.h"

namespace danebound {
namespace {

constexpr size_t kMostShown = 200;  // octets of a text, extensions of a server

constexpr const char* kRsaSignatures =
    "RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:"
    "RSA+SHA256:RSA+SHA384:RSA+SHA512";
constexpr const char* kEcdsaSignatures =
    "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512";

std::string Shown(absl::string_view text) {
  return absl::CHexEscape(text.substr(0, kMostShown));
}

SmtpSeen Shown(SmtpSeen seen) {
  seen.banner = Shown(seen.banner);
  for (auto* lines : {&seen.extensions, &seen.tls_extensions}) {
    if (lines->size() > kMostShown) lines->resize(kMostShown);
    for (std::string& each : *lines) each = Shown(each);
  }
  return seen;
}

Trouble TroubleOf(SmtpFault fault) {
  switch (fault) {
    case SmtpFault::kGarbage:
      return Trouble::kNotSmtp;
    case SmtpFault::kClosed:
      return Trouble::kClosed;
    case SmtpFault::kRefused:
      return Trouble::kRefused;
    case SmtpFault::kNoStartTls:
      return Trouble::kNoStartTls;
    case SmtpFault::kStartTlsRefused:
      return Trouble::kStartTlsRefused;
    case SmtpFault::kPlaintext:
      return Trouble::kPlaintext;
  }
  return Trouble::kNotSmtp;
}

// Of a connection that is there.
Trouble TroubleOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kDeadlineExceeded:
      return Trouble::kTimeout;
    case absl::StatusCode::kUnavailable:
      return Trouble::kClosed;
    case absl::StatusCode::kOutOfRange:
      return Trouble::kNotSmtp;
    case absl::StatusCode::kInvalidArgument:
      return Trouble::kTls;
    case absl::StatusCode::kDataLoss:
      return Trouble::kPlaintext;
    default:
      return Trouble::kLocal;
  }
}

class Conversation {
 public:
  Conversation(const HostVerdict& host, const Target& target,
               const ProbeOptions& options)
      : host_(host),
        target_(target),
        options_(options),
        connection_(std::chrono::steady_clock::now() +
                    absl::ToChronoNanoseconds(options.timeout)) {}

  AddressEvidence Run(SSL_CTX* context, KeyLimit limit);

 private:
  absl::Status PrepareTls(SSL_CTX* context, KeyLimit limit);
  void ConnectAndTalk();
  // Each does what the state of the session asks for, and says whether there
  // is more to do.
  bool GoOn(const SmtpSession::Waiting& waiting);
  bool GoOn(const SmtpSession::TlsDue& due);
  bool GoOn(const SmtpSession::Done& done);
  bool GoOn(const SmtpSession::Failed& failed);
  bool Fail(absl::string_view step, const absl::Status& status);

  const HostVerdict& host_;
  const Target& target_;
  const ProbeOptions& options_;
  SslPtr ssl_;
  SmtpConnection connection_;            // after ssl_, which outlives it
  absl::optional<SmtpSession> session_;  // once there is a connection
  TlsSetup setup_;
  AddressEvidence evidence_;
};

AddressEvidence Conversation::Run(SSL_CTX* context, KeyLimit limit) {
  evidence_.address = target_.address;
  const absl::Status prepared = PrepareTls(context, limit);
  if (prepared.ok()) {
    ConnectAndTalk();
  } else {
    evidence_.trouble = Trouble::kLocal;
    evidence_.why = std::string(prepared.message());
  }
  if (session_.has_value()) evidence_.smtp = Shown(session_->seen());
  return std::move(evidence_);
}

absl::Status Conversation::PrepareTls(SSL_CTX* context, KeyLimit limit) {
  ssl_.reset(SSL_new(context));
  if (ssl_ == nullptr) return absl::ResourceExhaustedError("no memory for TLS");
  auto setup = ConfigureTls(ssl_.get(), host_, TlsPurpose::kProbe);
  if (!setup.ok()) return setup.status();
  setup_ = *std::move(setup);
  if (options_.time.has_value()) {
    X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl_.get()), *options_.time);
  }
  const bool limited =
      limit == KeyLimit::kNone ||
      SSL_set1_sigalgs_list(ssl_.get(), limit == KeyLimit::kRsa
                                            ? kRsaSignatures
                                            : kEcdsaSignatures) == 1;
  return limited ? absl::OkStatus()
                 : absl::InternalError("OpenSSL refuses the signatures");
}

void Conversation::ConnectAndTalk() {
  const absl::Status connected =
      connection_.Connect(target_.address, target_.port);
  if (!connected.ok()) {
    evidence_.trouble = absl::IsUnavailable(connected) ? Trouble::kNoConnection
                                                       : TroubleOf(connected);
    evidence_.why = std::string(connected.message());
    return;
  }
  session_.emplace(target_.start, options_.helo_name.empty()
                                      ? connection_.OwnLiteral()
                                      : options_.helo_name);
  bool more = true;
  while (more) {
    const SmtpSession::State state = session_->state();
    more = std::visit([this](const auto& each) { return GoOn(each); }, state);
  }
}

bool Conversation::GoOn(const SmtpSession::Waiting& waiting) {
  absl::Status status = connection_.Send(session_->TakeOutput());
  if (status.ok()) {
    const absl::StatusOr<std::string> octets = connection_.Receive();
    if (octets.ok()) session_->OnOctets(*octets);
    status = octets.status();
  }
  return status.ok() || Fail(ToText(waiting.step), status);
}

bool Conversation::GoOn(const SmtpSession::TlsDue&) {
  const absl::Status status = connection_.StartTls(ssl_.get());
  evidence_.tls = SeeTls(ssl_.get(), host_.tlsa);
  evidence_.tls.setup = setup_;
  evidence_.tls.result = JudgeTls(ssl_.get(), host_, setup_);
  evidence_.tls.vouching =
      evidence_.tls.raw_key.has_value()
          ? VouchingFor(host_, *evidence_.tls.raw_key)
          : VouchingFor(host_, SSL_get_peer_cert_chain(ssl_.get()),
                        options_.time.value_or(std::time(nullptr)));
  if (host_.duty == Duty::kEncrypt) {
    evidence_.tls.why_unusable = WhyUnusable(
        host_.tlsa, ShownChainOf(SSL_get_peer_cert_chain(ssl_.get())));
  }
  if (!status.ok()) return Fail(ToText(SmtpStep::kTls), status);
  session_->OnTls();
  return true;
}

bool Conversation::GoOn(const SmtpSession::Done&) {
  evidence_.trouble = Trouble::kNone;
  const absl::Status ignored = connection_.Send(SmtpSession::Quit());
  static_cast<void>(ignored);  // all that matters was said before
  return false;
}

bool Conversation::GoOn(const SmtpSession::Failed& failed) {
  evidence_.trouble = TroubleOf(failed.fault);
  evidence_.why = failed.why;
  return false;
}

bool Conversation::Fail(absl::string_view step, const absl::Status& status) {
  evidence_.trouble = TroubleOf(status);
  evidence_.why =
      absl::StrCat(step, ": ",
                   Shown(absl::string_view(status.message().data(),
                                           status.message().size())));
  return false;
}

}  // namespace

AddressEvidence Converse(SSL_CTX* context, const HostVerdict& host,
                         const Target& target, const ProbeOptions& options,
                         KeyLimit limit) {
  return Conversation(host, target, options).Run(context, limit);
}

}  // namespace danebound
