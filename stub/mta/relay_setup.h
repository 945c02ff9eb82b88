// The lines that put a mail server on danebound that knows no DANE itself and
// has a relay for what must be authenticated; see docs/mta/sendmail.md and
// docs/mta/opensmtpd.md.
#ifndef DANEBOUND_STUB_MTA_RELAY_SETUP_H_
#define DANEBOUND_STUB_MTA_RELAY_SETUP_H_

#include <string>
#include <vector>

#include "stub/mta/setup_lines.h"

namespace danebound {

// The socket of danebound serve that the lines name.
extern const char* const kRelaySocket;

// The relay of the pages.
extern const char* const kPagesRelay;

// Where Debian's Sendmail and OpenSMTPD have their settings.
extern const char* const kSendmailMc;
extern const char* const kSendmailCf;
extern const char* const kSmtpdConf;
extern const char* const kSmtpdTable;  // the program that a table is

// Lines for serve.conf and for the mail server, and what is done then.
struct RelaySetup {
  SetupLines serve;
  SetupLines server;
  std::vector<std::string> commands;
};

//   prefix  below which danebound is installed: "/usr".
//   relay   its name; an address in brackets is none for OpenSMTPD.
RelaySetup SendmailSetup(const std::string& prefix, const std::string& relay);
RelaySetup OpensmtpdSetup(const std::string& prefix, const std::string& relay);

}  // namespace danebound

#endif  // DANEBOUND_STUB_MTA_RELAY_SETUP_H_
