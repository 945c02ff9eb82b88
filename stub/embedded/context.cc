#include "stub/embedded/context.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unbound-event.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "stub/dane/trust_anchor.h"
#include "stub/embedded/conf.h"

namespace danebound {
namespace {

struct Setting {
  const char* option;
  const char* value;
};

// What a file made for a server must not decide here.
constexpr std::array<Setting, 10> kSettings = {{
    // dynlib and others can't be loaded, and crash libunbound.
    {"module-config:", "validator iterator"},
    // This process is in no chroot: files are where their full names say.
    {"chroot:", ""},
    // Otherwise bogus answers come without a reason.
    {"val-log-level:", "2"},
    // Otherwise all is insecure when the trust anchor's keys can't be had.
    {"harden-dnssec-stripped:", "yes"},
    // Otherwise a secure answer for such a name looks insecure (RFC 8509).
    {"root-key-sentinel:", "no"},
    // Otherwise signatures count that have ended.
    {"val-override-date:", "0"},
    // Otherwise answers outlive their TTL.
    {"serve-expired:", "no"},
    {"serve-original-ttl:", "no"},
    {"cache-min-ttl:", "0"},
    // Any answer fits, none is truncated.
    {"msg-buffer-size:", "65552"},
}};

constexpr const char* kNoAnchor =
    ": no trust anchor in it, neither DS nor DNSKEY; put one there, or take "
    "the file out of the configuration";

// Packets to name servers that may be on their way, see Context::ports; those
// by TCP have a large buffer each.
constexpr size_t kLeastPorts = 8;
constexpr size_t kMostPorts = 4096;
constexpr size_t kMostTcp = 64;

// Answered from local data, so that nothing goes out.
constexpr const char* kLocalName = "danebound.invalid.";

// Keeps the working directory of the process as it was.
class ScopedDirectory {
 public:
  ScopedDirectory() : fd_(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)) {}
  ScopedDirectory(const ScopedDirectory&) = delete;
  ScopedDirectory& operator=(const ScopedDirectory&) = delete;
  ~ScopedDirectory() {
    Restore();
    if (fd_ >= 0) close(fd_);
  }

  void Restore() const {
    // Where even this fails the directory was not readable before either.
    if (fd_ >= 0 && fchdir(fd_) != 0) errno = 0;
  }

 private:
  int fd_;
};

// Catches what libunbound says: its log, and the errors of its configuration
// parser, which go to stderr whatever the log is.
class CapturedWords {
 public:
  CapturedWords() : stderr_(stderr), stream_(open_memstream(&text_, &size_)) {
    if (stream_) stderr = stream_;
  }
  CapturedWords(const CapturedWords&) = delete;
  CapturedWords& operator=(const CapturedWords&) = delete;
  ~CapturedWords() {
    stderr = stderr_;
    if (stream_) std::fclose(stream_);
    std::free(text_);
  }

  FILE* stream() const { return stream_; }

  // What was said, on one line, without time and process.
  std::string Text() const {
    if (!stream_ || std::fflush(stream_) != 0) return "";
    std::vector<absl::string_view> lines = absl::StrSplit(
        absl::string_view(text_, size_), '\n', absl::SkipEmpty());
    for (absl::string_view& line : lines) {
      const size_t ident = line.find("] libunbound[");
      if (ident != absl::string_view::npos) {
        line.remove_prefix(line.find("] ", ident + 2) + 2);
      }
    }
    return absl::StrJoin(lines, "; ");
  }

 private:
  FILE* stderr_;
  char* text_ = nullptr;
  size_t size_ = 0;
  FILE* stream_;
};

// A text as a file without a place in the file system.
class TextFile {
 public:
  explicit TextFile(absl::string_view text)
      : fd_(memfd_create("danebound", MFD_CLOEXEC)) {
    while (fd_ >= 0 && !text.empty()) {
      const ssize_t size = write(fd_, text.data(), text.size());
      if (size < 0) break;
      text.remove_prefix(static_cast<size_t>(size));
    }
    whole_ = fd_ >= 0 && text.empty();
  }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;
  ~TextFile() {
    if (fd_ >= 0) close(fd_);
  }

