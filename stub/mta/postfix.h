// What Postfix's own settings make of the policies that it gets.
//
//   settings of each SMTP client --> checks
//                   |
//                   +--> each socketmap, asked once
#ifndef DANEBOUND_STUB_MTA_POSTFIX_H_
#define DANEBOUND_STUB_MTA_POSTFIX_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "stub/mta/postfix_settings.h"
#include "stub/wire/message.h"

namespace danebound {

// A table of the type socketmap, as smtp_tls_policy_maps names it.
struct PolicyMap {
  std::string text;  // as it stands there
  std::string path;  // of a Unix socket, as seen from outside the chroot
  std::string host;  // of TCP, where path is empty
  std::string port;
  std::string map;  // "QUERY"
  // Whether danebound serve has it, and Postfix asks it for the destination;
  // else it is another service's.
  bool is_danebounds = false;
};

// The socketmaps that SMTP clients ask, each once, those inside unionmap and
// pipemap too. socketmap_table(5), DATABASE_README.
std::vector<PolicyMap> PolicyMapsOf(const PostfixSettings& settings);

// Whether a list of tables has a map of danebound's that is asked for the
// destination.
bool AsksDanebound(const std::string& list);

// Asks a map as Postfix does.
//
//   key      "example.org"
//   returns  the reply: "OK dane-only", "NOTFOUND ".
//   errors   as SocketmapClient::Ask.
absl::StatusOr<std::string> AskPolicyMap(const PolicyMap& map,
                                         absl::string_view key,
                                         absl::Duration timeout);

// Judges settings by themselves: checks `transport`, `dns-support`,
// `host-lookup`, `tls-level`, `insecure-mx`, `pin-digest` where pins would not
// match, `policy-map` where there is none of danebound or one that this Postfix
// does not understand, `instances` where there are others. Where SMTP clients
// of master.cf differ there is a check for each kind, which names them; what
// carries named destinations alone, or nothing that is seen, is warned of at
// most, and what carries mail to content filters alone is left out.
std::vector<SelfTestCheck> CheckPostfix(const PostfixSettings& settings);

// Asks the map for a key that it answers without DNS: check `policy-map`. One
// that is not danebound's may answer anything. A user who may not ask is
// warned, and nothing is said of the map.
SelfTestCheck CheckPolicyMap(const PolicyMap& map, absl::Duration timeout);

// A file resolv.conf, and the SMTP clients that read it.
struct ClientResolvConf {
  std::string path;
  std::string readers;   // "slow (used by transport_maps: a.example)"
  bool general = false;  // some of them carry what nobody has named
};

// The files resolv.conf that Postfix's SMTP clients read.
std::vector<ClientResolvConf> ResolvConfsOf(const PostfixSettings& settings);

// Asks the name servers of each, see CheckResolverPath. A file that is read for
// named destinations alone is warned of at most, with the services' names.
std::vector<SelfTestCheck> CheckResolvConfs(
    const PostfixSettings& settings, const std::vector<std::string>& trusted,
    absl::Duration timeout);

// Whether the client that carries mail by default is in its chroot.
bool IsChrooted(const PostfixSettings& settings);

}  // namespace danebound

#endif  // DANEBOUND_STUB_MTA_POSTFIX_H_
