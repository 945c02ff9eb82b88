#include "stub/cli/self_test_command.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "stub/cli/forms/words.h"
#include "stub/cli/options.h"
#include "stub/cli/resolver.h"
#include "stub/cli/socket_access.h"
#include "stub/client/client.h"
#include "stub/client/version.h"
#include "stub/embedded/embedded.h"
#include "stub/json/verdict_json.h"
#include "stub/mta/postfix.h"
#include "stub/mta/resolver_path.h"
#include "stub/system/module_settings.h"
#include "stub/system/packaged_unbound.h"
#include "stub/system/printable.h"

namespace danebound {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSystemResolvConf = "/etc/resolv.conf";
constexpr size_t kLabelWidth = 9;
constexpr size_t kTextWidth = 69;

struct SelfTestArguments {
  Resolver resolver;
  absl::Duration timeout;
  bool mta = false;
  std::string postfix_folder;
  bool check_config = false;
  std::string module_settings;
  bool json = false;
};

absl::string_view ToText(SelfTestCheck::Result result) {
  switch (result) {
    case SelfTestCheck::Result::kPassed:
      return "passed";
    case SelfTestCheck::Result::kWarning:
      return "warning";
    case SelfTestCheck::Result::kFailed:
      return "failed";
  }
  return "failed";
}

absl::StatusOr<SelfTest> TestEmbedded(const SelfTestArguments& arguments) {
  auto embedded = Embedded::New(EmbeddedOptionsFor(arguments.resolver));
  if (!embedded.ok()) return embedded.status();
  return SelfTest{absl::StrCat("danebound ", Version(), ", embedded"),
                  (*embedded)->SelfTest(arguments.timeout)};
}

// Postfix where it is installed, else what every mail server goes by.
absl::StatusOr<SelfTest> TestMta(const SelfTestArguments& arguments) {
  const auto settings = ReadPostfixSettings(arguments.postfix_folder);
  if (settings.ok()) return TestPostfix(*settings, arguments.timeout);
  const bool wanted = !arguments.postfix_folder.empty();
  if (wanted || !absl::IsNotFound(settings.status())) return settings.status();
  return SelfTest{"a mail server without settings known here",
                  CheckResolverPath(kSystemResolvConf, TrustedResolvers(),
                                    arguments.timeout)};
}

absl::StatusOr<SelfTest> Test(const SelfTestArguments& arguments) {
  if (arguments.mta) return TestMta(arguments);
  if (arguments.resolver.embedded) return TestEmbedded(arguments);
  return TestModule(arguments.resolver, arguments.timeout);
}

void Print(const SelfTest& test) {
  std::cout << Printable(test.who) << "\n";
  for (const SelfTestCheck& check : test.checks) {
    std::string label(ToText(check.result));
    label =
        absl::StrCat("  ", label, std::string(kLabelWidth - label.size(), ' '));
    const std::string text =
        Printable(absl::StrCat(check.name, ": ", check.text));
    for (const std::string& line : Wrap(text, kTextWidth)) {
      std::cout << label << line << "\n";
      label = std::string(label.size(), ' ');
    }
  }
}

Json ToJson(const SelfTest& test) {
  Json checks = Json::array();
  for (const SelfTestCheck& check : test.checks) {
    checks.push_back({{"name", check.name},
                      {"result", std::string(ToText(check.result))},
                      {"text", check.text}});
  }
  return {{"resolver", test.who}, {"checks", checks}};
}

// Debian's security updates do not reach the Unbound that has the module.
SelfTestCheck CheckPackage(const PackagedUnbound& packaged) {
  SelfTestCheck check;
  check.name = "package";
  check.result = packaged.is_older ? SelfTestCheck::Result::kWarning
                                   : SelfTestCheck::Result::kPassed;
  check.text = absl::StrCat(
      "built from Unbound ", packaged.ours,
      packaged.is_older ? ", and Debian's is " : "; Debian's is ",
      packaged.debians,
      packaged.is_older ? " by now: what that mends is lacking. On the build "
                          "machine: ./bootstrap deb --refresh, then upgrade "
                          "danebound-unbound"
                        : "");
  return check;
}

// What the module would make of its settings file.
ExitCode CheckModuleSettings(ModuleSettingsPath path) {
  ModuleSettings settings;
  const absl::Status read = ReadModuleSettings(path.path, &settings);
  for (const std::string& note : settings.notes) {
    std::cerr << "danebound: " << Printable(note) << "\n";
  }
  if (read.ok()) {
    std::cout << Printable(path.path) << ": good\n";
    return ExitCode::kSuccess;
  }
  const std::string what = PrintableLines(absl::string_view(read.message()));
  if (absl::IsNotFound(read) && path.is_default) {
    std::cout << what << ": the defaults hold, or what a running module has\n";
    return ExitCode::kSuccess;
  }
  std::cerr << "danebound: " << what << "\n";
  return ExitCode::kUsage;
}

ExitCode RunSelfTest(const SelfTestArguments& arguments) {
  if (arguments.check_config) {
    return CheckModuleSettings(
        arguments.module_settings.empty()
            ? FindModuleSettings()
            : ModuleSettingsPath{arguments.module_settings, false});
  }
  const absl::StatusOr<SelfTest> test = Test(arguments);
  if (!test.ok()) {
    const absl::string_view error = test.status().message();
    if (arguments.json) std::cout << ErrorLine(error) << "\n";
    std::cerr << "danebound: " << Printable(error) << "\n";
    return ExitCode::kNoVerdict;
  }
  if (arguments.json) {
    std::cout << ToLine(ToJson(*test)) << "\n";
  } else {
    Print(*test);
  }
  if (std::cout.flush()) {
    return Passed(*test) ? ExitCode::kSuccess : ExitCode::kNoVerdict;
  }
  std::cerr << "danebound: cannot write the output\n";
  return ExitCode::kUsage;
}

}  // namespace

