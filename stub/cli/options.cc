#include "stub/cli/options.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "stub/client/options.h"
#include "stub/dane/next_hop.h"

namespace danebound {
namespace {

constexpr absl::string_view kNextHops =
    "A mail domain, [host] for no MX lookup, or [address]; \"host:587\" and "
    "\"host:smtp\" name a port, _25._tcp.host is [host]. \"-\" or none: one a "
    "line from standard input";

std::string SocketFromEnvironment() {
  const char* path = std::getenv("DANEBOUND_SOCKET");
  const bool is_set = path != nullptr && *path != '\0';
  return is_set ? path : std::string(kDefaultSocketPath);
}

InsecureMx InsecureMxNamed(absl::string_view text) {
  for (const InsecureMx choice :
       {InsecureMx::kEncrypt, InsecureMx::kAuthenticate}) {
    if (text == ToText(choice)) return choice;
  }
  return InsecureMx::kOpportunistic;
}

// The line without its comment and the blanks around it.
std::string WithoutComment(std::string line) {
  for (size_t i = 0; i < line.size(); ++i) {
    const bool begins =
        i == 0 || absl::ascii_isspace(static_cast<unsigned char>(line[i - 1]));
    if (line[i] == '#' && begins) line.resize(i);
  }
  absl::StripAsciiWhitespace(&line);
  return line;
}

void AddLines(std::istream& stream, std::vector<std::string>& domains) {
  for (std::string line; std::getline(stream, line);) {
    std::string domain = WithoutComment(std::move(line));
    if (!domain.empty()) domains.push_back(std::move(domain));
  }
}

void AddFile(const std::string& path, std::vector<std::string>& domains) {
  if (path == "-") return AddLines(std::cin, domains);
  errno = 0;
  std::ifstream file(path);
  if (file) AddLines(file, domains);
  if (file.bad() || !file.is_open()) {
    throw CLI::ValidationError(
        "--file",
        absl::StrCat(path, ": ", std::strerror(errno != 0 ? errno : EIO)));
  }
}

Name OwnName(const std::string& text) {
  const absl::StatusOr<NextHop> host = ParseNextHop(text);
  if (!host.ok() || host->form != NextHopForm::kDomain) {
    throw CLI::ValidationError(
        "--own-name",
        absl::StrCat(text, " is not a host name", host.ok() ? "" : ": ",
                     host.status().message()));
  }
  return host->name;
}

}  // namespace

const char* const kVerdictExitCodes =
    "Exit codes, the worst of all domains:\n"
    "  0  all deliver; the command did what was asked\n"
    "  1  wrong arguments, or output that can't be written\n"
    "  2  a verdict says undeliverable: no such domain, null MX, no usable "
    "host ever\n"
    "  3  a verdict says defer: DNS fails for every host, or for the MX "
    "records\n"
    "  4  no verdict could be had: no resolver, timeout, not a domain. Defer.";

CLI::Validator OneOf(const std::vector<std::string>& words) {
  return CLI::IsMember(words).description("").name(absl::StrJoin(words, "|"));
}

CLI::Option* AddSocket(CLI::App& command, Resolver& resolver) {
  resolver.socket_path = SocketFromEnvironment();
  return command
      .add_option(
          "--socket", resolver.socket_path,
          absl::StrCat("The module's socket, default ", resolver.socket_path,
                       "; not with --embedded. The environment's "
                       "DANEBOUND_SOCKET sets the default"))
      ->type_name("PATH");
}

CLI::Option* AddResolver(CLI::App& command, Resolver& resolver) {
  CLI::Option* socket = AddSocket(command, resolver);
  CLI::Option* embedded = command.add_flag(
      "--embedded", resolver.embedded,
      "Resolve in this process with libunbound, not through the module");
  embedded->excludes(socket);
  command
      .add_option("--unbound-conf", resolver.unbound_conf,
                  "Trust anchor, hints and stubs for --embedded, from an "
                  "ordinary unbound.conf")
      ->type_name("FILE")
      ->needs(embedded);
  return embedded;
}

void AddTimeout(CLI::App& command, absl::Duration& timeout, double seconds) {
  timeout = absl::Seconds(seconds);
  command
      .add_option_function<double>(
          "--timeout",
          [&timeout](double value) { timeout = absl::Seconds(value); },
          absl::StrCat("Wait so many seconds for each reply, default ",
                       seconds))
      ->type_name("S")
      ->check(CLI::Range(0.001, 86400.0).description(""));
}

void AddJson(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "Print JSON; docs/json.md has the schema");
}

void AddPort(CLI::App& command, uint16_t& port) {
  command
      .add_option(
          "--port", port,
          absl::StrCat("The port where the domain names none, default ", port))
      ->type_name("N")
      ->check(CLI::Range(1, 65535).description(""));
}

void AddChoices(CLI::App& command, Choices& choices) {
  command.add_flag("--require", choices.require,
                   "Mandatory DANE: hosts without it are skipped");
  command
      .add_option_function<std::string>(
          "--insecure-mx",
          [&choices](const std::string& text) {
            choices.insecure_mx = InsecureMxNamed(text);
          },
          "What TLSA records mean behind insecure MX records: "
          "opportunistic (default), encrypt or authenticate")
      ->type_name("CHOICE")
      ->check(OneOf({"opportunistic", "encrypt", "authenticate"}));
  command
      .add_option_function<std::vector<std::string>>(
          "--own-name",
          [&choices](const std::vector<std::string>& names) {
            for (const std::string& name : names) {
              choices.own_names.push_back(OwnName(name));
            }
          },
          "A name of this host: MX hosts no better than it are cut; may be "
          "repeated")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void AddDomains(CLI::App& command, DomainList& domains) {
  command.add_option("DOMAIN", domains.named, std::string(kNextHops));
  command
      .add_option(
          "--file", domains.files,
          "A file with one domain a line, \"#\" begins a comment; \"-\" "
          "is standard input; may be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void AddWide(CLI::App& command, bool& wide) {
  command.add_flag("--wide", wide,
                   "Break no lines and cut nothing, however wide the terminal");
}

std::vector<std::string> ReadDomains(const DomainList& list) {
  std::vector<std::string> domains;
  if (list.named.empty() && list.files.empty()) {
    if (isatty(STDIN_FILENO) != 0) throw CLI::RequiredError("DOMAIN");
    AddLines(std::cin, domains);
  }
  for (const std::string& argument : list.named) {
    if (argument == "-") {
      AddLines(std::cin, domains);
    } else {
      domains.push_back(argument);
    }
  }
  for (const std::string& file : list.files) AddFile(file, domains);
  return domains;
}

}  // namespace danebound
