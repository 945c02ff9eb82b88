#include "stub/cli/rollover_command.h"

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "stub/cli/forms/rollover_monitor.h"
#include "stub/cli/forms/rollover_report.h"
#include "stub/cli/forms/terminal.h"
#include "stub/cli/key_file.h"
#include "stub/cli/options.h"
#include "stub/cli/rollover_prepare.h"
#include "stub/cli/rollover_update.h"
#include "stub/cli/service_name.h"
#include "stub/cli/source_file.h"
#include "stub/cli/validator.h"
#include "stub/dane/next_hop.h"
#include "stub/dane/tlsa_text.h"
#include "stub/json/verdict_json.h"
#include "stub/nameservers/authority.h"
#include "stub/openssl/certificates.h"
#include "stub/openssl/tlsa_source.h"
#include "stub/rollover/identity.h"
#include "stub/rollover/memory_file.h"
#include "stub/rollover/refusal.h"
#include "stub/system/printable.h"

namespace danebound {
namespace {

constexpr const char* kExitCodes =
    "Exit codes, the same for a renewal hook and for monitoring:\n"
    "  0  deploy the next certificate now, or nothing is to be done\n"
    "  1  not yet: publish, spreading, waiting; or records are to be removed\n"
    "  2  broken: a name server shows records that the current certificate "
    "fails,\n"
    "     clients refuse it, or the host has lost its addresses; or fewer days "
    "are\n"
    "     left than --days, and nothing may be deployed\n"
    "  3  could not find out: a name server did not answer, a file or an "
    "argument\n"
    "     is wrong, clients would refuse the next certificate. Change nothing\n"
    "With --nagios: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN";
constexpr int kGo = 0;
constexpr int kNotYet = 1;
constexpr int kBroken = 2;
constexpr int kUnknown = 3;

struct RolloverArguments {
  std::string host;
  std::vector<std::string> current;
  std::vector<std::string> next;
  std::vector<std::string> standby;
  std::vector<std::string> keys;
  std::vector<std::string> names;  // besides the host's
  std::set<std::string> keep;
  std::vector<uint16_t> ports;
  std::vector<TlsaParameters> wanted;
  std::string state = kRolloverState;
  AuthorityOptions authorities;
  std::string unbound_conf;
  bool only_ipv4 = false;
  bool only_ipv6 = false;
  bool json = false;
  bool nagios = false;
  bool nsupdate = false;
  bool changes = false;
  uint32_t ttl = 3600;
  int64_t days = 0;
  DaysLeft days_left;
};

int ExitCodeFor(RolloverState state) {
  switch (state) {
    case RolloverState::kBroken:
      return kBroken;
    case RolloverState::kUnknown:
      return kUnknown;
    case RolloverState::kPublish:
    case RolloverState::kSpreading:
    case RolloverState::kWaiting:
    case RolloverState::kRemove:
      return kNotYet;
    case RolloverState::kDeploy:
    case RolloverState::kDone:
      return kGo;
  }
  return kUnknown;
}

void Warn(absl::string_view text) {
  std::cerr << "danebound: " << Printable(text) << "\n";
}

absl::StatusOr<TlsaSource> ReadSource(const std::string& file) {
  auto source = ReadSourceFile(file);
  if (source.ok() && source->has_private_key) {
    const std::string warning = WarningOfReaders(file);
    if (!warning.empty()) Warn(warning);
  }
  return source;
}

// What is asked of the certificates in a file.
enum class Order : uint8_t {
  kAny = 0,
  kServersFirst = 1,  // as mail servers take them: the first one is theirs
};

absl::StatusOr<RolloverIdentity> ReadIdentity(const std::string& file,
                                              Order order) {
  const auto source = ReadSource(file);
  if (!source.ok()) return source.status();
  if (order == Order::kServersFirst && !source->certificates.empty() &&
      EndEntityOf(source->certificates) != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        file, ": the server's certificate is number ",
        EndEntityOf(source->certificates) + 1,
        ", and a mail server shows the first one as its own. Put it first; "
        "nothing may be deployed"));
  }
  auto identity = IdentityOf(*source);
  if (identity.ok()) return identity;
  return absl::InvalidArgumentError(
      absl::StrCat(file, ": ", identity.status().message()));
}

absl::StatusOr<std::vector<RolloverIdentity>> ReadIdentities(
    const std::vector<std::string>& files, Order order = Order::kAny) {
  std::vector<RolloverIdentity> identities;
  for (const std::string& file : files) {
    auto identity = ReadIdentity(file, order);
    if (!identity.ok()) return identity.status();
    identities.push_back(*std::move(identity));
  }
  return identities;
}

