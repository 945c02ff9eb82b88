#include "stub/cli/examples.h"

#include <map>

namespace danebound {
namespace {

using Examples = std::map<std::string, std::vector<std::string>>;

const Examples& AllExamples() {
  static const Examples examples = {
      {"", {"danebound lookup example.org", "danebound help check"}},
      {"lookup",
       {"danebound lookup example.org",
        "danebound lookup --json --unordered --file domains.txt"}},
      {"stats", {"danebound stats", "danebound stats --json"}},
      {"flush", {"danebound flush example.org", "danebound flush --all"}},
      {"self-test", {"danebound self-test", "danebound self-test --mta"}},
      {"check",
       {"danebound check --advise example.org",
        "danebound check --nagios example.org"}},
      {"tlsa",
       {"danebound tlsa create --host mx.example.org cert.pem",
        "danebound tlsa create --from mx.example.org:465"}},
      {"tlsa create",
       {"danebound tlsa create --host mx.example.org cert.pem",
        "danebound tlsa create --from mx.example.org:465"}},
      {"rollover",
       {"danebound rollover mx.example.org --current now.pem --next next.pem",
        "danebound rollover mx.example.org --current now.pem --nagios"}},
      {"rollover prepare",
       {"danebound rollover prepare mx.example.org --key next.key",
        "danebound rollover prepare mx.example.org --key n.key --csr n.csr"}},
      {"verify",
       {"danebound verify --chain chain.pem --name mx.example.org \\\n"
        "    --tlsa-file example.org.zone",
        "danebound verify --json --chain chain.pem --name mx.example.org \\\n"
        "    --tlsa-file example.org.zone --time 2026-12-31"}},
      {"serve",
       {"danebound serve --check-config",
        "danebound serve --config /etc/danebound/serve.conf"}},
      {"log-summary",
       {"journalctl -u danebound-serve -o short-iso | danebound log-summary",
        "danebound log-summary --since 7d --mail-log /var/log/mail.log "
        "serve.log"}},
      {"opensmtpd-table",
       {"danebound opensmtpd-table", "danebound opensmtpd-table --timeout 2"}},
      {"setup", {"danebound setup postfix --check", "danebound setup exim"}},
      {"setup postfix",
       {"danebound setup postfix --check", "danebound setup postfix --audit"}},
      {"setup exim",
       {"danebound setup exim",
        "danebound setup exim --check --known example.org"}},
      {"setup sendmail",
       {"danebound setup sendmail --relay relay.example.org",
        "danebound setup sendmail --check"}},
      {"setup opensmtpd",
       {"danebound setup opensmtpd --relay relay.example.org",
        "danebound setup opensmtpd --check"}},
      {"completion",
       {"danebound completion bash > /etc/bash_completion.d/danebound",
        "danebound completion fish | source"}},
      {"help", {"danebound help lookup", "danebound help tlsa create"}},
  };
  return examples;
}

}  // namespace

std::vector<std::string> ExamplesOf(const std::string& command) {
  const auto found = AllExamples().find(command);
  return found == AllExamples().end() ? std::vector<std::string>()
                                      : found->second;
}

}  // namespace danebound
