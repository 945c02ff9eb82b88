#include "stub/cli/tlsa_command.h"

#include <openssl/x509v3.h>

#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "stub/check/certificate_seen.h"
#include "stub/cli/forms/terminal.h"
#include "stub/cli/forms/words.h"
#include "stub/cli/key_file.h"
#include "stub/cli/options.h"
#include "stub/cli/seen_chain.h"
#include "stub/cli/service_name.h"
#include "stub/cli/source_file.h"
#include "stub/dane/next_hop.h"
#include "stub/dane/tlsa.h"
#include "stub/dane/tlsa_advice.h"
#include "stub/dane/tlsa_text.h"
#include "stub/json/verdict_json.h"
#include "stub/openssl/subject.h"
#include "stub/openssl/tlsa_source.h"
#include "stub/system/printable.h"

namespace danebound {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kExitCodes =
    "Exit codes:\n"
    "  0  the records are made, whatever was advised\n"
    "  1  wrong arguments, a file that can't be used, or output that can't be "
    "written";

struct TlsaArguments {
  std::vector<std::string> files;
  std::vector<std::string> servers;  // of --from
  absl::Duration timeout;
  TlsaParameters parameters;
  size_t certificate = 0;  // counted from 1; 0: as MakeTlsa chooses
  std::string host;
  absl::optional<uint16_t> port;  // by --port
  std::string protocol;           // by --proto; empty: not named
  int64_t ttl = -1;               // below 0: none is written
  bool generic = false;
  bool json = false;
};

// A record and where it comes from.
struct Created {
  std::string file;
  TlsaSource source;
  MadeTlsa made;
  Tlsa record;
  std::vector<TlsaAdvice> warnings;
  absl::optional<Name> owner = {};  // of the record
  bool seen = false;                // by asking a server
};

// A server that is asked, and the service that its record is of.
struct Asked {
  std::string text;
  ServiceName server;
  ServiceName service;
};

bool NamesAnchor(const TlsaParameters& parameters) {
  return parameters.usage == 0 || parameters.usage == 2;
}

// The certificate that the record is of; null where it is of a bare key.
X509* CertificateOf(const Created& created) {
  return created.made.certificate
             ? created.source.certificates[*created.made.certificate].get()
             : nullptr;
}

X509& ServerOf(const CertificateChain& chain) {
  return *chain[EndEntityOf(chain)];
}

// Says whether it is of a server, even if it says that it is an authority's, as
// "openssl req -x509" has it.
bool IsOfServer(X509& certificate) {
  return X509_check_ca(&certificate) == 0 ||
         !SeeCertificate(certificate, {}).names.empty();
}

// The end of what a trust anchor's record leads to does not name the host.
bool LacksName(const Created& created, const absl::optional<Name>& host) {
  if (!host || created.source.certificates.empty()) return false;
  X509& server = ServerOf(created.source.certificates);
  const std::string name = host->ToText();
  return IsOfServer(server) &&
         X509_check_host(&server, name.data(), name.size(), 0, nullptr) != 1;
}

// A trust anchor is above the server's own certificate, and signs.
std::string WhyNoAnchor(const Created& created, X509& certificate) {
  if (X509_check_ca(&certificate) == 0) {
    return absl::StrCat("a trust anchor is wanted, and ",
                        SubjectOf(certificate),
                        " is no authority's certificate");
  }
  const bool is_own = &certificate == &ServerOf(created.source.certificates) &&
                      IsOfServer(certificate);
  return is_own ? absl::StrCat(
                      "a trust anchor above the server's certificate is "
                      "wanted, and ",
                      SubjectOf(certificate),
                      " is the server's own: 3 1 1 is for that")
                : "";
}

// What the RFCs have against the record.
std::vector<TlsaAdvice> WarningsFor(const Created& created,
                                    const TlsaParameters& parameters,
                                    const absl::optional<Name>& host) {
  std::vector<TlsaAdvice> warnings = AdviseOnTlsa(parameters);
  X509* certificate = CertificateOf(created);
  if (!NamesAnchor(parameters) || certificate == nullptr) return warnings;
  std::string why = WhyNoAnchor(created, *certificate);
  if (!why.empty()) warnings.push_back({"RFC 7671 5.2", std::move(why)});
  if (LacksName(created, host)) {
    warnings.push_back(
        {"RFC 7672 3.2.3",
         absl::StrCat("the server's certificate does not name ", host->ToText(),
                      ", which clients look for under a trust anchor")});
  }
  return warnings;
}

absl::StatusOr<TlsaSource> SeeSource(const ServiceName& server,
                                     absl::Duration timeout) {
  auto chain = SeeChain(server.host, *server.port, timeout);
  if (!chain.ok()) return chain.status();
  return TlsaSource{TlsaSourceKind::kCertificates, *std::move(chain), {}};
}

absl::StatusOr<Created> Create(const std::string& file,
                               absl::StatusOr<TlsaSource> source,
                               const TlsaArguments& arguments,
                               const absl::optional<Name>& host) {
  if (!source.ok()) return source.status();
  const absl::optional<size_t> certificate =
      arguments.certificate == 0
          ? absl::nullopt
          : absl::optional<size_t>(arguments.certificate - 1);
  auto made = MakeTlsa(*source, arguments.parameters, certificate);
  if (!made.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": ", made.status().message()));
  }
  Created created{file, *std::move(source), *std::move(made), {}, {}, {}};
  created.record = JudgeTlsa({created.made.rdata})[0];
  created.warnings = WarningsFor(created, arguments.parameters, host);
  return created;
}

