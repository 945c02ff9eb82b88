#include "stub/mta/relay_setup.h"

#include "absl/strings/str_cat.h"
#include "stub/serve/settings.h"

namespace danebound {

const char* const kRelaySocket = "/run/danebound-serve/socketmap.sock";
const char* const kPagesRelay = "relay.example.net";
const char* const kSendmailMc = "/etc/mail/sendmail.mc";
const char* const kSendmailCf = "/etc/mail/sendmail.cf";
const char* const kSmtpdConf = "/etc/smtpd.conf";
const char* const kSmtpdTable = "/usr/libexec/opensmtpd/table-danebound";

namespace {

constexpr const char* kStartServe =
    "systemctl enable --now danebound-serve.service";

// Who may ask is what differs.
SetupLines ServeLines(const char* mode) {
  return {kServeConf, "at its end",
          absl::StrCat("[[listen]]\nprotocol = \"socketmap\"\nunix = \"",
                       kRelaySocket, "\"\nmode = \"", mode, "\"\n")};
}

}  // namespace

RelaySetup SendmailSetup(const std::string& prefix, const std::string& relay) {
  return {
      ServeLines("0600"),
      {kSendmailMc, "at its end, behind its lines MAILER",
       absl::StrCat("define(`DANEBOUND_RELAY', `[", relay, "]')dnl\ninclude(`",
                    prefix, "/share/danebound/sendmail-danebound.m4')dnl\n")},
      {kStartServe, "make -C /etc/mail", "systemctl restart sendmail"}};
}

RelaySetup OpensmtpdSetup(const std::string& prefix, const std::string& relay) {
  return {ServeLines("0666"),
          {kSmtpdConf, "in the place of the rule for all other domains",
           absl::StrCat("table dane danebound:", kRelaySocket,
                        "\naction \"relay\" relay host smtp://", relay,
                        "\naction \"direct\" relay\n"
                        "match from any for domain <dane> action \"relay\"\n"
                        "match from any for any action \"direct\"\n")},
          {absl::StrCat("install -Dm755 ", prefix,
                        "/share/danebound/table-danebound.sh ", kSmtpdTable),
           kStartServe, "smtpd -n", "systemctl restart opensmtpd"}};
}

}  // namespace danebound