bool HasKey(const RolloverIdentity& identity, const RolloverIdentity& key) {
  const TlsaParameters whole_key = {3, 1, 0};
  const auto of_identity = identity.records.find(whole_key);
  const auto of_key = key.records.find(whole_key);
  return of_identity != identity.records.end() && of_key != key.records.end() &&
         of_identity->second == of_key->second;
}

// Each key belongs to one of these, and each of these has its key.
absl::Status CheckKeys(const std::vector<std::string>& files,
                       const std::vector<RolloverIdentity>& identities) {
  std::vector<RolloverIdentity> keys;
  for (const std::string& file : files) {
    const auto source = ReadSource(file);
    if (!source.ok()) return source.status();
    if (source->kind != TlsaSourceKind::kPrivateKey) {
      return absl::InvalidArgumentError(absl::StrCat(
          file, ": a ", ToText(source->kind), ", and no private key"));
    }
    auto key = IdentityOf(*source);
    if (!key.ok()) return key.status();
    const bool belongs = std::any_of(
        identities.begin(), identities.end(),
        [&](const RolloverIdentity& each) { return HasKey(each, *key); });
    if (!belongs) {
      return absl::InvalidArgumentError(absl::StrCat(
          file,
          ": the private key of another certificate. Nothing may be "
          "deployed"));
    }
    keys.push_back(*std::move(key));
  }
  const bool all_have = std::all_of(
      identities.begin(), identities.end(), [&](const RolloverIdentity& each) {
        return std::any_of(
            keys.begin(), keys.end(),
            [&](const RolloverIdentity& key) { return HasKey(each, key); });
      });
  if (files.empty() || all_have) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "--key: a certificate has no key among these");
}

// The host without its port, which counts as if it were named by --port.
Name TakePort(RolloverArguments& arguments) {
  const auto service = ParseMailService(arguments.host);
  if (!service.ok()) {
    throw CLI::ValidationError("HOST", std::string(service.status().message()));
  }
  std::vector<uint16_t>& ports = arguments.ports;
  if (service->port && ports.empty()) ports = {*service->port};
  if (service->port &&
      std::find(ports.begin(), ports.end(), *service->port) == ports.end()) {
    throw CLI::ValidationError(
        "HOST", absl::StrCat(arguments.host, " and --port name two ports"));
  }
  if (ports.empty()) ports = {kSmtpPort};
  return service->host;
}

// The question without what the servers show.
absl::StatusOr<RolloverQuestion> QuestionFrom(
    const RolloverArguments& arguments) {
  RolloverQuestion question;
  const Order with_key =
      arguments.keys.empty() ? Order::kAny : Order::kServersFirst;
  auto current = ReadIdentities(
      arguments.current, arguments.next.empty() ? with_key : Order::kAny);
  if (!current.ok()) return current.status();
  auto next = ReadIdentities(arguments.next, with_key);
  if (!next.ok()) return next.status();
  question.current = *std::move(current);
  question.next = *std::move(next);
  auto standby = ReadIdentities(arguments.standby);
  if (!standby.ok()) return standby.status();
  question.standby = *std::move(standby);
  question.keep = arguments.keep;
  const absl::Status keys = CheckKeys(
      arguments.keys, question.next.empty() ? question.current : question.next);
  if (!keys.ok()) return keys;
  if (!arguments.wanted.empty()) question.wanted = arguments.wanted;
  return question;
}

// What is shown may hold the authorities themselves.
void AddAnchors(RolloverQuestion& question) {
  for (const ServerView& view : question.servers) {
    for (auto* identities :
         {&question.current, &question.next, &question.standby}) {
      for (RolloverIdentity& identity : *identities) {
        AddAnchorsInFull(view.rdata, identity);
      }
    }
  }
}

// Looks at what the records do not tell of: names, dates.
void AddRefusals(const std::vector<std::string>& names, int64_t now,
                 OwnerReport& report) {
  const RolloverQuestion& question = report.question;
  RolloverAnswer& answer = report.answer;
  report.current_refused =
      WhyRefused(question.current, question.servers, {}, names, now);
  report.next_refused =
      WhyRefused(question.next, question.servers, answer.publish, names, now);
  answer.state =
      StateWhereRefused(answer.state, !report.current_refused.empty(),
                        !report.next_refused.empty());
}

