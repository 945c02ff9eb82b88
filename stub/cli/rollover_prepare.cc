#include "stub/cli/rollover_prepare.h"

#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "stub/cli/key_file.h"
#include "stub/cli/service_name.h"
#include "stub/dane/next_hop.h"
#include "stub/dane/tlsa.h"
#include "stub/openssl/association.h"
#include "stub/rollover/next_key.h"
#include "stub/system/printable.h"

namespace danebound {
namespace {

constexpr const char* kExitCodes =
    "Exit codes:\n"
    "  0  the key is there, and the records are printed\n"
    "  3  wrong arguments, or a file that can't be read or made. No file is "
    "ever\n     overwritten";
constexpr int kPrepared = 0;
constexpr int kNotPrepared = 3;

struct PrepareArguments {
  std::vector<std::string> hosts;
  std::string key;
  std::string request;
  std::vector<uint16_t> ports;
  bool rsa = false;
};

std::vector<ServiceName> ServicesOf(const PrepareArguments& arguments) {
  std::vector<ServiceName> services;
  for (const std::string& host : arguments.hosts) {
    auto service = ParseMailService(host);
    if (!service.ok()) {
      throw CLI::ValidationError("HOST",
                                 std::string(service.status().message()));
    }
    services.push_back(*std::move(service));
  }
  return services;
}

std::vector<uint16_t> PortsOf(const ServiceName& service,
                              const PrepareArguments& arguments) {
  if (service.port) return {*service.port};
  return arguments.ports.empty() ? std::vector<uint16_t>{kSmtpPort}
                                 : arguments.ports;
}

absl::Status PrintRecords(const std::vector<ServiceName>& services,
                          const EVP_PKEY& key,
                          const PrepareArguments& arguments) {
  const auto data = AssociationData(key, 1);
  if (!data.ok()) return data.status();
  const std::string record = ToText(JudgeTlsa({"\x03\x01\x01" + *data})[0]);
  for (const ServiceName& service : services) {
    for (const uint16_t port : PortsOf(service, arguments)) {
      const auto owner = TlsaOwner(service.host, port, "tcp");
      if (!owner.ok()) return owner.status();
      std::cout << owner->ToText() << ". IN TLSA " << record << "\n";
    }
  }
  return std::cout.flush() ? absl::OkStatus()
                           : absl::UnavailableError("cannot write the output");
}

absl::Status WriteRequest(const std::vector<ServiceName>& services,
                          EVP_PKEY& key, const std::string& file) {
  std::vector<std::string> names;
  for (const ServiceName& service : services) {
    names.push_back(service.host.ToText());
  }
  return MakeRequest(file, key, names);
}

absl::Status Prepare(const PrepareArguments& arguments) {
  const std::vector<ServiceName> services = ServicesOf(arguments);
  const auto next = TakeOrMakeKey(
      arguments.key, arguments.rsa ? NextKeyType::kRsa : NextKeyType::kEcdsa);
  if (!next.ok()) return next.status();
  if (!next->is_new) {
    std::cerr << "danebound: " << Printable(arguments.key)
              << ": is there already, and is what these records are of\n";
  }
  const std::string readers = WarningOfReaders(arguments.key);
  if (!readers.empty()) {
    std::cerr << "danebound: " << Printable(readers) << "\n";
  }
  if (!arguments.request.empty()) {
    absl::Status written =
        WriteRequest(services, *next->key, arguments.request);
    if (!written.ok()) return written;
  }
  return PrintRecords(services, *next->key, arguments);
}

int RunPrepare(const PrepareArguments& arguments) {
  const absl::Status status = Prepare(arguments);
  if (status.ok()) return kPrepared;
  std::cerr << "danebound: "
            << Printable(absl::string_view(status.message().data(),
                                           status.message().size()))
            << "\n";
  return kNotPrepared;
}

}  // namespace

Command AddRolloverPrepare(CLI::App& rollover) {
  auto arguments = std::make_shared<PrepareArguments>();
  CLI::App* command = AddSubcommand(
      rollover, "prepare", "Make the key of a change to come, and its records",
      kExitCodes);
  command
      ->add_option("HOST", arguments->hosts,
                   "The hosts that are to show it, \"mx.example.org\"")
      ->required();
  command
      ->add_option("--key", arguments->key,
                   "The file of the key, made with mode 0600; one that is "
                   "there is taken")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--csr", arguments->request,
                   "Make a certificate request of it too, for all hosts")
      ->type_name("FILE");
  command->add_flag("--rsa", arguments->rsa,
                    "An RSA key of 3072 bits, in place of ECDSA P-256");
  command
      ->add_option("--port", arguments->ports,
                   "The port, default 25; may be repeated")
      ->type_name("N")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->check(CLI::Range(1, 65535).description(""));
  return {command, [arguments] { return RunPrepare(*arguments); },
          kNotPrepared};
}

}  // namespace danebound