[[noreturn]] void RefuseHost(absl::string_view text) {
  throw CLI::ValidationError("--host", std::string(text));
}

[[noreturn]] void RefuseServer(absl::string_view text) {
  throw CLI::ValidationError("--from", std::string(text));
}

// _25._tcp.mx.example.org
Name OwnerOf(const ServiceName& service) {
  const auto owner = TlsaOwner(service.host, service.port.value_or(kSmtpPort),
                               service.protocol);
  if (!owner.ok()) RefuseHost(owner.status().message());
  return *owner;
}

// What a server shows is for its own name and port, or for those of --host. A
// port that only one of them names is meant for both.
Asked AskedFor(const std::string& text,
               const absl::optional<ServiceName>& host) {
  auto server = ParseServiceName(text);
  if (!server.ok()) RefuseServer(server.status().message());
  for (const std::string& protocol :
       {server->protocol, host ? host->protocol : ""}) {
    if (protocol.empty() || protocol == "tcp") continue;
    RefuseServer(absl::StrCat(text, ": asked over TCP, and records of ",
                              protocol, " are wanted: make them of a file"));
  }
  server->protocol = "tcp";
  ServiceName service = host.value_or(*server);
  if (server->port.value_or(0) != service.port.value_or(0) && server->port &&
      service.port) {
    RefuseServer(absl::StrCat(text, " and --host or --port name two ports, ",
                              *server->port, " and ", *service.port));
  }
  if (!server->port) server->port = service.port.value_or(kSmtpPort);
  service.port = server->port;
  return {text, *std::move(server), std::move(service)};
}

std::vector<Asked> AskedForAll(const TlsaArguments& arguments,
                               const absl::optional<ServiceName>& host) {
  std::vector<Asked> all;
  for (const std::string& text : arguments.servers) {
    all.push_back(AskedFor(text, host));
  }
  return all;
}

absl::StatusOr<std::vector<Created>> CreateAll(
    const TlsaArguments& arguments, const absl::optional<ServiceName>& host,
    const std::vector<Asked>& servers) {
  std::vector<Created> all;
  for (const std::string& file : arguments.files) {
    auto created =
        Create(file, ReadSourceFile(file), arguments,
               host ? absl::make_optional(host->host) : absl::nullopt);
    if (!created.ok()) return created.status();
    if (host) created->owner = OwnerOf(*host);
    all.push_back(*std::move(created));
  }
  Progress progress(arguments.servers, "servers");
  for (size_t i = 0; i < servers.size(); ++i) {
    const Asked& asked = servers[i];
    auto created =
        Create(asked.text, SeeSource(asked.server, arguments.timeout),
               arguments, asked.service.host);
    if (!created.ok()) return created.status();
    created->owner = OwnerOf(asked.service);
    created->seen = true;
    all.push_back(*std::move(created));
    progress.OnEnd(i);
  }
  return all;
}

// What --host names; nullopt without it. Port and protocol may stand there or
// in options, and must not differ.
absl::optional<ServiceName> ServiceFor(const TlsaArguments& arguments) {
  if (arguments.host.empty()) return absl::nullopt;
  auto service = ParseServiceName(arguments.host);
  if (!service.ok()) RefuseHost(service.status().message());
  if (service->port.value_or(0) != arguments.port.value_or(0) &&
      service->port && arguments.port) {
    RefuseHost(absl::StrCat(arguments.host, " and --port name two ports"));
  }
  if (!service->port) service->port = arguments.port;
  if (!service->protocol.empty() && !arguments.protocol.empty() &&
      service->protocol != arguments.protocol) {
    RefuseHost(absl::StrCat(arguments.host, " and --proto name two protocols"));
  }
  if (service->protocol.empty()) {
    service->protocol = arguments.protocol.empty() ? "tcp" : arguments.protocol;
  }
  return *std::move(service);
}