absl::StatusOr<SelfTest> TestModule(const Resolver& resolver,
                                    absl::Duration timeout) {
  Client client = ClientFor(resolver);
  const absl::StatusOr<HelloReply> hello =
      client.Hello(absl::StrCat("danebound ", Version()), timeout);
  if (!hello.ok()) return SayWhoMayOpen(hello.status(), resolver.socket_path);
  absl::StatusOr<SelfTestReply> reply = client.SelfTest(timeout);
  if (!reply.ok()) return reply.status();
  const absl::optional<PackagedUnbound> packaged = ReadPackagedUnbound();
  if (packaged.has_value()) reply->checks.push_back(CheckPackage(*packaged));
  return SelfTest{absl::StrCat(hello->server, ", ", hello->resolver),
                  reply->checks};
}

SelfTest TestPostfix(const PostfixSettings& settings, absl::Duration timeout) {
  SelfTest test;
  test.who =
      absl::StrCat("Postfix ", settings.version, ", ", settings.folder,
                   IsChrooted(settings) ? ", smtp client in its chroot" : "");
  test.checks = CheckResolvConfs(settings, TrustedResolvers(), timeout);
  for (SelfTestCheck& check : CheckPostfix(settings)) {
    test.checks.push_back(std::move(check));
  }
  for (const PolicyMap& map : PolicyMapsOf(settings)) {
    test.checks.push_back(CheckPolicyMap(map, timeout));
  }
  return test;
}

bool Passed(const SelfTest& test) {
  return !test.checks.empty() &&
         std::none_of(test.checks.begin(), test.checks.end(),
                      [](const SelfTestCheck& check) {
                        return check.result == SelfTestCheck::Result::kFailed;
                      });
}

Command AddSelfTest(CLI::App& danebound) {
  auto arguments = std::make_shared<SelfTestArguments>();
  CLI::App* command = AddSubcommand(danebound, "self-test",
                                    "Say whether verdicts can be trusted here",
                                    kVerdictExitCodes);
  CLI::Option* mta = command->add_flag(
      "--mta", arguments->mta,
      "Instead: whether Postfix's own way to DNS and its settings bear DANE; "
      "without Postfix, /etc/resolv.conf alone");
  command
      ->add_option("--postfix-config", arguments->postfix_folder,
                   "With --mta: the folder of main.cf, default postconf's own")
      ->type_name("FOLDER")
      ->needs(mta);
  CLI::Option* check_config = command->add_flag(
      "--check-config", arguments->check_config,
      "Instead: read the module's settings, say what is wrong with them, and "
      "end");
  command
      ->add_option("--config", arguments->module_settings,
                   "With --check-config: the settings, default "
                   "$DANEBOUND_CONF, else /etc/danebound/module.conf")
      ->type_name("FILE")
      ->needs(check_config);
  check_config->excludes(mta);
  AddResolver(*command, arguments->resolver);
  AddTimeout(*command, arguments->timeout, 30);
  AddJson(*command, arguments->json);
  for (const char* other :
       {"--embedded", "--socket", "--unbound-conf", "--timeout", "--json"}) {
    check_config->excludes(command->get_option(other));
  }
  return {command,
          [arguments] { return static_cast<int>(RunSelfTest(*arguments)); }};
}

}  // namespace danebound
