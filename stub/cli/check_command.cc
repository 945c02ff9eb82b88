#include "stub/cli/check_command.h"

#include <algorithm>
#include <ctime>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "stub/check/checked_domain.h"
#include "stub/check/mta_sts.h"
#include "stub/check/probe.h"
#include "stub/check/prober.h"
#include "stub/check/trial.h"
#include "stub/cli/forms/check_json.h"
#include "stub/cli/forms/check_monitor.h"
#include "stub/cli/forms/check_table.h"
#include "stub/cli/forms/terminal.h"
#include "stub/cli/helo_name.h"
#include "stub/cli/options.h"
#include "stub/cli/resolver.h"
#include "stub/cli/service_name.h"
#include "stub/cli/validator.h"
#include "stub/client/options.h"
#include "stub/dane/address.h"
#include "stub/dane/host_walk.h"
#include "stub/dane/next_hop.h"
#include "stub/dane/tlsa_text.h"
#include "stub/json/verdict_json.h"
#include "stub/nameservers/authority.h"
#include "stub/nameservers/question.h"
#include "stub/rollover/memory_file.h"
#include "stub/system/printable.h"

namespace danebound {
namespace {

constexpr const char* kExitCodes =
    "Exit codes, the worst of all domains; 2 is worse than 3, 3 than 1:\n"
    "  0  good: DANE authenticates every host, but for what this machine "
    "alone\n"
    "     cannot reach\n"
    "  1  warning: mail flows, but not as it should, or not for long\n"
    "  2  broken: mail does not flow, or not as safely as it should; with "
    "--strict\n     also where some host or address takes none\n"
    "  3  could not be found out; wrong arguments";

constexpr int64_t kDay = 86400;
constexpr int64_t kMostDays = 36500;
constexpr uint16_t kSubmissionPort = 587;

struct CheckArguments {
  Resolver resolver;
  DomainList domains;
  uint16_t port = kSmtpPort;
  LookupOptions options;
  std::string helo_name;
  absl::optional<int64_t> days;  // from now, at which certificates are judged
  JudgeOptions judging;          // but for `now`
  std::string state;             // of `rollover`; empty: the default, if any
  Trial trial;
  bool advise = false;
  bool name_servers = false;
  AuthorityOptions authorities;
  bool json = false;
  bool nagios = false;
  bool openmetrics = false;
  bool wide = false;
  bool unordered = false;
};

// RFC 8314 3: submission is to a host, not to the MX hosts of a domain.
bool IsSubmission(const NextHop& next_hop) {
  return next_hop.port == kImplicitTlsPort || next_hop.port == kSubmissionPort;
}

// The next hop to look up, in text, and whether it is a host by itself.
struct Subject {
  std::string next_hop;
  bool host_level = false;
};

Subject SubjectOf(const std::string& domain, uint16_t port) {
  const absl::StatusOr<NextHop> next_hop = ReadNextHop(domain, port);
  if (!next_hop.ok() || !IsSubmission(*next_hop)) return {domain, false};
  if (next_hop->form != NextHopForm::kDomain) return {domain, true};
  return {absl::StrCat("[", ToText(*next_hop), "]:", next_hop->port), true};
}

ProbeOptions ProbeOptionsOf(const CheckArguments& arguments) {
  ProbeOptions options;
  options.timeout = arguments.options.timeout;
  options.helo_name = HeloName(arguments.helo_name);
  if (arguments.days.has_value()) {
    options.time = std::time(nullptr) + *arguments.days * kDay;
  }
  return options;
}

absl::optional<int64_t> FirstSignatureEnd(
    const std::vector<ServerView>& servers) {
  absl::optional<int64_t> first;
  for (const ServerView& each : servers) {
    if (!each.signature) continue;
    first =
        std::min(first.value_or(each.signature->ends), each.signature->ends);
  }
  return first;
}

// Where the host's TLSA records are, or would be; the root: nowhere.
Name TlsaNameOf(const HostVerdict& host, uint16_t port) {
  if (!host.tlsa.empty()) return host.tlsa_name;
  if (host.addresses.empty() || host.security != Security::kSecure) return {};
  return TlsaName(host.expanded, port).value_or(Name());
}

// Asks for the TLSA records of one host, past all caches. When signatures end
// is a finding, of those alone who ask for it.
void AskNameServers(const Name& tlsa_name, const HostVerdict& host,
                    const CheckArguments& arguments, HostEvidence& evidence,
                    std::vector<Advice>& advices) {
  const absl::StatusOr<std::vector<ServerView>> servers =
      AskAuthorities(tlsa_name, arguments.authorities);
  if (!servers.ok()) {
    advices.push_back({"RFC 7671 8", host.name.ToText(),
                       absl::StrCat("the name servers could not be asked: ",
                                    servers.status().message())});
    return;
  }
  if (arguments.name_servers) {
    evidence.signatures_end = FirstSignatureEnd(*servers);
  }
  evidence.deniers = DeniersText(*servers);
  for (Advice& each : AdviseOnNameServers(host, *servers)) {
    advices.push_back(std::move(each));
  }
}

// Says whether the TLSA records of a host were refused, for which its name
// servers may be at fault.
bool HasBogusTlsa(const HostVerdict& host) {
  return std::any_of(
      host.reasons.begin(), host.reasons.end(),
      [](const Reason& reason) { return reason.id == ReasonId::kTlsaBogus; });
}

// Which hosts' name servers are asked: with advice of all that have TLSA
// records or could have some, else where they may be the cause.
std::vector<Advice> AskNameServers(const CheckArguments& arguments,
                                   CheckedDomain& checked) {
  std::vector<Advice> advices;
  const Verdict& verdict = *checked.verdict;
  for (size_t i = 0; i < verdict.hosts.size(); ++i) {
    const HostVerdict& host = verdict.hosts[i];
    const Name tlsa_name = TlsaNameOf(host, verdict.next_hop.port);
    if (tlsa_name.IsRoot()) continue;
    if (!arguments.advise && !HasBogusTlsa(host)) continue;
    AskNameServers(tlsa_name, host, arguments, checked.evidence.hosts[i],
                   advices);
  }
  return advices;
}

// The texts of a name; nullopt where nobody answers.
absl::optional<std::vector<std::string>> AskText(
    const Name& name, const AuthorityOptions& options) {
  if (options.validator) {
    Answer answer = options.validator({name, static_cast<RrType>(kTypeTxt)});
    if (IsFailure(answer.security)) return absl::nullopt;
    return std::move(answer.rdata);
  }
  const absl::StatusOr<DnsReply> reply =
      AskDns({options.resolvers, true, options.timeout}, name, kTypeTxt);
  if (!reply.ok()) return absl::nullopt;
  std::vector<std::string> rdata;
  for (const DnsRecord& each : reply->answer) {
    if (each.type == kTypeTxt) rdata.push_back(each.rdata);
  }
  return rdata;
}

// Of a mail domain; nullopt where it is none, or nobody answers.
absl::optional<std::string> AskMtaSts(const Verdict& verdict,
                                      const AuthorityOptions& options) {
  const absl::StatusOr<Name> name = verdict.next_hop.name.WithLabel("_mta-sts");
  if (verdict.next_hop.form != NextHopForm::kDomain || !name.ok() ||
      verdict.disposition == Disposition::kUndeliverable) {
    return absl::nullopt;
  }
  const auto rdata = AskText(*name, options);
  return rdata ? absl::make_optional(MtaStsRecord(*rdata)) : absl::nullopt;
}

// Once there is evidence.
void JudgeOne(const CheckArguments& arguments, CheckedDomain& checked) {
  const std::vector<Advice> of_servers = AskNameServers(arguments, checked);
  checked.mta_sts = AskMtaSts(*checked.verdict, arguments.authorities);
  JudgeOptions judging = arguments.judging;
  judging.now = checked.judged_at;
  judging.checked = checked.checked;
  checked.report = Judge(*checked.verdict, checked.evidence, judging);
  if (!arguments.advise) return;
  checked.advices = Advise(*checked.verdict, checked.evidence, checked.checked);
  checked.advices->insert(checked.advices->end(), of_servers.begin(),
                          of_servers.end());
}

// Prints what is known of each domain, in the order in which they were given or
// as it comes.
class Report {
 public:
  Report(const CheckArguments& arguments,
         const std::vector<std::string>& domains)
      : arguments_(arguments),
        style_(StyleOfOutput(arguments.wide)),
        is_known_(domains.size()),
        progress_(std::make_unique<Progress>(domains)) {}

