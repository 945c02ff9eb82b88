#include "stub/cli/verify_command.h"

#include <algorithm>
#include <ctime>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "stub/check/certificate_seen.h"
#include "stub/cli/forms/block.h"
#include "stub/cli/forms/terminal.h"
#include "stub/cli/key_file.h"
#include "stub/cli/options.h"
#include "stub/cli/read_file.h"
#include "stub/cli/service_name.h"
#include "stub/cli/source_file.h"
#include "stub/dane/name.h"
#include "stub/dane/next_hop.h"
#include "stub/dane/tlsa.h"
#include "stub/dane/tlsa_text.h"
#include "stub/json/verdict_json.h"
#include "stub/nameservers/zone_text.h"
#include "stub/openssl/mismatch.h"
#include "stub/openssl/subject.h"
#include "stub/openssl/tlsa_source.h"
#include "stub/openssl/verify.h"
#include "stub/system/printable.h"

namespace danebound {
namespace {

using Json = nlohmann::ordered_json;

// Exit codes of their own; kExitCodes tells them.
constexpr int kAuthenticated = 0;
constexpr int kFailed = 1;
constexpr int kUnusable = 2;
constexpr int kCannotTell = 3;

constexpr const char* kExitCodes =
    "Exit codes:\n"
    "  0  authenticated: a record vouches for the chain\n"
    "  1  failed: no record does; an SMTP client does not deliver to this "
    "host\n"
    "  2  unusable: there is no record to authenticate with; an SMTP client "
    "delivers\n     over TLS without authentication\n"
    "  3  wrong arguments, a file that can't be used, or output that can't be "
    "written";

struct VerifyArguments {
  std::string chain_file;
  std::vector<std::string> records;
  std::vector<std::string> record_files;
  std::vector<std::string> names;
  absl::optional<uint16_t> port;
  int64_t time = 0;
  bool json = false;
  bool wide = false;
};

struct Verified {
  HostVerdict host;
  std::vector<CertificateSeen> chain;
  TlsResult result;
  int64_t time = 0;
  size_t own = 0;    // the server's own certificate, its place in the chain
  std::string note;  // what the result leaves out; empty: nothing
  std::string warning = {};       // of the file of the chain; empty: none
  std::string why_unusable = {};  // where no record is usable
  // Of each record that matches no certificate, how that came; or "".
  std::vector<std::string> mistakes = {};
};

absl::Status InFile(const std::string& file, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(file, ": ", status.message()));
}

absl::StatusOr<TlsaSource> ReadChain(const std::string& file) {
  auto source = ReadSourceFile(file);
  if (!source.ok() || source->kind == TlsaSourceKind::kCertificates) {
    return source;
  }
  return absl::InvalidArgumentError(
      absl::StrCat(file, ": a ", ToText(source->kind),
                   "; the certificates of a server are wanted"));
}

// Records one a line, or what zone files and dig have besides.
absl::StatusOr<ZoneText> ReadFileOfRecords(const std::string& text) {
  auto records = ReadTlsaRecords(text);  // which knows no origin
  if (records.ok() && !absl::StrContains(text, "$ORIGIN")) {
    return ZoneText{*std::move(records), {}};
  }
  return ReadZoneText(text);
}

// The same text for the same name, whatever its case and trailing dot.
std::string Normal(const std::string& owner) {
  const auto name = Name::ParseText(owner);
  return absl::AsciiStrToLower(name.ok() ? name->ToText() : owner);
}

// Has each record name its owner, which a line may leave to the one before.
void FillOwners(std::vector<TlsaText>& records) {
  std::string owner;
  for (TlsaText& record : records) {
    if (!record.owner.empty()) owner = Normal(record.owner);
    record.owner = owner;
  }
}

// The owners that a client would come to, the first one first: it follows
// aliases from _PORT._tcp.NAME.
std::vector<std::string> OwnersFor(const std::string& host, uint16_t port,
                                   const ZoneText& zone) {
  constexpr size_t kMostAliases = 16;
  std::vector<std::string> owners;
  const auto base = Name::ParseText(host);
  if (!base.ok()) return owners;
  auto owner = TlsaOwner(*base, port, "tcp");
  while (owner.ok() && owners.size() <= kMostAliases) {
    owners.push_back(Normal(owner->ToText()));
    const auto alias = zone.aliases.find(*owner);
    if (alias == zone.aliases.end()) break;
    owner = alias->second;
  }
  return owners;
}

std::string ListOf(const std::set<std::string>& owners) {
  constexpr size_t kMostListed = 20;
  std::vector<std::string> listed(owners.begin(), owners.end());
  if (listed.size() <= kMostListed) return absl::StrJoin(listed, ", ");
  const size_t more = listed.size() - kMostListed;
  listed.resize(kMostListed);
  return absl::StrCat(absl::StrJoin(listed, ", "), " and ", more, " more");
}

// Of a text with several owners the records of the one that is asked for; all
// where there is but one, whatever its name.
absl::StatusOr<std::vector<TlsaText>> ChooseRecords(
    ZoneText zone, const VerifyArguments& arguments) {
  FillOwners(zone.records);
  std::set<std::string> owners;
  for (const TlsaText& record : zone.records) owners.insert(record.owner);
  if (owners.size() <= 1) return std::move(zone.records);
  const uint16_t port = arguments.port.value_or(kSmtpPort);
  for (const std::string& name : arguments.names) {
    for (const std::string& owner : OwnersFor(name, port, zone)) {
      if (!owners.contains(owner)) continue;
      std::erase_if(zone.records, [&](const TlsaText& record) {
        return record.owner != owner;
      });
      return std::move(zone.records);
    }
  }
  owners.erase("");
  return absl::InvalidArgumentError(
      absl::StrCat("TLSA records of several owners, and none of _", port,
                   "._tcp. and a --name: ", ListOf(owners),
                   ". Say --name and --port of one of them"));
}

absl::Status AddRecords(const absl::StatusOr<std::vector<TlsaText>>& records,
                        const std::string& origin,
                        std::vector<std::string>& rdata) {
  if (!records.ok()) return InFile(origin, records.status());
  if (records->empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(origin, ": there is no TLSA record"));
  }
  for (const TlsaText& record : *records) rdata.push_back(record.rdata);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Tlsa>> ReadRecords(
    const VerifyArguments& arguments) {
  std::vector<std::string> rdata;
  for (const std::string& record : arguments.records) {
    const absl::Status status =
        AddRecords(ReadTlsaRecords(record), "--tlsa", rdata);
    if (!status.ok()) return status;
  }
  for (const std::string& file : arguments.record_files) {
    const auto text = ReadFile(file, kMostTlsaText);
    if (!text.ok()) return text.status();
    auto zone = ReadFileOfRecords(*text);
    if (!zone.ok()) return InFile(file, zone.status());
    const absl::Status status =
        AddRecords(ChooseRecords(*std::move(zone), arguments), file, rdata);
    if (!status.ok()) return status;
  }
  return JudgeTlsa(rdata);
}

// Leaves of each name the host, in A-labels; a port in one counts as --port
// does.
absl::Status TakeServices(VerifyArguments& arguments) {
  for (std::string& text : arguments.names) {
    const auto service = ParseServiceName(text);
    if (!service.ok()) return InFile("--name", service.status());
    if (!service->protocol.empty() && service->protocol != "tcp") {
      return absl::InvalidArgumentError(
          absl::StrCat("--name: ", text, ": mail goes over TCP"));
    }
    if (service->port && arguments.port && *service->port != *arguments.port) {
      return absl::InvalidArgumentError(
          absl::StrCat("--name: ", text, " names port ", *service->port,
                       ", and --port or another --name port ", *arguments.port,
                       ": the records of one are judged"));
    }
    if (service->port) arguments.port = service->port;
    text = service->host.ToText();
  }
  return absl::OkStatus();
}

// Under DANE-EE(3) names do not count. RFC 7672 3.1.1.
absl::StatusOr<HostVerdict> PromiseWithoutName(
    const std::vector<Tlsa>& records) {
  const bool names_count =
      std::any_of(records.begin(), records.end(), [](const Tlsa& record) {
        return record.counts() && record.usage != kDaneEe;
      });
  if (names_count) {
    return absl::InvalidArgumentError(
        "--name is missing: under DANE-TA(2) the certificate must have the "
        "name of the host or of the domain");
  }
  auto host = PromiseOf(records, {"none.invalid"});
  if (host.ok()) host->names.clear();
  return host;
}

absl::StatusOr<HostVerdict> HostOf(const std::vector<Tlsa>& records,
                                   const std::vector<std::string>& names) {
  if (names.empty()) return PromiseWithoutName(records);
  auto host = PromiseOf(records, names);
  return host.ok() ? std::move(host) : InFile("--name", host.status());
}

// What the result leaves out; empty: nothing.
std::string NoteOn(const CertificateChain& chain, size_t own) {
  std::vector<std::string> notes;
  if (own != 0) {
    notes.push_back(absl::StrCat("the server's certificate is chain ", own,
                                 ", ", SubjectOf(*chain[own]),
                                 ", and chain 0 was judged as if it were: put "
                                 "the server's first, as servers send it"));
  }
  std::string trouble = HandshakeTrouble(*chain[own]);
  if (!trouble.empty()) notes.push_back(std::move(trouble));
  return absl::StrJoin(notes, "; ");
}

absl::StatusOr<Verified> VerifyFiles(VerifyArguments arguments) {
  const auto source = ReadChain(arguments.chain_file);
  if (!source.ok()) return source.status();
  const CertificateChain& chain = source->certificates;
  const absl::Status services = TakeServices(arguments);
  if (!services.ok()) return services;
  const auto records = ReadRecords(arguments);
  if (!records.ok()) return records.status();
  auto host = HostOf(*records, arguments.names);
  if (!host.ok()) return host.status();
  auto result = Verify(chain, *host, arguments.time);
  if (!result.ok()) return result.status();
  const size_t own = EndEntityOf(chain);
  Verified verified{*std::move(host), {},  *std::move(result),
                    arguments.time,   own, NoteOn(chain, own)};
  if (source->has_private_key) {
    verified.warning = WarningOfReaders(arguments.chain_file);
  }
  for (const X509Ptr& certificate : chain) {
    verified.chain.push_back(SeeCertificate(*certificate, verified.host.tlsa));
  }
  if (verified.result.outcome == TlsOutcome::kEncrypted) {
    verified.why_unusable =
        WhyUnusable(verified.host.tlsa, ShownChainOf(chain));
  }
  const Mistakes known(ShownChainOf(chain));
  for (const Tlsa& record : verified.host.tlsa) {
    verified.mistakes.push_back(known.In(record));
  }
  return verified;
}

// The certificates that a record's data is of, numbered from the server's.
std::vector<size_t> CertificatesOf(const Verified& verified, size_t record) {
  std::vector<size_t> matched;
  for (size_t i = 0; i < verified.chain.size(); ++i) {
    const std::vector<size_t>& records = verified.chain[i].records;
    if (std::find(records.begin(), records.end(), record) != records.end()) {
      matched.push_back(i);
    }
  }
  return matched;
}

// What a record has to do with the chain.
std::string RoleOf(const Verified& verified, size_t index) {
  const Tlsa& record = verified.host.tlsa[index];
  const std::vector<size_t> matched = CertificatesOf(verified, index);
  const std::string& mistake = verified.mistakes[index];
  const std::string matches =
      !matched.empty()
          ? absl::StrCat("matches certificate ", absl::StrJoin(matched, ", "))
      : mistake.empty() ? "matches no certificate"
                        : absl::StrCat("matches no certificate: it ", mistake);
  if (!record.counts()) return matches;
  if (verified.result.record == index) {
    return absl::StrCat(
        matched.empty() ? "holds the anchor of the chain" : matches,
        ", authenticates");
  }
  if (record.usage == kDaneEe && !matched.empty() && matched.front() != 0) {
    return absl::StrCat(matches, ", but DANE-EE(3) is for certificate 0 alone");
  }
  if (record.usage == kDaneTa && !matched.empty() && matched.back() == 0) {
    return absl::StrCat(
        matches, ", but DANE-TA(2) is for an authority above certificate 0");
  }
  return matches;
}

// The same, and why a record does not count.
std::string StandingOf(const Verified& verified, size_t index) {
  const Tlsa& record = verified.host.tlsa[index];
  const std::string role = RoleOf(verified, index);
  if (!record.usable()) {
    return absl::StrCat("unusable (", ToText(record.why_not), "), ", role);
  }
  return record.superseded
             ? absl::StrCat("superseded by a stronger digest, ", role)
             : role;
}

absl::string_view ResultOf(const Verified& verified) {
  switch (verified.result.outcome) {
    case TlsOutcome::kAuthenticated:
      return "authenticated";
    case TlsOutcome::kEncrypted:
      return "unusable";
    case TlsOutcome::kFailed:
      return "failed";
  }
  return "failed";
}

int ExitCodeOf(const Verified& verified) {
  switch (verified.result.outcome) {
    case TlsOutcome::kAuthenticated:
      return kAuthenticated;
    case TlsOutcome::kEncrypted:
      return kUnusable;
    case TlsOutcome::kFailed:
      return kFailed;
  }
  return kFailed;
}

std::string Day(int64_t time) {
  return absl::FormatTime("%Y-%m-%d", absl::FromUnixSeconds(time),
                          absl::UTCTimeZone());
}

std::string TimeText(int64_t time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", absl::FromUnixSeconds(time),
                          absl::UTCTimeZone());
}