OwnerReport AskOwner(const Name& owner, RolloverQuestion question,
                     const std::vector<std::string>& names,
                     const AuthorityOptions& options, RolloverMemory& memory) {
  OwnerReport report{owner, std::move(question), {}, {}};
  auto servers = AskAuthorities(owner, options);
  if (!servers.ok()) {
    report.why = std::string(servers.status().message());
    report.answer.memory = memory;
    return report;
  }
  report.question.servers = *std::move(servers);
  AddAnchors(report.question);
  const int64_t now = std::time(nullptr);
  report.answer = AnswerRollover(report.question, memory, now);
  memory = report.answer.memory;
  AddRefusals(names, now, report);
  return report;
}

// The state file, or none where it can't be kept: then every run is the first.
absl::StatusOr<absl::optional<MemoryFile>> OpenMemory(const std::string& path) {
  auto file = MemoryFile::Open(path);
  if (file.ok()) return absl::make_optional(*std::move(file));
  if (file.status().code() != absl::StatusCode::kUnavailable) {
    return file.status();
  }
  Warn(absl::StrCat(file.status().message(),
                    ". Nothing is kept of this run, and no waiting ends: make "
                    "the folder, or name another file with --state"));
  return absl::optional<MemoryFile>();
}

// Says whether records are to be published below the host.
bool PublishesBelow(const Name& host, const RolloverReport& report) {
  return std::any_of(report.owners.begin(), report.owners.end(),
                     [&host](const OwnerReport& owner) {
                       return !owner.answer.publish.empty() &&
                              TargetOf(owner).IsAtOrBelow(host);
                     });
}

// Says whether some server shows records: then a wildcard ends there already.
bool ShowsRecords(const RolloverReport& report) {
  const auto is_shown = [](const ServerView& view) {
    return !view.rdata.empty();
  };
  return std::any_of(report.owners.begin(), report.owners.end(),
                     [&is_shown](const OwnerReport& owner) {
                       const auto& servers = owner.question.servers;
                       return std::any_of(servers.begin(), servers.end(),
                                          is_shown);
                     });
}

HostAddresses AddressesFor(const Name& host,
                           const absl::StatusOr<HostPresence>& presence,
                           const RolloverReport& report) {
  const std::string name = host.ToText();
  if (!presence.ok()) {
    if (!PublishesBelow(host, report) || ShowsRecords(report)) return {};
    return {WildcardState::kUnknown,
            host,
            Name(),
            {},
            absl::StrCat("whether ", name,
                         " has its addresses by a wildcard alone, which the "
                         "first record below it ends (RFC 4592 2.2.2), could "
                         "not be found out: ",
                         presence.status().message())};
  }
  HostAddresses addresses = {WildcardState::kNone, host, presence->zone,
                             presence->addresses, ""};
  if (presence->cut_off) {
    addresses.state = WildcardState::kCutOff;
    addresses.why = absl::StrCat(
        name,
        " has lost the addresses that a wildcard gave it: names below it ended "
        "that (RFC 4592 2.2.2)");
    return addresses;
  }
  if (presence->by_wildcard && PublishesBelow(host, report)) {
    addresses.state = WildcardState::kBefore;
    addresses.why = absl::StrCat(
        name,
        " has its addresses by a wildcard alone, which the first record below "
        "it ends (RFC 4592 2.2.2). With it, or before:");
    return addresses;
  }
  return {};
}

absl::StatusOr<Name> OwnerOf(const Name& host, uint16_t port) {
  return TlsaOwner(host, port, "tcp");
}

RolloverReport AskAll(const Name& host, const RolloverArguments& arguments,
                      const RolloverQuestion& question,
                      std::map<std::string, RolloverMemory>& memory) {
  std::vector<std::string> names = arguments.names;
  names.insert(names.begin(), host.ToText());
  const auto presence = AskHost(host, arguments.authorities);
  std::vector<OwnerReport> owners;
  for (const uint16_t port : arguments.ports) {
    const auto owner = OwnerOf(host, port);
    if (!owner.ok()) {
      throw CLI::ValidationError("HOST", std::string(owner.status().message()));
    }
    if (presence.ok() && !presence->exists) {
      owners.push_back({*owner,
                        question,
                        {},
                        absl::StrCat(host.ToText(), " does not exist")});
      continue;
    }
    owners.push_back(AskOwner(*owner, question, names, arguments.authorities,
                              memory[owner->ToText()]));
  }
  RolloverReport report = ReportOf(host.ToText(), std::move(owners));
  AddAddresses(AddressesFor(host, presence, report), report);
  return report;
}