  // From any thread. Another one changes nothing of what is known.
  void OnKnown(size_t index, const std::vector<CheckedDomain>& all) {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_known_[index] = true;
    progress_->OnEnd(index);
    if (arguments_.nagios || arguments_.openmetrics) return;
    if (arguments_.unordered) return Print(index, all);
    while (next_ < all.size() && is_known_[next_]) Print(next_++, all);
  }

  // Prints what is of all.
  void Finish(const std::vector<CheckedDomain>& all) {
    progress_.reset();
    if (arguments_.nagios) std::cout << ToNagios(all, style_.unicode);
    if (arguments_.openmetrics) std::cout << ToOpenMetrics(all);
  }

 private:
  void Print(size_t index, const std::vector<CheckedDomain>& all) {
    std::string text = arguments_.json ? ToLine(ToJson(all[index])) + "\n"
                                       : ToTable(all[index], style_);
    if (!arguments_.json && has_printed_) text = "\n" + text;
    has_printed_ = true;
    progress_->Print([&text] { std::cout << text << std::flush; });
  }

  const CheckArguments& arguments_;
  const TableStyle style_;
  std::mutex mutex_;  // of all below
  std::vector<bool> is_known_;
  size_t next_ = 0;  // in order: the first that is not printed
  bool has_printed_ = false;
  std::unique_ptr<Progress> progress_;
};

CheckedDomain Begun(const CheckArguments& arguments, const std::string& domain,
                    bool host_level) {
  CheckedDomain checked;
  checked.domain = domain;
  checked.host_level = host_level;
  checked.tried_tlsa = arguments.trial.tlsa;
  return checked;
}

// Each domain is looked up, probed and judged by itself, side by side with the
// others: none waits for another.
std::vector<CheckedDomain> CheckAll(const CheckArguments& arguments,
                                    const std::vector<std::string>& domains,
                                    Prober& prober) {
  std::vector<CheckedDomain> all;
  std::vector<std::string> next_hops;
  for (const std::string& domain : domains) {
    const Subject subject = SubjectOf(domain, arguments.port);
    all.push_back(Begun(arguments, domain, subject.host_level));
    next_hops.push_back(subject.next_hop);
  }
  Report report(arguments, domains);
  LookUpAll(
      arguments.resolver, next_hops, arguments.port, arguments.options,
      [&](size_t index, const absl::StatusOr<Verdict>& verdict) {
        CheckedDomain& checked = all[index];
        checked.checked = std::time(nullptr);
        checked.judged_at = checked.checked + arguments.days.value_or(0) * kDay;
        if (!verdict.ok()) {
          checked.error = std::string(verdict.status().message());
          report.OnKnown(index, all);
          return;
        }
        checked.verdict =
            Tried(*verdict, arguments.trial, arguments.options.choices);
        prober.Start(*checked.verdict, [&, index](DomainEvidence evidence) {
          all[index].evidence = std::move(evidence);
          JudgeOne(arguments, all[index]);
          report.OnKnown(index, all);
        });
      });
  prober.Wait();
  report.Finish(all);
  return all;
}

int Complain(const absl::Status& status) {
  std::cerr << "danebound: " << Printable(absl::string_view(status.message()))
            << "\n";
  return ExitCodeOf(Health::kUnknown);
}

void NameRecords(const std::set<std::string>& rdata, const std::string& whose,
                 std::map<std::string, std::string>& known) {
  for (const std::string& each : rdata) known.emplace(each, whose);
}

// What `rollover` keeps of records; by RDATA, whose certificate they are of.
absl::StatusOr<std::map<std::string, std::string>> KnownRecords(
    const CheckArguments& arguments) {
  std::map<std::string, std::string> known;
  const bool is_default = arguments.state.empty();
  const auto memories =
      ReadMemories(is_default ? kRolloverState : arguments.state);
  if (!memories.ok() && !is_default) return memories.status();
  if (!memories.ok()) return known;
  for (const auto& [owner, memory] : *memories) {
    NameRecords(memory.next,
                "the next certificate, which `rollover` prepared and the "
                "server does not show",
                known);
    NameRecords(memory.current,
                "the certificate that was the current one when `rollover` "
                "looked last",
                known);
    NameRecords(memory.replaced, "a certificate that was replaced", known);
  }
  return known;
}

// Has zones, name servers and keys found by libunbound, where they are asked
// for or it is there anyway; whoever cannot validate asks all the same.
void AddValidator(CheckArguments& arguments) {
  if (!arguments.advise && !arguments.resolver.embedded) return;
  auto validator =
      ValidatorOf(arguments.resolver.unbound_conf, arguments.authorities);
  if (validator.ok()) arguments.authorities.validator = *std::move(validator);
}

int RunCheck(CheckArguments arguments) {
  const int unknown = ExitCodeOf(Health::kUnknown);
  const std::vector<std::string> domains = ReadDomains(arguments.domains);
  if (domains.empty()) {
    std::cerr << "danebound: no domains in what was given\n";
    return unknown;
  }
  auto known = KnownRecords(arguments);
  if (!known.ok()) return Complain(known.status());
  arguments.judging.known_records = *std::move(known);
  AddValidator(arguments);
  const auto prober = Prober::New(ProbeOptionsOf(arguments));
  if (!prober.ok()) return Complain(prober.status());
  const std::vector<CheckedDomain> checked =
      CheckAll(arguments, domains, **prober);
  if (std::cout.flush()) return ExitCodeOf(WorstHealth(checked));
  std::cerr << "danebound: cannot write the output\n";
  return unknown;
}

// "+N", "+Nd", "+N days"
int64_t ParseDays(const std::string& text) {
  absl::string_view digits = text;
  int64_t days = 0;
  const bool signed_well = absl::ConsumePrefix(&digits, "+");
  for (const char* unit : {" days", " day", "d"}) {
    if (absl::ConsumeSuffix(&digits, unit)) break;
  }
  if (!signed_well || !absl::SimpleAtoi(digits, &days) || days < 0 ||
      days > kMostDays) {
    throw CLI::ValidationError(
        "--at", absl::StrCat(text,
                             " is not \"+N\", a number of days from now "
                             "up to ",
                             kMostDays));
  }
  return days;
}

TlsaParameters ParseExpected(const std::string& text) {
  const absl::StatusOr<TlsaParameters> parameters = ParseTlsaParameters(text);
  if (parameters.ok()) return *parameters;
  throw CLI::ValidationError("--expect",
                             std::string(parameters.status().message()));
}

Address ParseAddress(const std::string& text) {
  const absl::StatusOr<Address> address = Address::ParseText(text);
  if (address.ok()) return *address;
  throw CLI::ValidationError("--address", absl::StrCat(text, " is no address"));
}

void AddTried(const std::string& text, std::vector<std::string>& rdata) {
  const auto records = ReadTlsaRecords(text);
  if (!records.ok()) {
    throw CLI::ValidationError("--tlsa",
                               std::string(records.status().message()));
  }
  if (records->empty()) {
    throw CLI::ValidationError("--tlsa", "there is no TLSA record");
  }
  for (const TlsaText& each : *records) rdata.push_back(each.rdata);
}

void AddTrial(CLI::App& command, Trial& trial) {
  CLI::Option* four = command.add_flag_callback(
      "-4", [&trial] { trial.ipv6 = false; }, "Connect to IPv4 addresses only");
  CLI::Option* six = command.add_flag_callback(
      "-6", [&trial] { trial.ipv4 = false; }, "Connect to IPv6 addresses only");
  four->excludes(six);
  command
      .add_option_function<std::vector<std::string>>(
          "--address",
          [&trial](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              trial.addresses.push_back(ParseAddress(text));
            }
          },
          "Connect there in the place of each host's addresses; may be "
          "repeated")
      ->type_name("ADDR")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option_function<std::vector<std::string>>(
          "--tlsa",
          [&trial](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) AddTried(text, trial.tlsa);
          },
          "A record, \"3 1 1 0b9f…\", to try in the place of those in DNS; may "
          "be repeated")
      ->type_name("RDATA")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void AddJudging(CLI::App& command, CheckArguments& arguments) {
  command
      .add_option_function<std::string>(
          "--at",
          [&arguments](const std::string& text) {
            arguments.days = ParseDays(text);
          },
          "Judge certificates as they will be in N days: \"+30\"")
      ->type_name("+N");
  command
      .add_option("--warning,--warn-days", arguments.judging.warning_days,
                  absl::StrCat("Warn of certificates that must be valid and "
                               "end within D days, default ",
                               arguments.judging.warning_days))
      ->type_name("D")
      ->check(CLI::Range(int64_t{0}, kMostDays).description(""));
  command
      .add_option("--critical", arguments.judging.critical_days,
                  "Call those broken that end within D days, default 0")
      ->type_name("D")
      ->check(CLI::Range(int64_t{0}, kMostDays).description(""));
  command.add_flag("--strict", arguments.judging.strict,
                   "What takes no mail is as grave as it is, also where mail "
                   "flows by other hosts or addresses; but for what this "
                   "machine alone cannot reach");
  command
      .add_option_function<std::vector<std::string>>(
          "--expect",
          [&arguments](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              arguments.judging.expected.push_back(ParseExpected(text));
            }
          },
          "A combination, \"3 1 1\", that each host must publish and that must "
          "vouch for each of its keys; may be repeated")
      ->type_name("\"U S M\"")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option(
          "--state", arguments.state,
          absl::StrCat("What `rollover` keeps: where no record matches, "
                       "whose each one is; default ",
                       kRolloverState, " if it is there"))
      ->type_name("FILE");
  command
      .add_option("--helo-name", arguments.helo_name,
                  "This client's name for EHLO, default its host name, or "
                  "its address where that has no dot")
      ->type_name("NAME")
      ->check(CLI::Validator(
          [](const std::string& name) {
            const bool fits =
                !name.empty() && name.size() <= 255 &&
                name.find_first_not_of(
                    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                    "0123456789-._:[]") == std::string::npos;
            return fits ? std::string() : std::string("not a host name");
          },
          "", ""));
}