std::string WhyText(const Verified& verified) {
  const TlsResult& result = verified.result;
  if (result.outcome == TlsOutcome::kFailed) {
    return absl::StrCat(result.why, " (", result.tlsrpt, ")");
  }
  if (result.outcome == TlsOutcome::kEncrypted) {
    return absl::StrCat("no record can authenticate an SMTP server: ",
                        verified.why_unusable);
  }
  const std::string name = result.matched_name.empty()
                               ? ""
                               : absl::StrCat(" for ", result.matched_name);
  return absl::StrCat("by TLSA ", *result.record, ", at depth ", result.depth,
                      name);
}

void AddChain(const Verified& verified, Block& block) {
  for (size_t i = 0; i < verified.chain.size(); ++i) {
    const CertificateSeen& seen = verified.chain[i];
    block.AddDetail(absl::StrCat("chain ", i), seen.subject);
    block.AddDetail("", absl::StrCat(seen.key, ", ", Day(seen.not_before),
                                     " to ", Day(seen.not_after)));
    if (!seen.names.empty()) {
      block.AddDetail("",
                      absl::StrCat("for ", absl::StrJoin(seen.names, ", ")));
    }
  }
}

void AddRecords(const Verified& verified, Block& block) {
  for (size_t i = 0; i < verified.host.tlsa.size(); ++i) {
    block.AddRecord(absl::StrCat("TLSA ", i), verified.host.tlsa[i]);
    block.AddDetail("", RoleOf(verified, i));
  }
}