  bool whole() const { return whole_; }
  std::string path() const { return absl::StrCat("/proc/self/fd/", fd_); }

 private:
  int fd_;
  bool whole_ = false;
};

absl::Status NoMemory() {
  return absl::ResourceExhaustedError(
      "libunbound can't start: memory or file descriptors are short");
}

// Owns what C functions allocated.
using CText = std::unique_ptr<char, void (*)(void*)>;

// What libunbound holds of an option; of a list, a line each.
std::string OptionOf(ub_ctx* resolver, const char* option) {
  char* value = nullptr;
  if (ub_ctx_get_option(resolver, option, &value) != 0 || !value) return "";
  const CText owner(value, std::free);
  return std::string(absl::StripAsciiWhitespace(value));
}

// Lets libunbound read the file itself, for the sake of its words: they name
// file and line.
absl::Status CheckSyntax(const std::string& path, event_base* loop) {
  const CapturedWords words;
  const ScopedDirectory directory;
  ub_ctx* const trial = ub_ctx_create_event(loop);
  if (!trial) return NoMemory();
  ub_ctx_debugout(trial, words.stream());
  const int error = ub_ctx_config(trial, path.c_str());
  ub_ctx_delete(trial);
  if (error == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      path, ": libunbound can't read this configuration: ", words.Text(),
      "; correct it (unbound-checkconf helps)"));
}

// File descriptors that libunbound may hold at a time.
size_t CountPorts() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = 256;
  return std::clamp<size_t>(limit.rlim_cur / 2, kLeastPorts, kMostPorts);
}

// One run from options to a context.
class Setup {
 public:
  explicit Setup(const ContextOptions& options) : options_(options) {}

  absl::StatusOr<Context> Run();

 private:
  absl::Status ReadConfiguration();
  absl::Status RefusePermissive() const;
  absl::Status OverrideSettings();
  absl::Status AddForwarders();
  absl::Status AddTrustAnchors();
  absl::Status AddAutoTrustAnchors(const std::string& path);
  absl::Status AddTrustAnchorFile(const std::string& path);
  // Notes the zones that a setting or a file has anchors for, and says whether
  // there is one.
  bool NoteAnchors(const std::vector<Name>& zones, absl::string_view where);
  absl::Status NoteAnchorFiles();
  absl::Status NoteTrustedKeys(const std::string& pattern);
  absl::Status Start();

  absl::Status Set(const char* option, const std::string& value);
  // What libunbound refuses, in its words.
  absl::Status Refused(absl::string_view what) const;
  // What the resolver was configured from, for errors.
  std::string Source() const;

  const ContextOptions& options_;
  CapturedWords words_;
  ScopedDirectory directory_;
  Context context_;
  EmbeddedConf conf_;
  std::vector<std::unique_ptr<TextFile>> files_;  // libunbound reads them late
};

std::string Setup::Source() const {
  return options_.unbound_conf.empty() ? "libunbound's own configuration"
                                       : options_.unbound_conf;
}

absl::Status Setup::Refused(absl::string_view what) const {
  const std::string words = words_.Text();
  return absl::InvalidArgumentError(absl::StrCat(
      Source(), ": libunbound refuses ", what, ": ",
      words.empty() ? absl::string_view("it does not say why") : words));
}

absl::Status Setup::Set(const char* option, const std::string& value) {
  ub_ctx* const resolver = context_.resolver.get();
  if (ub_ctx_set_option(resolver, option, value.c_str()) == 0) {
    return absl::OkStatus();
  }
  return Refused(absl::StrCat("\"", option, " ", value, "\""));
}

absl::Status Setup::ReadConfiguration() {
  const TextFile& file =
      *files_.emplace_back(std::make_unique<TextFile>(conf_.text));
  if (!file.whole()) return NoMemory();
  ub_ctx* const resolver = context_.resolver.get();
  if (ub_ctx_config(resolver, file.path().c_str()) != 0) {
    return Refused("the configuration");
  }
  // Unbound reads files from there, also where the directory is its default.
  const std::string directory = OptionOf(resolver, "directory");
  if (chdir(directory.c_str()) != 0) directory_.Restore();
  return absl::OkStatus();
}

