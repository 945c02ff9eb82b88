// What Postfix's own settings make of the policies that it gets.
//
//   postconf --> settings --> checks
//                   |
//                   +--> each socketmap, asked once
#ifndef DANEBOUND_STUB_MTA_POSTFIX_H_
#define DANEBOUND_STUB_MTA_POSTFIX_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "stub/wire/message.h"

namespace danebound {

// The settings of main.cf and master.cf that decide on DANE, macros expanded.
struct PostfixSettings {
  std::string version;      // mail_version
  std::string folder;       // config_directory
  std::string queue;        // queue_directory
  std::string dns_support;  // smtp_dns_support_level
  std::string tls_level;    // smtp_tls_security_level
  std::string policy_maps;  // smtp_tls_policy_maps
  std::string insecure_mx;  // smtp_tls_dane_insecure_mx_policy
  bool chrooted = false;    // the smtp client, in master.cf
};

// Asks postconf.
//
//   folder   of main.cf; empty: postconf's own default.
//   errors   NotFound          there is no postconf.
//            Unavailable       it fails; the text has its words.
//            DeadlineExceeded  it does not end.
absl::StatusOr<PostfixSettings> ReadPostfixSettings(const std::string& folder);

// A table of the type socketmap, as smtp_tls_policy_maps names it.
struct PolicyMap {
  std::string text;  // as it stands there
  std::string path;  // of a Unix socket, as seen from outside the chroot
  std::string host;  // of TCP, where path is empty
  std::string port;
  std::string map;  // "QUERY"
};

// The socketmaps of the settings. socketmap_table(5).
std::vector<PolicyMap> PolicyMapsOf(const PostfixSettings& settings);

// Judges settings by themselves: checks `dns-support`, `tls-level`,
// `policy-map` where there is none, `insecure-mx`.
std::vector<SelfTestCheck> CheckPostfix(const PostfixSettings& settings);

// Asks the map for a key that it answers without DNS: check `policy-map`.
SelfTestCheck CheckPolicyMap(const PolicyMap& map, absl::Duration timeout);

// The resolv.conf that Postfix's smtp client reads.
std::string ResolvConfOf(const PostfixSettings& settings);

}  // namespace danebound

#endif  // DANEBOUND_STUB_MTA_POSTFIX_H_
