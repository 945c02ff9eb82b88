// The command line of `danebound` as values.
#ifndef DANEBOUND_STUB_CLI_ARGUMENTS_H_
#define DANEBOUND_STUB_CLI_ARGUMENTS_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "stub/client/options.h"
#include "stub/dane/next_hop.h"

namespace danebound {

// Who answers: the module behind a socket, or libunbound in this process.
struct Resolver {
  bool embedded = false;
  std::string unbound_conf;  // embedded only; empty: the Internet's root
  std::string socket_path = std::string(kDefaultSocketPath);  // not embedded
};

struct LookupArguments {
  Resolver resolver;
  // As typed; a "-" among them stands for the lines of standard input.
  std::vector<std::string> domains;
  uint16_t port = kSmtpPort;
  LookupOptions options;
  bool json = false;
};

struct StatsArguments {
  Resolver resolver;
  absl::Duration timeout;
  bool json = false;
};

struct FlushArguments {
  Resolver resolver;
  std::vector<std::string> domains;
  bool all = false;
  uint16_t port = kSmtpPort;
  absl::Duration timeout;
  bool json = false;
};

struct SelfTestArguments {
  Resolver resolver;
  absl::Duration timeout;
  bool json = false;
};

// The command line said all: the program ends with this exit code.
struct Exit {
  int code = 0;
};

using Arguments = std::variant<LookupArguments, StatsArguments, FlushArguments,
                               SelfTestArguments, Exit>;

// Parses the command line. Help, the version, and what is wrong are printed
// here; the environment's DANEBOUND_SOCKET stands in for --socket.
Arguments ParseArguments(int argc, char** argv);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_ARGUMENTS_H_
