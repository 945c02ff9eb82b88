// Trust anchors: what the configuration names, against what the resolver uses.
//
// Unbound passes over an anchor that it cannot use, and over a file without
// one: below them all that is signed would pass for unsigned (RFC 7672 2.1.1).
#ifndef DANEBOUND_MODULE_ANCHORS_H_
#define DANEBOUND_MODULE_ANCHORS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "stub/dane/name.h"

namespace danebound {

// A setting that names trust anchors.
struct AnchorSetting {
  enum class Kind : uint8_t {
    kRecord,        // trust-anchor: a DS or DNSKEY record
    kFile,          // trust-anchor-file: of such records
    kKeysFile,      // trusted-keys-file: BIND's; the name may be a pattern
    kFollowedFile,  // auto-trust-anchor-file: Unbound keeps it (RFC 5011)
  };
  Kind kind = Kind::kRecord;
  std::string text;  // the record, or the file's name
};

// What the settings name.
struct NamedAnchors {
  struct Zone {
    Name zone;
    std::string where;  // the setting, "trust-anchor-file /etc/root.key"
  };
  std::vector<Zone> zones;
  // Why they cannot all be known, naming the setting; else empty.
  std::string trouble;
  bool is_unread = false;  // a file could not be read: another try may help
};

// Reads the files of the settings.
NamedAnchors ReadNamedAnchors(const std::vector<AnchorSetting>& settings);

// A trust anchor that the resolver has.
struct Anchor {
  Name zone;
  bool has_key = false;  // one that counts
};

// Says why the resolver does not use all that it should, naming the anchor and
// its setting; empty where it does.
std::string AnchorTrouble(const NamedAnchors& named,
                          const std::vector<Anchor>& used);

}  // namespace danebound

#endif  // DANEBOUND_MODULE_ANCHORS_H_