std::string ToTable(const Verified& verified, const TableStyle& style) {
  Block block(style, 0);
  block.AddDetail("result", ResultOf(verified));
  block.AddDetail("", WhyText(verified));
  if (!verified.note.empty()) block.AddDetail("note", verified.note);
  AddChain(verified, block);
  AddRecords(verified, block);
  if (verified.result.outcome != TlsOutcome::kAuthenticated) {
    block.AddDetail(
        "would be",
        absl::StrCat("3 1 1 ", verified.chain[verified.own].spki_sha256));
  }
  block.AddDetail("names", verified.host.names.empty()
                               ? "do not count"
                               : absl::StrJoin(verified.host.names, ", "));
  block.AddDetail("time", TimeText(verified.time));
  return block.text();
}

Json RecordJson(const Verified& verified, size_t index) {
  Json json = ToJson(verified.host.tlsa[index]);
  json["certificates"] = CertificatesOf(verified, index);
  json["text"] = StandingOf(verified, index);
  return json;
}

Json CertificateJson(const CertificateSeen& seen) {
  return {{"subject", seen.subject},
          {"issuer", seen.issuer},
          {"names", seen.names},
          {"not_before", seen.not_before},
          {"not_after", seen.not_after},
          {"key", seen.key},
          {"cert_sha256", seen.cert_sha256},
          {"spki_sha256", seen.spki_sha256}};
}