absl::StatusOr<RolloverReport> Find(const Name& host,
                                    RolloverArguments& arguments) {
  const auto question = QuestionFrom(arguments);
  if (!question.ok()) return question.status();
  auto validator = ValidatorOf(arguments.unbound_conf, arguments.authorities);
  if (!validator.ok()) return validator.status();
  arguments.authorities.validator = *std::move(validator);
  auto file = OpenMemory(arguments.state);
  if (!file.ok()) return file.status();
  std::map<std::string, RolloverMemory> none;
  RolloverReport report =
      AskAll(host, arguments, *question, *file ? (*file)->owners() : none);
  if (*file) {
    const absl::Status saved = (*file)->Save();
    if (!saved.ok()) Warn(saved.message());
  }
  return report;
}

int Complain(absl::string_view text) {
  Warn(text);
  return kUnknown;
}

std::string OutputFor(const RolloverReport& report,
                      const RolloverArguments& arguments, int64_t now) {
  if (arguments.nsupdate) return ToNsupdate(report, arguments.ttl);
  if (arguments.changes) return ToChanges(report, arguments.ttl);
  if (arguments.nagios) return ToNagios(report, arguments.days_left, now);
  return arguments.json ? ToLine(ToJson(report)) + "\n"
                        : ToText(report, now, StyleOfOutput());
}

bool IsLate(const RolloverReport& report, const RolloverArguments& arguments,
            int64_t now) {
  constexpr int64_t kDay = 86400;
  return report.ends && *report.ends - now < arguments.days * kDay &&
         report.state != RolloverState::kDeploy;
}

int RunRollover(RolloverArguments& arguments) {
  if (arguments.host.empty()) throw CLI::RequiredError("HOST");
  if (arguments.current.empty()) throw CLI::RequiredError("--current");
  const Name host = TakePort(arguments);
  const auto report = Find(host, arguments);
  if (!report.ok()) return Complain(report.status().message());
  const int64_t now = std::time(nullptr);
  std::cout << OutputFor(*report, arguments, now);
  if (!std::cout.flush()) return Complain("cannot write the output");
  if (arguments.nagios) {
    return static_cast<int>(MonitorStateOf(*report, arguments.days_left, now));
  }
  const int code = ExitCodeFor(report->state);
  if (code == kBroken || !IsLate(*report, arguments, now)) return code;
  Warn(absl::StrCat(report->host, ": the current certificate has fewer than ",
                    arguments.days,
                    " days left, and no other one may be "
                    "deployed yet"));
  return kBroken;
}

