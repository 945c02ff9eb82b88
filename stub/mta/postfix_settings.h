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

// A service of master.cf that runs something else.
struct OtherService {
  std::string service;
  std::string program;      // "pipe", without its folder
  std::string policy_maps;  // lmtp_tls_policy_maps, of one that runs lmtp
};

// Whose mail a transport is used for.
enum class Carries {
  kNamed = 0,  // that of named destinations, such as those of relay_domains
  kGeneral,    // that of destinations which nobody has named
  kFilter,     // what a content filter is to see, of this machine as a rule
};

// What sends mail by a transport, as far as it can be seen.
struct TransportUse {
  std::string transport;
  // The parameter, and the table's key where it is one: "default_transport",
  // "transport_maps: example.org".
  std::string by;
  Carries carries = Carries::kNamed;
};

// A table of transports that cannot be listed.
struct UnreadTable {
  std::string table;  // "transport_maps = ldap:/etc/postfix/ldap.cf"
  std::string why;    // the words of postmap
};

struct PostfixSettings {
  std::string version;       // mail_version
  std::string folder;        // config_directory
  std::string asked_folder;  // what was asked for; empty: postconf's default
  std::string queue;         // queue_directory
  PostfixValues values;      // of main.cf
  std::vector<SmtpClient> clients;
  std::vector<OtherService> other_services;
  std::vector<TransportUse> uses;
  std::vector<UnreadTable> unread_tables;
};

// Asks postconf, and postmap for tables of transports.
//
//   folder   of main.cf; empty: postconf's own default.
//   errors   NotFound          there is no postconf.
//            Unavailable       it fails; the text has its words.
//            DeadlineExceeded  it does not end.
absl::StatusOr<PostfixSettings> ReadPostfixSettings(const std::string& folder);

// Runs one of Postfix's programs to its end, and takes what it prints.
//
//   folder   of main.cf; empty: its own default.
//   program  "postconf"
//   errors   those of RunProgram.
absl::StatusOr<std::string> RunPostfix(const std::string& folder,
                                       const std::string& program,
                                       const std::vector<std::string>& rest);

// Parses the lines "name = value" of postconf.
PostfixValues ParseValues(const std::string& text);

// Returns the value of a parameter, "" where there is none.
std::string ValueOf(const PostfixValues& values, const std::string& name);

// The services with command smtp in what `postconf -F */unix/command
// */unix/chroot` prints, without values; the rest of the services go to
// `others`.
std::vector<SmtpClient> ParseServices(const std::string& text,
                                      bool chrooted_by_default,
                                      std::vector<OtherService>* others);

// Adds to each client what of `postconf -P`'s lines is for it.
void AddOverrides(const std::string& text, std::vector<SmtpClient>* clients);

// The transport of a value or an entry, "smtp" of "smtp:[mx.example]:25";
// nullopt: it leaves the transport as it is. transport(5).
absl::optional<std::string> TransportIn(const std::string& text);

// Adds the use that an entry of sender_dependent_default_transport_maps is; one
// that says DUNNO is none. postconf(5).
void AddSenderUse(const std::string& key, const std::string& value,
                  std::vector<TransportUse>* uses);

// Adds the uses that content_filter is: of main.cf, and of the services with an
// option of their own, as `postconf -Px` prints it.
void AddFilters(const std::string& main_value, const std::string& overrides,
                std::vector<TransportUse>* uses);

// Where transport_maps has "*" with a transport, nothing but it carries
// destinations that nobody has named: transport(5).
void DropOverridden(std::vector<TransportUse>* uses);

// The tables of a list: "hash:/x, unionmap:{a, b}" has two, what braces hold is
// one word.
std::vector<std::string> TablesIn(const std::string& list);

}  // namespace danebound

#endif  // DANEBOUND_STUB_MTA_POSTFIX_SETTINGS_H_
