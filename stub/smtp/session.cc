#include "stub/smtp/session.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace danebound {
namespace {

constexpr int kReady = 220;
constexpr int kOkay = 250;

bool IsPermanentRefusal(const SmtpReply& reply) { return reply.code >= 500; }

bool OffersStartTls(absl::string_view extension) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(extension, ' ', absl::SkipEmpty());
  return !words.empty() && absl::EqualsIgnoreCase(words.front(), "STARTTLS");
}

}  // namespace

absl::string_view ToText(SmtpStep step) {
  switch (step) {
    case SmtpStep::kBanner:
      return "banner";
    case SmtpStep::kEhlo:
      return "EHLO";
    case SmtpStep::kHelo:
      return "HELO";
    case SmtpStep::kStartTls:
      return "STARTTLS";
    case SmtpStep::kTls:
      return "TLS handshake";
    case SmtpStep::kEhloInTls:
      return "EHLO inside TLS";
  }
  return "";
}

SmtpSession::SmtpSession(TlsStart start, absl::string_view helo_name)
    : start_(start), helo_name_(helo_name) {
  if (start == TlsStart::kImplicit) state_ = TlsDue{};
}

void SmtpSession::OnOctets(absl::string_view octets) {
  if (std::holds_alternative<TlsDue>(state_) && !octets.empty()) {
    Fail(SmtpStep::kTls, SmtpFault::kPlaintext,
         "clear text behind the STARTTLS reply: somebody put it there");
  }
  if (!std::holds_alternative<Waiting>(state_)) return;
  const SmtpStep step = std::get<Waiting>(state_).step;
  input_.append(octets.data(), octets.size());
  absl::string_view rest = input_;
  const auto reply = TakeReply(&rest);
  input_.erase(0, input_.size() - rest.size());
  if (!reply.ok()) {
    Fail(step, SmtpFault::kGarbage,
         absl::string_view(reply.status().message()));
  } else if (reply->has_value()) {
    OnReply(**reply);
    // What is left came without being asked for; it is the next reply's.
    if (!input_.empty()) OnOctets(std::exchange(input_, std::string()));
  }
}

void SmtpSession::OnEnd() {
  if (const auto* waiting = std::get_if<Waiting>(&state_)) {
    Fail(waiting->step, SmtpFault::kClosed, "the server closed the connection");
  } else if (std::holds_alternative<TlsDue>(state_)) {
    Fail(SmtpStep::kTls, SmtpFault::kClosed,
         "the server closed the connection");
  }
}

void SmtpSession::OnTls() {
  if (!std::holds_alternative<TlsDue>(state_)) return;
  in_tls_ = true;
  if (start_ == TlsStart::kImplicit) {
    state_ = Waiting{SmtpStep::kBanner};
  } else {
    Send("EHLO", SmtpStep::kEhloInTls);
  }
}

std::string SmtpSession::TakeOutput() {
  return std::exchange(output_, std::string());
}

void SmtpSession::OnReply(const SmtpReply& reply) {
  switch (std::get<Waiting>(state_).step) {
    case SmtpStep::kBanner:
      return OnBanner(reply);
    case SmtpStep::kEhlo:
      return OnEhlo(reply);
    case SmtpStep::kHelo:
      return OnHelo(reply);
    case SmtpStep::kStartTls:
      return OnStartTls(reply);
    case SmtpStep::kEhloInTls:
      return OnEhloInTls(reply);
    case SmtpStep::kTls:
      return;
  }
}

void SmtpSession::OnBanner(const SmtpReply& reply) {
  if (reply.code != kReady) return Refuse(SmtpStep::kBanner, reply);
  seen_.banner = reply.lines.front();
  Send("EHLO", in_tls_ ? SmtpStep::kEhloInTls : SmtpStep::kEhlo);
}

void SmtpSession::OnEhlo(const SmtpReply& reply) {
  if (IsPermanentRefusal(reply)) {
    seen_.helo = true;
    return Send("HELO", SmtpStep::kHelo);
  }
  if (reply.code != kOkay) return Refuse(SmtpStep::kEhlo, reply);
  seen_.extensions.assign(reply.lines.begin() + 1, reply.lines.end());
  seen_.starttls_offers = static_cast<size_t>(std::count_if(
      seen_.extensions.begin(), seen_.extensions.end(), OffersStartTls));
  if (seen_.starttls_offers == 0) {
    return Fail(SmtpStep::kStartTls, SmtpFault::kNoStartTls,
                "the server does not offer STARTTLS");
  }
  output_ = "STARTTLS\r\n";
  state_ = Waiting{SmtpStep::kStartTls};
}

void SmtpSession::OnHelo(const SmtpReply& reply) {
  if (reply.code != kOkay) return Refuse(SmtpStep::kHelo, reply);
  Fail(SmtpStep::kStartTls, SmtpFault::kNoStartTls,
       "the server refuses EHLO, and so does not offer STARTTLS");
}

void SmtpSession::OnStartTls(const SmtpReply& reply) {
  if (reply.code == kReady) {
    state_ = TlsDue{};
    return;
  }
  Fail(SmtpStep::kStartTls, SmtpFault::kStartTlsRefused,
       absl::StrCat("the server offers STARTTLS and then refuses it: ",
                    ToText(reply)));
}

void SmtpSession::OnEhloInTls(const SmtpReply& reply) {
  if (reply.code != kOkay) return Refuse(SmtpStep::kEhloInTls, reply);
  seen_.tls_extensions.assign(reply.lines.begin() + 1, reply.lines.end());
  state_ = Done{};
}

void SmtpSession::Send(absl::string_view command, SmtpStep next) {
  output_ = absl::StrCat(command, " ", helo_name_, "\r\n");
  state_ = Waiting{next};
}

void SmtpSession::Fail(SmtpStep step, SmtpFault fault, absl::string_view why) {
  output_.clear();
  state_ = Failed{step, fault, absl::StrCat(ToText(step), ": ", why)};
}

void SmtpSession::Refuse(SmtpStep step, const SmtpReply& reply) {
  Fail(step, SmtpFault::kRefused,
       absl::StrCat("the server answers ", ToText(reply)));
}

}  // namespace danebound