void AddFiles(CLI::App& command, const std::string& flag,
              std::vector<std::string>& files, const std::string& description) {
  command.add_option(flag, files, description)
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void AddWanted(CLI::App& command, std::vector<TlsaParameters>& wanted) {
  command
      .add_option_function<std::vector<std::string>>(
          "--record",
          [&wanted](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              const auto parameters = ParseTlsaParameters(text);
              if (!parameters.ok()) {
                throw CLI::ValidationError(
                    "--record", std::string(parameters.status().message()));
              }
              wanted.push_back(*parameters);
            }
          },
          "Records to begin with where none are published, default \"3 1 1\"; "
          "may be repeated")
      ->type_name("\"U S M\"")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void AddKeep(CLI::App& command, std::set<std::string>& keep) {
  command
      .add_option_function<std::vector<std::string>>(
          "--keep",
          [&keep](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              const auto records = ReadTlsaRecords(text);
              if (!records.ok() || records->empty()) {
                throw CLI::ValidationError(
                    "--keep",
                    absl::StrCat(text, ": ",
                                 records.ok() ? "no record"
                                              : records.status().message()));
              }
              for (const TlsaText& record : *records) keep.insert(record.rdata);
            }
          },
          "A record that stands on purpose, \"3 1 1 0b9f…\"; may be repeated")
      ->type_name("RECORD")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

// In A-labels.
void AddNames(CLI::App& command, std::vector<std::string>& names) {
  command
      .add_option_function<std::vector<std::string>>(
          "--name",
          [&names](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              const auto name = ParseNextHop(text);
              if (!name.ok() || name->form != NextHopForm::kDomain) {
                throw CLI::ValidationError(
                    "--name", absl::StrCat(text, " is no domain name"));
              }
              names.push_back(name->name.ToText());
            }
          },
          "A mail domain of the host: under records of usage 2 the certificate "
          "may have its name in place of the host's; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

// Whole days, not below 0.
CLI::Option* AddDays(CLI::App& command, const std::string& flag, int64_t& days,
                     const std::string& description) {
  return command.add_option(flag, days, description)
      ->type_name("N")
      ->check(CLI::Range(int64_t{0}, int64_t{3650}).description(""));
}

void AddOutput(CLI::App& command, RolloverArguments& arguments) {
  AddJson(command, arguments.json);
  CLI::Option* json = command.get_option("--json");
  CLI::Option* nagios =
      command
          .add_flag("--nagios", arguments.nagios,
                    "Print one line for monitoring, with days left")
          ->excludes(json);
  AddDays(command, "--warning", arguments.days_left.warning,
          "WARNING below so many days left, default 14")
      ->needs(nagios);
  AddDays(command, "--critical", arguments.days_left.critical,
          "CRITICAL below so many days left, default 7")
      ->needs(nagios);
  AddDays(command, "--days", arguments.days,
          "Exit code 2 where the current certificate has fewer days left and "
          "nothing may be deployed, default 0")
      ->excludes(nagios);
  CLI::Option* nsupdate =
      command
          .add_flag("--nsupdate", arguments.nsupdate,
                    "Print what is to be published and removed as commands for "
                    "nsupdate; nothing: there is none")
          ->excludes(json)
          ->excludes(nagios);
  command
      .add_flag("--changes", arguments.changes,
                "The same as JSON, for a program that changes the zone")
      ->excludes(json)
      ->excludes(nagios)
      ->excludes(nsupdate);
  command
      .add_option(
          "--ttl", arguments.ttl,
          "For --nsupdate and --changes, of records where there are none yet: "
          "seconds, default 3600")
      ->type_name("N")
      ->check(CLI::Range(1, 0x7fffffff).description(""));
}

void AddCertificates(CLI::App& command, RolloverArguments& arguments) {
  command.add_option("HOST", arguments.host, "The mail server's own name");
  AddFiles(command, "--current", arguments.current,
           "What the server shows now: its chain, certificate or key; may be "
           "repeated, for ECDSA and RSA");
  AddFiles(command, "--next", arguments.next,
           "What it is to show then; without it, whether the records are right "
           "as they are");
  AddFiles(command, "--standby", arguments.standby,
           "A key for a change to come: its record is to stand beside the "
           "others; may be repeated");
  AddFiles(command, "--key", arguments.keys,
           "The private key of the next certificate, of the current one "
           "without --next: that they belong together, and that the server's "
           "certificate is the first of its file, is checked; may be "
           "repeated");
  AddNames(command, arguments.names);
  AddKeep(command, arguments.keep);
  command
      .add_option("--port", arguments.ports,
                  "The port, default 25; may be repeated")
      ->type_name("N")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->check(CLI::Range(1, 65535).description(""));
}

void AddAuthorities(CLI::App& command, RolloverArguments& arguments) {
  command
      .add_option("--resolver", arguments.authorities.resolvers,
                  "A resolver's address, to find name servers and keys, which "
                  "are validated; default the Internet's own")
      ->type_name("IP")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option("--unbound-conf", arguments.unbound_conf,
                  "Trust anchor, hints, stubs and forwarders for that, from an "
                  "ordinary unbound.conf")
      ->type_name("FILE");
  CLI::Option* ipv4 = command.add_flag("-4", arguments.only_ipv4,
                                       "Ask name servers over IPv4 alone");
  command
      .add_flag("-6", arguments.only_ipv6, "Ask name servers over IPv6 alone")
      ->excludes(ipv4);
  AddTimeout(command, arguments.authorities.timeout, 3);
}

}  // namespace

Command AddRollover(CLI::App& danebound) {
  auto arguments = std::make_shared<RolloverArguments>();
  CLI::App* command = AddSubcommand(
      danebound, "rollover",
      "Say whether a host's next certificate may be deployed", kExitCodes);
  AddCertificates(*command, *arguments);
  command
      ->add_option(
          "--state", arguments->state,
          absl::StrCat("What is kept between runs, default ", arguments->state))
      ->type_name("FILE");
  AddWanted(*command, arguments->wanted);
  AddAuthorities(*command, *arguments);
  AddOutput(*command, *arguments);
  const Command prepare = AddRolloverPrepare(*command);
  const auto run = [arguments, prepare] {
    if (prepare.app->parsed()) return prepare.run();
    arguments->authorities.ipv4 = !arguments->only_ipv6;
    arguments->authorities.ipv6 = !arguments->only_ipv4;
    return RunRollover(*arguments);
  };
  return {command, run, kUnknown};
}

}  // namespace danebound
