#include "stub/check/evidence.h"

namespace danebound {

absl::string_view ToText(Trouble trouble) {
  switch (trouble) {
    case Trouble::kNotProbed:
      return "not-probed";
    case Trouble::kLocal:
      return "local-failure";
    case Trouble::kNoConnection:
      return "no-connection";
    case Trouble::kTimeout:
      return "timeout";
    case Trouble::kClosed:
      return "closed";
    case Trouble::kNotSmtp:
      return "not-smtp";
    case Trouble::kRefused:
      return "refused";
    case Trouble::kNoStartTls:
      return "no-starttls";
    case Trouble::kStartTlsRefused:
      return "starttls-refused";
    case Trouble::kPlaintext:
      return "plaintext-injected";
    case Trouble::kTls:
      return "tls-failed";
    case Trouble::kNone:
      return "";
  }
  return "";
}

absl::string_view ToText(KeyType type) {
  switch (type) {
    case KeyType::kOther:
      return "other";
    case KeyType::kRsa:
      return "RSA";
    case KeyType::kEcdsa:
      return "ECDSA";
  }
  return "";
}

}  // namespace danebound
