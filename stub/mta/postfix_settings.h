// Postfix's settings that decide on DANE, as postconf and postmap tell them.
//
//   main.cf ------------+--> what each SMTP client of master.cf goes by
//   -o of master.cf ----+
//   transport tables -------> which client carries whose mail
//
// master(5), transport(5), postconf(1).
#ifndef DANEBOUND_STUB_MTA_POSTFIX_SETTINGS_H_
#define DANEBOUND_STUB_MTA_POSTFIX_SETTINGS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"

namespace danebound {

// Names of main.cf's parameters, with their values, macros expanded.
using PostfixValues = std::map<std::string, std::string>;

// A service of master.cf that runs Postfix's SMTP client.
struct SmtpClient {
  std::string service = "smtp";  // a transport by its name
  bool chrooted = false;
  PostfixValues values;  // what it goes by
  PostfixValues
      overrides;  // those of its own: "-o" in master.cf, as they stand
};

// What sends mail by a transport, as far as it can be seen.
struct TransportUse {
  std::string transport;
  // The parameter, and the table's key where it is one: "default_transport",
  // "transport_maps: example.org".
  std::string by;
  bool general = false;  // for destinations that are not named
};

struct PostfixSettings {
  std::string version;   // mail_version
  std::string folder;    // config_directory
  std::string queue;     // queue_directory
  PostfixValues values;  // of main.cf
  std::vector<SmtpClient> clients;
  std::vector<std::string> other_services;  // that run something else
  std::vector<TransportUse> uses;
  std::vector<std::string> unread_tables;  // of transports: no list to be had
};

// Asks postconf, and postmap for tables of transports.
//
//   folder   of main.cf; empty: postconf's own default.
//   errors   NotFound          there is no postconf.
//            Unavailable       it fails; the text has its words.
//            DeadlineExceeded  it does not end.
absl::StatusOr<PostfixSettings> ReadPostfixSettings(const std::string& folder);

// Returns the value of a parameter, "" where there is none.
std::string ValueOf(const PostfixValues& values, const std::string& name);

// The services with command smtp in what `postconf -F */unix/command
// */unix/chroot` prints, without values; the rest of the services go to
// `others`.
std::vector<SmtpClient> ParseServices(const std::string& text,
                                      bool chrooted_by_default,
                                      std::vector<std::string>* others);

// Adds to each client what of `postconf -P`'s lines is for it.
void AddOverrides(const std::string& text, std::vector<SmtpClient>* clients);

// The transport of a value or an entry, "smtp" of "smtp:[mx.example]:25";
// nullopt: it leaves the transport as it is. transport(5).
absl::optional<std::string> TransportIn(const std::string& text);

}  // namespace danebound

#endif  // DANEBOUND_STUB_MTA_POSTFIX_SETTINGS_H_
