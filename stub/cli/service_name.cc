#include "stub/cli/service_name.h"

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "stub/dane/next_hop.h"

namespace danebound {
namespace {

constexpr uint32_t kMostPort = 65535;

absl::Status NoHost(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat(text, " is not a host name", why.empty() ? "" : ": ", why));
}

absl::Status NoNextHop(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is not a next hop: ", why));
}

// The port that the text names after a colon.
absl::optional<uint16_t> PortIn(absl::string_view text) {
  const auto one = ParseNextHop(text, 1);
  const auto other = ParseNextHop(text, 2);
  const bool is_named = one.ok() && other.ok() && one->port == other->port;
  return is_named ? absl::make_optional(one->port) : absl::nullopt;
}

// The name of a service behind the last colon; empty: there is a number, or
// nothing of the kind.
absl::string_view ServiceIn(absl::string_view text) {
  const size_t bracket = text.rfind(']');
  const size_t from = bracket == absl::string_view::npos ? 0 : bracket + 1;
  const size_t colon = text.find(':', from);
  if (colon == absl::string_view::npos || colon != text.rfind(':')) return "";
  const absl::string_view service = text.substr(colon + 1);
  const bool is_one =
      !service.empty() &&
      absl::ascii_isalpha(static_cast<unsigned char>(service[0])) &&
      std::all_of(service.begin(), service.end(), [](char octet) {
        return absl::ascii_isalnum(static_cast<unsigned char>(octet)) ||
               octet == '-' || octet == '_';
      });
  return is_one ? service : "";
}

// The text with a number in the place of a service's name.
absl::StatusOr<std::string> WithNumber(absl::string_view text) {
  const absl::string_view service = ServiceIn(text);
  if (service.empty()) return std::string(text);
  const servent* entry = getservbyname(std::string(service).c_str(), "tcp");
  if (entry == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", service,
                     "\" is no TCP service of /etc/services; give the port's "
                     "number"));
  }
  text.remove_suffix(service.size());
  return absl::StrCat(text, ntohs(static_cast<uint16_t>(entry->s_port)));
}

// "_465" as 465.
absl::optional<uint16_t> PortOfLabel(absl::string_view label) {
  uint32_t port = 0;
  if (label.empty() || label[0] != '_' ||
      !absl::SimpleAtoi(label.substr(1), &port) || port > kMostPort) {
    return absl::nullopt;
  }
  return static_cast<uint16_t>(port);
}

// "_tcp" as "tcp"; empty: it is none.
std::string ProtocolOfLabel(absl::string_view label) {
  for (const char* protocol : {"tcp", "udp", "sctp"}) {
    if (label == absl::StrCat("_", protocol)) return protocol;
  }
  return "";
}

// Takes port and protocol off the name.
absl::Status TakeLabels(absl::string_view text, ServiceName& service) {
  const std::string name = service.host.ToText();
  const std::vector<std::string> labels = absl::StrSplit(name, '.');
  if (labels[0].empty() || labels[0][0] != '_') return absl::OkStatus();
  const absl::optional<uint16_t> port = PortOfLabel(labels[0]);
  const std::string protocol =
      labels.size() > 2 ? ProtocolOfLabel(labels[1]) : "";
  if (!port || protocol.empty()) {
    return NoHost(text, absl::StrCat(labels[0],
                                     " is a label of a service. Give the host, "
                                     "or _PORT._tcp.HOST"));
  }
  if (service.port && *service.port != *port) {
    return NoHost(text, "it names two ports");
  }
  service = {service.host.Parent().Parent(), port, protocol};
  return absl::OkStatus();
}

// Other names may begin with an underscore; "_tcp" is of services alone.
bool IsOfService(const NextHop& next_hop) {
  const std::string name = next_hop.name.ToText();
  const std::vector<std::string> labels = absl::StrSplit(name, '.');
  return next_hop.form != NextHopForm::kAddress && name[0] == '_' &&
         labels.size() > 2 && !ProtocolOfLabel(labels[1]).empty();
}

}  // namespace

absl::StatusOr<ServiceName> ParseServiceName(absl::string_view text) {
  const auto numbered = WithNumber(text);
  if (!numbered.ok()) return NoHost(text, numbered.status().message());
  const auto host = ParseNextHop(*numbered);
  if (!host.ok()) return NoHost(text, host.status().message());
  if (host->form != NextHopForm::kDomain) return NoHost(text, "");
  ServiceName service = {host->name, PortIn(*numbered), ""};
  absl::Status status = TakeLabels(text, service);
  if (!status.ok()) return status;
  return service;
}

absl::StatusOr<ServiceName> ParseMailService(absl::string_view text) {
  auto service = ParseServiceName(text);
  if (!service.ok() || service->protocol.empty() ||
      service->protocol == "tcp") {
    return service;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      text, ": only TCP has TLSA records that mail servers look at"));
}

absl::StatusOr<NextHop> ReadNextHop(absl::string_view text,
                                    uint16_t default_port) {
  const auto numbered = WithNumber(text);
  if (!numbered.ok()) return NoNextHop(text, numbered.status().message());
  auto next_hop = ParseNextHop(*numbered, default_port);
  if (!next_hop.ok() || !IsOfService(*next_hop)) return next_hop;
  ServiceName service = {next_hop->name, PortIn(*numbered), ""};
  const absl::Status status = TakeLabels(text, service);
  if (!status.ok()) return status;
  if (service.protocol != "tcp" || *service.port == 0) {
    return NoNextHop(text, "mail goes over TCP, to a port from 1 to 65535");
  }
  next_hop->form = NextHopForm::kHost;
  next_hop->name = service.host;
  next_hop->port = *service.port;
  return next_hop;
}

absl::StatusOr<Name> TlsaOwner(const Name& host, uint16_t port,
                               absl::string_view protocol) {
  const auto name = host.WithLabel(absl::StrCat("_", protocol));
  return name.ok() ? name->WithLabel(absl::StrCat("_", port)) : name;
}

}  // namespace danebound