void AddForms(CLI::App& command, CheckArguments& arguments) {
  AddJson(command, arguments.json);
  CLI::Option* json = command.get_option("--json");
  CLI::Option* nagios = command.add_flag("--nagios", arguments.nagios,
                                         "Print what Nagios and its kin read");
  CLI::Option* openmetrics =
      command.add_flag("--openmetrics", arguments.openmetrics,
                       "Print what Prometheus and its kin read");
  nagios->excludes(json);
  openmetrics->excludes(json)->excludes(nagios);
  AddWide(command, arguments.wide);
  command
      .add_flag("--unordered", arguments.unordered,
                "Print each domain as it comes: slow ones hold up no others")
      ->excludes(nagios)
      ->excludes(openmetrics);
}

void AddAdvising(CLI::App& command, CheckArguments& arguments) {
  CLI::Option* advise = command.add_flag(
      "--advise", arguments.advise,
      "Add what the RFCs would have the domain's owner change; asks every name "
      "server of the TLSA records");
  command
      .add_flag("--name-servers", arguments.name_servers,
                "With --advise: say when the signatures end that the name "
                "servers show, and warn where that is soon")
      ->needs(advise);
  command
      .add_option("--resolver", arguments.authorities.resolvers,
                  "A resolver's address, to find name servers and the record "
                  "of MTA-STS; may be repeated")
      ->type_name("IP")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace

Command AddCheck(CLI::App& danebound) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App* command = AddSubcommand(
      danebound, "check", "Connect to every host of each domain, and judge it",
      kExitCodes);
  AddDomains(*command, arguments->domains);
  AddForms(*command, *arguments);
  arguments->authorities.above = true;
  AddAdvising(*command, *arguments);
  AddJudging(*command, *arguments);
  AddTrial(*command, arguments->trial);
  CLI::Option* embedded = AddResolver(*command, arguments->resolver);
  command->get_option("--unbound-conf")
      ->description(
          "Trust anchor, hints and stubs, from an ordinary unbound.conf: of "
          "--embedded, and where name servers are asked")
      ->remove_needs(embedded);
  AddPort(*command, arguments->port);
  AddTimeout(*command, arguments->options.timeout, 30);
  AddChoices(*command, arguments->options.choices);
  return {command, [arguments] { return RunCheck(*arguments); },
          ExitCodeOf(Health::kUnknown)};
}

}  // namespace danebound