std::string RdataText(const Created& created, const TlsaArguments& arguments) {
  return arguments.generic ? ToGenericText(created.made.rdata)
                           : ToText(created.record);
}

// A line of a zone file, or the RDATA alone without --host.
std::string ZoneLine(const Created& created, const TlsaArguments& arguments) {
  std::string rdata = RdataText(created, arguments);
  if (!created.owner) return rdata;
  const std::string ttl =
      arguments.ttl < 0 ? "" : absl::StrCat(arguments.ttl, " ");
  return absl::StrCat(created.owner->ToText(), ". ", ttl, "IN ",
                      arguments.generic ? "TYPE52 " : "TLSA ", rdata);
}

Json CertificateJson(const Created& created) {
  const X509* certificate = CertificateOf(created);
  if (certificate == nullptr) return nullptr;
  return {{"number", *created.made.certificate + 1},
          {"of", created.source.certificates.size()},
          {"subject", SubjectOf(*certificate)}};
}

Json WarningsJson(const Created& created) {
  Json warnings = Json::array();
  for (const TlsaAdvice& warning : created.warnings) {
    warnings.push_back({{"section", warning.section}, {"text", warning.text}});
  }
  return warnings;
}

Json CreatedJson(const Created& created, const TlsaArguments& arguments) {
  const Tlsa& record = created.record;
  return {
      {"file", created.file},
      {"source", std::string(ToText(created.source.kind))},
      {"seen", created.seen},
      {"certificate", CertificateJson(created)},
      {"owner", created.owner ? Json(created.owner->ToText()) : Json(nullptr)},
      {"ttl", arguments.ttl < 0 ? Json(nullptr) : Json(arguments.ttl)},
      {"usage", record.usage},
      {"selector", record.selector},
      {"matching", record.matching},
      {"data", absl::BytesToHexString(record.data)},
      {"generic", ToGenericText(record.rdata)},
      {"warnings", WarningsJson(created)}};
}

void Tell(const std::string& text) {
  std::cerr << "danebound: " << Printable(text) << "\n";
}

// What is to be said of the certificate that was taken; empty: it is the one
// that everybody would.
std::string Choice(const Created& created, const TlsaArguments& arguments) {
  // RFC 7671 5.2.2
  if (arguments.parameters == TlsaParameters{2, 0, 0}) {
    return "; the record holds it in full, so that the server need not send it "
           "(RFC 7671 5.2.2)";
  }
  if (NamesAnchor(arguments.parameters)) {
    return "; the server must send it in its chain (RFC 7671 5.2.2)";
  }
  return arguments.certificate == 0 && *created.made.certificate > 0
             ? ", which issued none of the others; servers want it first"
             : "";
}

// A private key in the file: who reads it, and whether it is the server's.
void TellAboutKey(const Created& created) {
  const TlsaSource& source = created.source;
  if (!source.has_private_key) return;
  const std::string readers = WarningOfReaders(created.file);
  if (!readers.empty()) Tell(readers);
  if (source.key_of && *source.key_of != EndEntityOf(source.certificates)) {
    Tell(absl::StrCat(created.file,
                      ": the private key in it is of certificate ",
                      *source.key_of + 1, ", not of the server's"));
  }
}

// Says which of several certificates counts, and warns.
void TellAbout(const Created& created, const TlsaArguments& arguments) {
  const std::string parameters = ToText(arguments.parameters);
  const X509* certificate = CertificateOf(created);
  if (created.seen) {
    Tell(absl::StrCat(created.file,
                      ": what was seen from here, now. Nobody "
                      "vouches for it: compare it with the "
                      "server's own file"));
  }
  if (certificate != nullptr &&
      (!Choice(created, arguments).empty() || arguments.certificate > 0)) {
    Tell(absl::StrCat(created.file, ": ", parameters, " of certificate ",
                      *created.made.certificate + 1, " of ",
                      created.source.certificates.size(), ", ",
                      SubjectOf(*certificate), Choice(created, arguments)));
  }
  for (const TlsaAdvice& warning : created.warnings) {
    Tell(absl::StrCat(created.file, ": ", parameters, " is advised against: ",
                      warning.text, " (", warning.section, ")"));
  }
}