Json ToJson(const Verified& verified) {
  const TlsResult& result = verified.result;
  Json chain = Json::array();
  for (const CertificateSeen& seen : verified.chain) {
    chain.push_back(CertificateJson(seen));
  }
  Json records = Json::array();
  for (size_t i = 0; i < verified.host.tlsa.size(); ++i) {
    records.push_back(RecordJson(verified, i));
  }
  return {{"result", std::string(ResultOf(verified))},
          {"record", result.record ? Json(*result.record) : Json(nullptr)},
          {"depth", result.record ? Json(result.depth) : Json(nullptr)},
          {"matched_name", TextOrNull(result.matched_name)},
          {"names", verified.host.names},
          {"why", result.outcome == TlsOutcome::kAuthenticated
                      ? Json(nullptr)
                      : TextOrNull(result.why.empty() ? verified.why_unusable
                                                      : result.why)},
          {"tlsrpt", TextOrNull(result.tlsrpt)},
          {"note", TextOrNull(verified.note)},
          {"time", verified.time},
          {"chain", chain},
          {"tlsa", records}};
}

void Tell(absl::string_view text) {
  std::cerr << "danebound: " << Printable(text) << "\n";
}

int RunVerify(const VerifyArguments& arguments) {
  if (arguments.records.empty() && arguments.record_files.empty()) {
    throw CLI::RequiredError("--tlsa or --tlsa-file");
  }
  const auto verified = VerifyFiles(arguments);
  if (!verified.ok()) {
    const std::string why(verified.status().message());
    Tell(why);
    if (arguments.json) std::cout << ErrorLine(why) << "\n" << std::flush;
    return kCannotTell;
  }
  if (!verified->warning.empty()) Tell(verified->warning);
  if (arguments.json) {
    std::cout << ToLine(ToJson(*verified)) << "\n";
  } else {
    std::cout << ToTable(*verified, StyleOfOutput(arguments.wide));
  }
  if (std::cout.flush()) return ExitCodeOf(*verified);
  Tell("cannot write the output");
  return kCannotTell;
}