absl::Status Setup::RefusePermissive() const {
  if (OptionOf(context_.resolver.get(), "val-permissive-mode") != "yes") {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat(Source(),
                   ": \"val-permissive-mode: yes\" hides answers that fail "
                   "validation, so no verdict could be trusted; set it to no"));
}

absl::Status Setup::OverrideSettings() {
  for (const Setting& setting : kSettings) {
    absl::Status status = Set(setting.option, setting.value);
    if (!status.ok()) return status;
  }
  context_.ports = CountPorts();
  absl::Status status = Set("outgoing-range:", absl::StrCat(context_.ports));
  if (status.ok()) {
    status = Set("num-queries-per-thread:", absl::StrCat(context_.ports));
  }
  if (!status.ok()) return status;
  return Set("outgoing-num-tcp:",
             absl::StrCat(std::min(context_.ports / 4, kMostTcp)));
}

absl::Status Setup::AddForwarders() {
  for (const std::string& address : options_.forwarders) {
    if (ub_ctx_set_fwd(context_.resolver.get(), address.c_str()) != 0) {
      return absl::InvalidArgumentError(
          absl::StrCat(address, " is no IP address"));
    }
  }
  if (options_.forwarders.empty()) return absl::OkStatus();
  return Set("do-not-query-localhost:", "no");
}

bool Setup::NoteAnchors(const std::vector<Name>& zones,
                        absl::string_view where) {
  std::vector<Name>& known = context_.anchor_zones;
  for (const Name& zone : zones) {
    if (std::find(known.begin(), known.end(), zone) == known.end()) {
      known.push_back(zone);
    }
  }
  if (zones.empty()) return false;
  absl::StrAppend(&context_.trust_anchors, where, "\n");
  return true;
}

// The files of the configuration, which libunbound reads itself.
absl::Status Setup::NoteAnchorFiles() {
  ub_ctx* const resolver = context_.resolver.get();
  const std::string paths = OptionOf(resolver, "trust-anchor-file");
  for (const absl::string_view line :
       absl::StrSplit(paths, '\n', absl::SkipEmpty())) {
    const std::string path(line);
    const absl::StatusOr<std::string> text = ReadFile(path);
    if (!text.ok()) return absl::InvalidArgumentError(text.status().message());
    if (!NoteAnchors(ZonesOfAnchorRecords(*text), path)) {
      return absl::InvalidArgumentError(absl::StrCat(path, kNoAnchor));
    }
  }
  const std::string keys = OptionOf(resolver, "trusted-keys-file");
  for (const absl::string_view line :
       absl::StrSplit(keys, '\n', absl::SkipEmpty())) {
    absl::Status status = NoteTrustedKeys(std::string(line));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// libunbound passes over a pattern that no file fits, and over a file without
// keys.
absl::Status Setup::NoteTrustedKeys(const std::string& pattern) {
  const std::vector<std::string> paths = FilesOf(pattern);
  if (paths.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "trusted-keys-file: ", pattern,
        ": there is no such file; put one there, or take the line out of the "
        "configuration"));
  }
  for (const std::string& path : paths) {
    const absl::StatusOr<std::string> text = ReadFile(path);
    if (!text.ok()) return absl::InvalidArgumentError(text.status().message());
    if (!NoteAnchors(ZonesOfTrustedKeys(*text), path)) {
      return absl::InvalidArgumentError(absl::StrCat(path, kNoAnchor));
    }
  }
  return absl::OkStatus();
}

absl::Status Setup::AddTrustAnchorFile(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  if (!NoteAnchors(ZonesOfAnchorRecords(*text), path)) {
    return absl::InvalidArgumentError(absl::StrCat(path, kNoAnchor));
  }
  if (ub_ctx_add_ta_file(context_.resolver.get(), path.c_str()) != 0) {
    return NoMemory();
  }
  return absl::OkStatus();
}

absl::Status Setup::AddAutoTrustAnchors(const std::string& path) {
  const absl::StatusOr<std::string> trusted = ReadAutoTrustAnchors(path);
  if (!trusted.ok()) return trusted.status();
  // Without it what it is for would look unsigned beside other anchors.
  if (!NoteAnchors(ZonesOfAnchorRecords(*trusted), path)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": no trust anchor: it has no key that is trusted"));
  }
  const TextFile& file =
      *files_.emplace_back(std::make_unique<TextFile>(*trusted));
  if (!file.whole()) return NoMemory();
  if (ub_ctx_add_ta_file(context_.resolver.get(), file.path().c_str()) != 0) {
    return NoMemory();
  }
  return absl::OkStatus();
}

