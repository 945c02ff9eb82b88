#include "stub/cli/rollover_command.h"

#include <openssl/crypto.h>

#include <cstdint>
#include <ctime>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "stub/cli/json.h"
#include "stub/cli/options.h"
#include "stub/cli/read_file.h"
#include "stub/cli/rollover_report.h"
#include "stub/cli/words.h"
#include "stub/dane/next_hop.h"
#include "stub/dane/tlsa_text.h"
#include "stub/openssl/certificates.h"
#include "stub/openssl/tlsa_source.h"
#include "stub/rollover/authority.h"
#include "stub/rollover/identity.h"
#include "stub/rollover/memory_file.h"

namespace danebound {
namespace {

constexpr const char* kExitCodes =
    "Exit codes, the same for a renewal hook and for monitoring:\n"
    "  0  deploy the next certificate now, or nothing is to be done\n"
    "  1  not yet: publish, spreading, waiting; or records are to be removed\n"
    "  2  broken: a name server shows records that the current certificate "
    "fails\n"
    "  3  could not find out: a name server did not answer, a file or an "
    "argument\n"
    "     is wrong. Change nothing";
constexpr int kGo = 0;
constexpr int kNotYet = 1;
constexpr int kBroken = 2;
constexpr int kUnknown = 3;

struct RolloverArguments {
  std::string host;
  std::vector<std::string> current;
  std::vector<std::string> next;
  std::vector<uint16_t> ports;
  std::vector<TlsaParameters> wanted;
  std::string state = "/var/lib/danebound/rollover.json";
  AuthorityOptions authorities;
  bool only_ipv4 = false;
  bool only_ipv6 = false;
  bool json = false;
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

absl::StatusOr<RolloverIdentity> ReadIdentity(const std::string& file) {
  auto octets = ReadFile(file, kMostCertificateOctets);
  if (!octets.ok()) return octets.status();
  const auto source = ReadTlsaSource(*octets);
  OPENSSL_cleanse(octets->data(), octets->size());  // it may be a private key
  auto identity = source.ok()
                      ? IdentityOf(*source)
                      : absl::StatusOr<RolloverIdentity>(source.status());
  if (identity.ok()) return identity;
  return absl::InvalidArgumentError(
      absl::StrCat(file, ": ", identity.status().message()));
}

absl::StatusOr<std::vector<RolloverIdentity>> ReadIdentities(
    const std::vector<std::string>& files) {
  std::vector<RolloverIdentity> identities;
  for (const std::string& file : files) {
    auto identity = ReadIdentity(file);
    if (!identity.ok()) return identity.status();
    identities.push_back(*std::move(identity));
  }
  return identities;
}

// _25._tcp.mx.example.org
Name OwnerOf(const std::string& host, uint16_t port) {
  const auto next_hop = ParseNextHop(host);
  if (next_hop.ok() && next_hop->form == NextHopForm::kDomain) {
    auto owner = next_hop->name.WithLabel("_tcp");
    if (owner.ok()) owner = owner->WithLabel(absl::StrCat("_", port));
    if (owner.ok()) return *owner;
  }
  throw CLI::ValidationError("HOST", absl::StrCat(host, " is no host name"));
}

// The question without what the servers show.
absl::StatusOr<RolloverQuestion> QuestionFrom(
    const RolloverArguments& arguments) {
  RolloverQuestion question;
  auto current = ReadIdentities(arguments.current);
  if (!current.ok()) return current.status();
  auto next = ReadIdentities(arguments.next);
  if (!next.ok()) return next.status();
  question.current = *std::move(current);
  question.next = *std::move(next);
  if (!arguments.wanted.empty()) question.wanted = arguments.wanted;
  return question;
}

OwnerReport AskOwner(const Name& owner, RolloverQuestion question,
                     const AuthorityOptions& options, RolloverMemory& memory) {
  OwnerReport report{owner, std::move(question), {}, {}};
  auto servers = AskAuthorities(owner, options);
  if (!servers.ok()) {
    report.why = std::string(servers.status().message());
    report.answer.memory = memory;
    return report;
  }
  report.question.servers = *std::move(servers);
  report.answer = AnswerRollover(report.question, memory, std::time(nullptr));
  memory = report.answer.memory;
  return report;
}

absl::StatusOr<RolloverReport> Find(const RolloverArguments& arguments) {
  const auto question = QuestionFrom(arguments);
  if (!question.ok()) return question.status();
  auto memory = MemoryFile::Open(arguments.state);
  if (!memory.ok()) return memory.status();
  std::vector<OwnerReport> owners;
  for (const uint16_t port : arguments.ports) {
    const Name owner = OwnerOf(arguments.host, port);
    owners.push_back(AskOwner(owner, *question, arguments.authorities,
                              memory->owners()[owner.ToText()]));
  }
  const absl::Status saved = memory->Save();
  if (!saved.ok()) return saved;
  return ReportOf(arguments.host, std::move(owners));
}

int Complain(absl::string_view text) {
  std::cerr << "danebound: " << Printable(text) << "\n";
  return kUnknown;
}

int RunRollover(const RolloverArguments& arguments) {
  const auto report = Find(arguments);
  if (!report.ok()) return Complain(report.status().message());
  std::cout << (arguments.json ? ToLine(ToJson(*report)) + "\n"
                               : ToText(*report, std::time(nullptr)));
  if (!std::cout.flush()) return Complain("cannot write the output");
  return ExitCodeFor(report->state);
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

void AddCertificates(CLI::App& command, RolloverArguments& arguments) {
  command.add_option("HOST", arguments.host, "The mail server's own name")
      ->required();
  AddFiles(command, "--current", arguments.current,
           "What the server shows now: its chain, certificate or key; may be "
           "repeated, for ECDSA and RSA");
  command.get_option("--current")->required();
  AddFiles(command, "--next", arguments.next,
           "What it is to show then; without it, whether the records are right "
           "as they are");
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
                  "A resolver's address, to find name servers; default those "
                  "of /etc/resolv.conf")
      ->type_name("IP")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
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
  AddJson(*command, arguments->json);
  const auto run = [arguments] {
    if (arguments->ports.empty()) arguments->ports = {25};
    arguments->authorities.ipv4 = !arguments->only_ipv6;
    arguments->authorities.ipv6 = !arguments->only_ipv4;
    return RunRollover(*arguments);
  };
  return {command, run, kUnknown};
}

}  // namespace danebound
