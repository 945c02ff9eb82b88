// An SMTP client's session up to TLS, without I/O: octets of the server in,
// octets for the server out, and what was seen. It delivers nothing.
//
//   STARTTLS (RFC 3207):
//     banner --220--> EHLO --250--> STARTTLS --220--> TlsDue --OnTls--> EHLO
//                      | 5xx                                             |
//                      +--> HELO                                    250: Done
//   TLS from the first octet (RFC 8314 3):
//     TlsDue --OnTls--> banner --220--> EHLO --250--> Done
//
// Anything else ends in Failed.
#ifndef DANEBOUND_STUB_SMTP_SESSION_H_
#define DANEBOUND_STUB_SMTP_SESSION_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "stub/smtp/reply.h"

namespace danebound {

// How far a session came: what it waited for.
enum class SmtpStep : uint8_t {
  kBanner = 0,
  kEhlo,
  kHelo,  // after EHLO was refused
  kStartTls,
  kTls,        // the handshake, which is the caller's
  kEhloInTls,  // RFC 3207 4.2: what was known before TLS is forgotten
};

// "banner", "EHLO", "HELO", "STARTTLS", "TLS handshake", "EHLO inside TLS".
absl::string_view ToText(SmtpStep step);

// Why a session failed.
enum class SmtpFault : uint8_t {
  kGarbage = 0,      // no SMTP, or without end
  kClosed,           // the server closed the connection
  kRefused,          // 4xx, 5xx or another unfit code, but to STARTTLS
  kNoStartTls,       // STARTTLS is not offered: stripped, or never there
  kStartTlsRefused,  // offered, and then refused
  kPlaintext,  // clear text between the STARTTLS reply and TLS: somebody put
               // it there (CVE-2011-0411 and its kin)
};

enum class TlsStart : uint8_t {
  kStartTls = 0,  // RFC 3207
  kImplicit = 1,  // RFC 8314 3
};

// What the server said, for reports. Texts are as sent: escape them.
struct SmtpSeen {
  std::string banner;                   // first line, without the code
  bool helo = false;                    // EHLO was refused
  std::vector<std::string> extensions;  // lines of the EHLO reply, before TLS
  size_t starttls_offers = 0;           // lines that offer STARTTLS; 1 is right
  std::vector<std::string>
      tls_extensions;  // lines of the EHLO reply inside TLS
};

class SmtpSession {
 public:
  struct Waiting {  // for octets of the server
    SmtpStep step = SmtpStep::kBanner;
  };
  struct TlsDue {};  // begin the handshake now, then call OnTls
  struct Done {};    // all was seen; Quit() is what is left to send
  struct Failed {
    SmtpStep step = SmtpStep::kBanner;
    SmtpFault fault = SmtpFault::kGarbage;
    std::string why;  // for people; names the step and shows the reply
  };
  using State = std::variant<Waiting, TlsDue, Done, Failed>;

  // `helo_name` is this client's domain name, or its address literal
  // (RFC 5321 4.1.3).
  SmtpSession(TlsStart start, absl::string_view helo_name);

  const State& state() const { return state_; }
  const SmtpSeen& seen() const { return seen_; }

  // Takes octets of the server, decrypted ones after OnTls. In state TlsDue
  // they are a failure: the client speaks first.
  void OnOctets(absl::string_view octets);
  // The server closed the connection.
  void OnEnd();
  // The handshake is finished.
  void OnTls();

  // Returns what is to be sent now, and forgets it.
  std::string TakeOutput();

  // What a polite client sends last.
  static absl::string_view Quit() { return "QUIT\r\n"; }

 private:
  void OnReply(const SmtpReply& reply);
  void OnBanner(const SmtpReply& reply);
  void OnEhlo(const SmtpReply& reply);
  void OnHelo(const SmtpReply& reply);
  void OnStartTls(const SmtpReply& reply);
  void OnEhloInTls(const SmtpReply& reply);
  // Sends EHLO or HELO.
  void Send(absl::string_view command, SmtpStep next);
  void Fail(SmtpStep step, SmtpFault fault, absl::string_view why);
  void Refuse(SmtpStep step, const SmtpReply& reply);

  TlsStart start_;
  std::string helo_name_;
  bool in_tls_ = false;
  State state_ = Waiting{};
  SmtpSeen seen_;
  std::string input_;  // at most one reply that has not ended, and one read
  std::string output_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SMTP_SESSION_H_
