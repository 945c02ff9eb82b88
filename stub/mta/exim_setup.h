// The lines that put Exim on danebound, see docs/mta/exim.md, and whether Exim
// goes by them.
#ifndef DANEBOUND_STUB_MTA_EXIM_SETUP_H_
#define DANEBOUND_STUB_MTA_EXIM_SETUP_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/mta/exim_settings.h"
#include "stub/mta/setup_lines.h"
#include "stub/wire/message.h"

namespace danebound {

// How Exim's configuration is kept.
enum class EximLayout {
  kSingle = 0,  // the file that it reads
  kTemplate,    // Debian's /etc/exim4/exim4.conf.template
  kSplit,       // Debian's /etc/exim4/conf.d
};

// Says how, by what it reads and by Debian's update-exim4.conf.conf.
//
//   file     what Exim reads.
//   debians  the text of that file; empty where there is none.
EximLayout LayoutOf(absl::string_view file, absl::string_view debians);

// What danebound is asked for, of an expansion `${dlfunc{…}{disposition}{…}…}`.
struct EximQuestion {
  std::string object;
  std::string next_hop = "$domain";
  std::string choices;  // "{require}{ee-only}"

  friend bool operator==(const EximQuestion&, const EximQuestion&) = default;
};

// The question that a router's address_data asks; nullopt: it asks no
// danebound.
absl::optional<EximQuestion> QuestionIn(absl::string_view address_data);

// The router that carries mail to destinations nobody has named: the one that
// asks danebound, else the last that looks MX records up or has a route for
// them, and has an SMTP transport. nullptr: there is none.
const EximDriver* RemoteRouter(const EximSettings& settings);

// The lines for a configuration: main section, router, transport. The router
// keeps the domains and ignore_target_hosts of the one that stands there.
//
//   folder   "/usr/lib/danebound", of the object and of no-authorities.
//   errors   FailedPrecondition  no router is there whose place it could take,
//                                or mail goes to a smarthost; the text says
//                                what to do.
absl::StatusOr<std::vector<SetupLines>> EximLines(const EximSettings& settings,
                                                  EximLayout layout,
                                                  const std::string& folder);

// Whether Exim can do what the lines ask of it: check `exim`.
SelfTestCheck CheckEximBuild(const EximSettings& settings);

// Whether the group danebound has Exim's user: check `group`.
SelfTestCheck CheckEximGroup(const EximSettings& settings);

// Whether Exim goes by the lines: checks `main`, `router`, `transport`,
// `object`, and a warning for each router before danebound's that carries mail
// past it. With a next hop or choices of the operator's own the lines are those
// for them.
std::vector<SelfTestCheck> CheckExim(const EximSettings& settings);

// Has Exim ask for a domain, by the object that its router names: check
// `verdict`.
SelfTestCheck CheckEximVerdict(const EximSettings& settings,
                               const std::string& domain);

}  // namespace danebound

#endif  // DANEBOUND_STUB_MTA_EXIM_SETUP_H_
