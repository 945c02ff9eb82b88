#include "stub/cli/service_name.h"

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

// The port that the text names after a colon.
absl::optional<uint16_t> PortIn(absl::string_view text, const NextHop& host) {
  const auto otherwise = ParseNextHop(text, kSmtpPort + 1);
  const bool is_named = otherwise.ok() && otherwise->port == host.port;
  return is_named ? absl::make_optional(host.port) : absl::nullopt;
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

}  // namespace

absl::StatusOr<ServiceName> ParseServiceName(absl::string_view text) {
  const auto host = ParseNextHop(text);
  if (!host.ok()) return NoHost(text, host.status().message());
  if (host->form != NextHopForm::kDomain) return NoHost(text, "");
  ServiceName service = {host->name, PortIn(text, *host), ""};
  absl::Status status = TakeLabels(text, service);
  if (!status.ok()) return status;
  return service;
}

absl::StatusOr<Name> TlsaOwner(const Name& host, uint16_t port,
                               absl::string_view protocol) {
  const auto name = host.WithLabel(absl::StrCat("_", protocol));
  return name.ok() ? name->WithLabel(absl::StrCat("_", port)) : name;
}

}  // namespace danebound
