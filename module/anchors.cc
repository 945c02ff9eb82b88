#include "module/anchors.h"

#include <glob.h>

#include <algorithm>
#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "stub/dane/trust_anchor.h"
#include "stub/system/read_file.h"

namespace danebound {
namespace {

using Kind = AnchorSetting::Kind;

constexpr size_t kLargestFile = size_t{4} << 20;

absl::string_view SettingOf(Kind kind) {
  switch (kind) {
    case Kind::kRecord:
      return "trust-anchor";
    case Kind::kFile:
      return "trust-anchor-file";
    case Kind::kKeysFile:
      return "trusted-keys-file";
    case Kind::kFollowedFile:
      return "auto-trust-anchor-file";
  }
  return "trust-anchor";
}

// As Unbound finds the files of a trusted-keys-file.
std::vector<std::string> FilesOf(const AnchorSetting& setting) {
  if (setting.kind != Kind::kKeysFile ||
      setting.text.find_first_of("*?[{~") == std::string::npos) {
    return {setting.text};
  }
  glob_t found{};
  std::vector<std::string> files;
  const int flags = GLOB_ERR | GLOB_NOSORT | GLOB_BRACE | GLOB_TILDE;
  if (glob(setting.text.c_str(), flags, nullptr, &found) == 0) {
    files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  globfree(&found);
  return files;
}

// Collects what one setting after the other names.
class Reader {
 public:
  void Read(const AnchorSetting& setting) {
    if (setting.kind == Kind::kRecord) {
      Add(ZonesOfAnchorRecords(setting.text),
          absl::StrCat("trust-anchor \"", setting.text, "\""));
      return;
    }
    const std::vector<std::string> files = FilesOf(setting);
    if (files.empty()) {
      Note(absl::StrCat(SettingOf(setting.kind), " ", setting.text,
                        ": there is no such file; put one there, or take the "
                        "line out of unbound.conf"));
    }
    for (const std::string& file : files) ReadFileOf(setting.kind, file);
  }

  NamedAnchors TakeNamed() { return std::move(named_); }

 private:
  void ReadFileOf(Kind kind, const std::string& path) {
    const std::string where = absl::StrCat(SettingOf(kind), " ", path);
    const absl::StatusOr<std::string> text =
        ReadRegularFile(path, kLargestFile);
    if (!text.ok()) {
      named_.is_unread = true;
      return Note(absl::StrCat(SettingOf(kind), " ", text.status().message()));
    }
    // Unbound trusts nothing in it any more.
    if (kind == Kind::kFollowedFile && absl::StrContains(*text, ";;REVOKED")) {
      return Note(absl::StrCat(
          where,
          ": all its keys are revoked (RFC 5011); put the zone's keys of today "
          "there, or take the line out of unbound.conf"));
    }
    Add(kind == Kind::kKeysFile ? ZonesOfTrustedKeys(*text)
                                : ZonesOfAnchorRecords(*text),
        where);
  }

  void Add(const std::vector<Name>& zones, const std::string& where) {
    for (const Name& zone : zones) named_.zones.push_back({zone, where});
    if (!zones.empty()) return;
    Note(absl::StrCat(where,
                      ": no trust anchor in it, neither DS nor DNSKEY; put one "
                      "there, or take the line out of unbound.conf"));
  }

  // The first is told.
  void Note(std::string trouble) {
    if (named_.trouble.empty()) named_.trouble = std::move(trouble);
  }

  NamedAnchors named_;
};

bool Uses(const std::vector<Anchor>& anchors, const Name& zone) {
  return std::any_of(anchors.begin(), anchors.end(), [&](const Anchor& anchor) {
    return anchor.has_key && anchor.zone == zone;
  });
}

}  // namespace

NamedAnchors ReadNamedAnchors(const std::vector<AnchorSetting>& settings) {
  Reader reader;
  for (const AnchorSetting& setting : settings) reader.Read(setting);
  return reader.TakeNamed();
}

std::string AnchorTrouble(const NamedAnchors& named,
                          const std::vector<Anchor>& used) {
  if (!named.trouble.empty()) return named.trouble;
  for (const NamedAnchors::Zone& each : named.zones) {
    if (Uses(used, each.zone)) continue;
    return absl::StrCat(
        each.where, ": the resolver uses none of its keys for ",
        each.zone.ToText(),
        " (of an algorithm or digest that it does not know, or none that "
        "counts yet or any more), so that what is signed there passes for "
        "unsigned; put one there that it can use, or take the line out of "
        "unbound.conf");
  }
  for (const Anchor& anchor : used) {
    if (anchor.has_key) continue;
    return absl::StrCat("the trust anchor at ", anchor.zone.ToText(),
                        " has no key that counts (RFC 5011): put one into its "
                        "auto-trust-anchor-file, or take the line out of "
                        "unbound.conf");
  }
  return "";
}

}  // namespace danebound