int64_t ParseTime(const std::string& text) {
  int64_t seconds = 0;
  if (absl::SimpleAtoi(text, &seconds)) return seconds;
  absl::Time time;
  std::string error;
  for (const char* format : {"%Y-%m-%dT%H:%M:%E*S%Ez", "%Y-%m-%d"}) {
    if (absl::ParseTime(format, text, &time, &error)) {
      return absl::ToUnixSeconds(time);
    }
  }
  throw CLI::ValidationError(
      "--time", absl::StrCat(text,
                             " is no time: give seconds since the epoch, "
                             "2026-12-31 or 2026-12-31T23:59:59Z"));
}

void AddFiles(CLI::App& command, VerifyArguments& arguments) {
  command
      .add_option("--chain", arguments.chain_file,
                  "The certificates as the server sends them, its own first: "
                  "PEM, or one in DER; \"-\" is standard input")
      ->type_name("FILE")
      ->required();
  command
      .add_option("--tlsa", arguments.records,
                  "A record, \"3 1 1 0b9f…\"; may be repeated")
      ->type_name("RDATA")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option(
          "--tlsa-file", arguments.record_files,
          "A file of records, one a line, as in a zone, or what dig prints: "
          "of several owners those of _PORT._tcp.NAME, and where a CNAME leads "
          "from there; may be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace

Command AddVerify(CLI::App& danebound) {
  auto arguments = std::make_shared<VerifyArguments>();
  arguments->time = std::time(nullptr);
  CLI::App* command = AddSubcommand(
      danebound, "verify", "Judge a certificate chain by TLSA records, offline",
      kExitCodes);
  AddFiles(*command, *arguments);
  command
      ->add_option(
          "--name", arguments->names,
          "A reference name, the TLSA base domain first, then the mail "
          "domain; may be repeated. \"host:465\" and _465._tcp.host name a "
          "port. Not needed where only DANE-EE(3) counts")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      ->add_option_function<uint16_t>(
          "--port", [arguments](uint16_t port) { arguments->port = port; },
          "The port whose records of a --tlsa-file count, default 25")
      ->type_name("N")
      ->check(CLI::Range(1, 65535).description(""));
  command
      ->add_option_function<std::string>(
          "--time",
          [arguments](const std::string& text) {
            arguments->time = ParseTime(text);
          },
          "When certificates must be valid, default now: seconds since the "
          "epoch, or 2026-12-31, or 2026-12-31T23:59:59Z")
      ->type_name("TIME");
  AddJson(*command, arguments->json);
  AddWide(*command, arguments->wide);
  return {command, [arguments] { return RunVerify(*arguments); }, kCannotTell};
}

}  // namespace danebound