absl::Status Setup::AddTrustAnchors() {
  const std::string records = OptionOf(context_.resolver.get(), "trust-anchor");
  NoteAnchors(ZonesOfAnchorRecords(records), records);
  absl::Status noted = NoteAnchorFiles();
  if (!noted.ok()) return noted;
  for (const std::string& path : conf_.auto_trust_anchor_files) {
    absl::Status status = AddAutoTrustAnchors(path);
    if (!status.ok()) return status;
  }
  if (!options_.trust_anchor_file.empty()) {
    return AddTrustAnchorFile(options_.trust_anchor_file);
  }
  if (options_.unbound_conf.empty()) {
    return AddTrustAnchorFile(std::string(kRootTrustAnchorFile));
  }
  if (!context_.anchor_zones.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(Source(),
                   ": no trust anchor, so nothing would ever be secure; add "
                   "\"trust-anchor-file:\", or name a trust anchor file"));
}

// Puts a question that local data answers: it makes libunbound read all files
// and build all that it needs, while words_ listens.
absl::Status Setup::Start() {
  ub_ctx* const resolver = context_.resolver.get();
  const auto ignore = [](void*, int, void*, int, int, char*, int) {};
  if (ub_ctx_zone_add(resolver, kLocalName, "static") != 0 ||
      ub_resolve_event(resolver, kLocalName, 1, 1, nullptr, ignore, nullptr) !=
          0 ||
      ub_ctx_zone_remove(resolver, kLocalName) != 0) {
    return Refused("to start");
  }
  return absl::OkStatus();
}

absl::StatusOr<Context> Setup::Run() {
  context_.loop = options_.loop;
  if (!context_.loop) {
    context_.own_loop.reset(event_base_new());
    context_.loop = context_.own_loop.get();
  }
  if (!context_.loop || !words_.stream()) return NoMemory();
  absl::Status status;
  if (!options_.unbound_conf.empty()) {
    absl::StatusOr<EmbeddedConf> conf = ReadConf(options_.unbound_conf);
    if (!conf.ok()) return conf.status();
    conf_ = *std::move(conf);
    status = CheckSyntax(options_.unbound_conf, context_.loop);
  }
  context_.resolver.reset(ub_ctx_create_event(context_.loop));
  if (!context_.resolver) return NoMemory();
  ub_ctx_debugout(context_.resolver.get(), words_.stream());
  // In this order: what overrides comes after the file, and once started
  // libunbound takes no settings.
  if (status.ok()) status = ReadConfiguration();
  if (status.ok()) status = RefusePermissive();
  if (status.ok()) status = OverrideSettings();
  if (status.ok()) status = AddForwarders();
  if (status.ok()) status = AddTrustAnchors();
  if (status.ok()) status = Start();
  if (!status.ok()) return status;
  // The stream that words_ gave it ends with this object.
  ub_ctx_debuglevel(context_.resolver.get(), 0);
  ub_ctx_debugout(context_.resolver.get(), nullptr);
  return std::move(context_);
}

// A name that stays right when the working directory changes.
std::string AbsoluteName(const std::string& path) {
  if (path.empty()) return path;
  const CText absolute(realpath(path.c_str(), nullptr), std::free);
  return absolute ? absolute.get() : path;
}

}  // namespace

ContextOptions ContextOptionsFor(const EmbeddedOptions& options,
                                 event_base* loop) {
  ContextOptions context;
  context.unbound_conf = options.unbound_conf;
  context.trust_anchor_file = options.trust_anchor_file;
  context.forwarders = options.forwarders;
  context.loop = loop;
  return context;
}

absl::StatusOr<Context> NewContext(const ContextOptions& options) {
  ContextOptions absolute = options;
  absolute.unbound_conf = AbsoluteName(options.unbound_conf);
  absolute.trust_anchor_file = AbsoluteName(options.trust_anchor_file);
  return Setup(absolute).Run();
}

}  // namespace danebound