int RunCreate(const TlsaArguments& arguments) {
  if (arguments.files.empty() && arguments.servers.empty()) {
    throw CLI::RequiredError("FILE or --from");
  }
  const absl::optional<ServiceName> host = ServiceFor(arguments);
  const auto all = CreateAll(arguments, host, AskedForAll(arguments, host));
  if (!all.ok()) {
    const std::string why(all.status().message());
    Tell(why);
    if (arguments.json) std::cout << ErrorLine(why) << "\n" << std::flush;
    return static_cast<int>(ExitCode::kUsage);
  }
  for (const Created& created : *all) {
    TellAboutKey(created);
    if (!arguments.json) TellAbout(created, arguments);
    std::cout << (arguments.json ? ToLine(CreatedJson(created, arguments))
                                 : ZoneLine(created, arguments))
              << "\n";
  }
  if (std::cout.flush()) return static_cast<int>(ExitCode::kSuccess);
  Tell("cannot write the output");
  return static_cast<int>(ExitCode::kUsage);
}

// An option for one of the three parameters.
void AddParameter(CLI::App& command, const std::string& flags, uint8_t& value,
                  absl::StatusOr<uint8_t> (*parse)(absl::string_view),
                  const std::string& description) {
  command
      .add_option_function<std::string>(
          flags,
          [&value, parse](const std::string& text) {
            const auto number = parse(text);
            if (!number.ok()) {
              throw CLI::ValidationError(
                  std::string(number.status().message()));
            }
            value = *number;
          },
          description)
      ->type_name("X");
}

void AddParameters(CLI::App& command, TlsaParameters& parameters) {
  AddParameter(command, "--usage,-u", parameters.usage, ParseUsage,
               "0 PKIX-TA, 1 PKIX-EE, 2 DANE-TA, 3 DANE-EE (default)");
  AddParameter(command, "--selector,-s", parameters.selector, ParseSelector,
               "0 Cert, 1 SPKI (default)");
  AddParameter(command, "--matching,-m", parameters.matching, ParseMatching,
               "0 Full, 1 SHA2-256 (default), 2 SHA2-512");
}

void AddOwner(CLI::App& command, TlsaArguments& arguments) {
  CLI::Option* host =
      command
          .add_option(
              "--host", arguments.host,
              "Print lines for a zone file, of this host; \"host:465\" and "
              "_465._tcp.host name a port")
          ->type_name("NAME");
  command
      .add_option_function<uint16_t>(
          "--port", [&arguments](uint16_t port) { arguments.port = port; },
          "The port of the host, default 25")
      ->type_name("N")
      ->check(CLI::Range(0, 65535).description(""))
      ->needs(host);
  command
      .add_option("--proto", arguments.protocol, "tcp (default), udp or sctp")
      ->type_name("P")
      ->check(OneOf({"tcp", "udp", "sctp"}))
      ->needs(host);
  command
      .add_option("--ttl", arguments.ttl,
                  "Seconds; without it the zone's own holds")
      ->type_name("N")
      ->check(CLI::Range(int64_t{0}, int64_t{0x7fffffff}).description(""))
      ->needs(host);
}

}  // namespace

Command AddTlsa(CLI::App& danebound) {
  auto arguments = std::make_shared<TlsaArguments>();
  CLI::App* tlsa =
      AddSubcommand(danebound, "tlsa", "Make TLSA records", kExitCodes);
  tlsa->require_subcommand(1);
  CLI::App* create = AddSubcommand(
      *tlsa, "create", "Print the TLSA record of certificates, keys, requests",
      kExitCodes);
  create->add_option(
      "FILE", arguments->files,
      "PEM or DER; \"-\" is standard input. Of a private key only "
      "the public half is used");
  create
      ->add_option("--from", arguments->servers,
                   "A mail server to take what it shows now from, "
                   "\"mx.example.org:465\"; may be repeated. What was seen is "
                   "not verified")
      ->type_name("HOST")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  AddTimeout(*create, arguments->timeout, 30);
  AddParameters(*create, arguments->parameters);
  create
      ->add_option("--certificate", arguments->certificate,
                   "Use the Nth certificate of the file; without it, for "
                   "PKIX-TA and DANE-TA the topmost of the chain, else the "
                   "first")
      ->type_name("N")
      ->check(CLI::Range(1, 100).description(""));
  AddOwner(*create, *arguments);
  create->add_flag("--generic", arguments->generic,
                   "Print the form that any name server reads, TYPE52 \\#");
  AddJson(*create, arguments->json);
  return {tlsa, [arguments] { return RunCreate(*arguments); }};
}

}  // namespace danebound
