// Watches over the mail server's own way to DNS. Postfix looks MX and TLSA
// records up itself and knows by the AD bit alone that they are secure: the
// word `dane` demands nothing where its resolver does not validate, or where
// somebody on the way to it may set the bit.
//
//   resolv.conf --> not of this machine, not trusted --------------> bad
//      |
//      +--> every name server is asked; what it showed last counts:
//             one answers without AD ------------------------------> bad
//             else one answers with AD ----------------------------> good
//             else: nobody has answered ---------------------------> unknown
//
// All but good is held against the mail server's way. A question without an
// answer leaves what the name server showed before.
//
// The files are read every few seconds. The name servers are asked when these
// have changed, every two minutes while all show AD, else every few seconds.
//
// Events for the log: mta-resolver, when the state changes; resolv-conf-stale
// and resolv-conf-equal, when the copy in the chroot names others than the
// system's file, and when it no longer does.
#ifndef DANEBOUND_STUB_SERVE_RESOLVER_RESOLVER_WATCH_H_
#define DANEBOUND_STUB_SERVE_RESOLVER_RESOLVER_WATCH_H_

#include <event2/event.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "stub/serve/event_loop.h"
#include "stub/serve/log/decision_log.h"
#include "stub/serve/resolver/resolv_conf.h"
#include "stub/serve/resolver/validation_probe.h"
#include "stub/serve/settings.h"

namespace danebound {

// Of the mail server's way to DNS.
enum class ResolverState : uint8_t {
  kUnseen = 0,  // nobody has looked yet; counts as bad
  kUnknown,     // no name server has answered so far; counts as bad
  kGood,
  kBad,
  kOff,  // the settings have nobody look
};

// "unseen", "unknown", "good", "bad", "off".
absl::string_view ToText(ResolverState state);

// Where resolv.conf is when the settings name no file.
struct ResolvConfPaths {
  std::string system = "/etc/resolv.conf";
  std::string chroot = "/var/spool/postfix/etc/resolv.conf";
};

class ResolverWatch {
 public:
  using Report =
      std::function<void(absl::string_view event, const LogFields& fields)>;

  ResolverWatch(event_base* base, Report report, ResolvConfPaths paths = {});
  ResolverWatch(const ResolverWatch&) = delete;
  ResolverWatch& operator=(const ResolverWatch&) = delete;

  // Looks, by these settings, now and from time to time.
  void Watch(const ServeSettings& settings);

  ResolverState state() const { return state_; }
  // Why the mail server may not rest on its own lookups: file, name server and
  // what is wrong; empty where it is good or nobody looks.
  const std::string& fault() const { return fault_; }
  // Says whether the chroot's copy names others than the system's file.
  bool stale() const { return stale_; }

 private:
  // A name server, and the file that names it.
  struct NameServer {
    std::string file;
    std::string address;  // as written there

    friend bool operator==(const NameServer&, const NameServer&) = default;
  };
  // What is wrong, of a name server or of a file.
  struct Fault {
    std::string file;
    std::string address;  // empty: the file itself
    std::string text;     // names the file where it is the file's
  };
  // What a turn found in the files.
  struct Files {
    std::vector<NameServer> name_servers;
    std::vector<Fault> faults;  // for which nobody needs to be asked
    bool stale = false;
  };

  void Turn();
  Files ReadFiles() const;
  void Add(const std::string& file, const absl::StatusOr<std::string>& text,
           Files* files) const;
  void NoticeStale(bool stale);
  void AskAll();
  void EndQuestions();
  void OnShown(const NameServer& server, Validation shown,
               const std::string& why);
  void Forget();
  bool AllSecure() const;
  void Conclude();
  std::string TextOf(const Fault& fault) const;
  std::string HintFor(const std::string& file) const;
  void SetState(ResolverState state, Fault fault);

  event_base* base_;
  Report report_;
  ResolvConfPaths paths_;
  std::string setting_;
  std::vector<std::string> trusted_;
  ResolverState state_ = ResolverState::kUnseen;
  std::string fault_;
  LogFields reported_;  // of the last event about the state
  bool stale_ = false;
  std::vector<NameServer> name_servers_;  // of the last turn
  std::vector<std::unique_ptr<ValidationProbe>> probes_;
  size_t open_ = 0;  // probes without an end
  // What each showed last; by address, as CanonicalAddress writes it.
  std::map<std::string, Validation> shown_;
  std::map<std::string, std::string> why_;  // it showed nothing this time
  std::chrono::steady_clock::time_point next_question_;
  Alarm next_turn_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_RESOLVER_RESOLVER_WATCH_H_
