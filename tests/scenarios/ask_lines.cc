#include "tests/scenarios/ask_lines.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "stub/dane/reason.h"
#include "tests/scenarios/words.h"

namespace danebound::scenario {
namespace {

absl::Status TakeOption(const Line& line, const std::string& option, Ask& ask) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(option, absl::MaxSplits('=', 1));
  if (option == "require") {
    ask.choices.require = true;
  } else if (parts.first == "insecure-mx") {
    absl::StatusOr<InsecureMx> choice =
        ParseEnum(line, parts.second, InsecureMx::kAuthenticate);
    if (!choice.ok()) return choice.status();
    ask.choices.insecure_mx = *choice;
  } else if (parts.first == "own-name") {
    absl::StatusOr<Name> name = Name::ParseText(parts.second);
    if (!name.ok()) return line.Wrong(name.status().message());
    ask.choices.own_names.push_back(*name);
  } else {
    return line.Wrong(absl::StrCat("unknown option \"", option,
                                   "\", not one of require, "
                                   "insecure-mx=CHOICE, own-name=NAME"));
  }
  return absl::OkStatus();
}

bool IsReasonId(absl::string_view text) {
  for (int id = 1; id < 256; ++id) {
    if (text == ToText(static_cast<ReasonId>(id))) return true;
  }
  return false;
}

absl::Status TakeName(const Line& line, Name& name) {
  absl::StatusOr<Name> parsed = Name::ParseText(line.words[1]);
  if (!parsed.ok()) return line.Wrong(parsed.status().message());
  name = *parsed;
  return absl::OkStatus();
}

absl::Status TakeLife(const Line& line, absl::optional<int64_t>& life) {
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(line.words[1], &seconds) || seconds < 0) {
    return line.Wrong("a life is a number of seconds");
  }
  life = seconds;
  return absl::OkStatus();
}

absl::Status TakeReasons(const Line& line, std::vector<std::string>& reasons) {
  reasons.assign(line.words.begin() + 1, line.words.end());
  for (const std::string& reason : reasons) {
    if (!IsReasonId(reason)) {
      return line.Wrong(absl::StrCat("unknown reason \"", reason,
                                     "\": stub/dane/reason.h lists them"));
    }
  }
  return absl::OkStatus();
}

absl::Status TakeUnasked(const Line& line, Ask& ask) {
  absl::Status enough = NeedWords(line, 3, "unasked NAME TYPE");
  if (!enough.ok()) return enough;
  absl::StatusOr<Name> name = Name::ParseText(line.words[1]);
  if (!name.ok()) return line.Wrong(name.status().message());
  const uint16_t type = ParseType(line.words[2]);
  if (type == 0) return line.Wrong("unknown type");
  ask.unasked.push_back({*name, static_cast<RrType>(type)});
  return absl::OkStatus();
}

absl::Status TakeHost(const Line& line, std::vector<ExpectedHost>& hosts) {
  absl::Status enough = NeedWords(
      line, 4, "host PREFERENCE NAME DUTY [CAUSE temporary|permanent]");
  if (!enough.ok()) return enough;
  ExpectedHost host;
  uint32_t preference = 0;
  if (!absl::SimpleAtoi(line.words[1], &preference) || preference > 65535) {
    return line.Wrong("the preference is a number from 0 to 65535");
  }
  host.preference = static_cast<uint16_t>(preference);
  absl::StatusOr<Name> name = Name::ParseText(line.words[2]);
  if (!name.ok()) return line.Wrong(name.status().message());
  host.name = host.expanded = *name;
  absl::StatusOr<Duty> duty =
      ParseEnum(line, line.words[3], Duty::kOpportunistic);
  if (!duty.ok()) return duty.status();
  host.duty = *duty;
  const bool skipped = host.duty == Duty::kSkip;
  if (line.words.size() != (skipped ? 6 : 4)) {
    return line.Wrong("CAUSE and temporary or permanent belong to duty skip");
  }
  if (skipped) {
    absl::StatusOr<Cause> cause =
        ParseEnum(line, line.words[4], Cause::kDaneRequired);
    if (!cause.ok()) return cause.status();
    host.cause = *cause;
    host.permanent = line.words[5] == "permanent";
    if (!host.permanent && line.words[5] != "temporary") {
      return line.Wrong("a skip is temporary or permanent");
    }
  }
  hosts.push_back(std::move(host));
  return absl::OkStatus();
}

absl::Status TakeAddress(const Line& line, ExpectedHost& host) {
  absl::Status enough = NeedWords(line, 3, "address ADDRESS SECURITY");
  if (!enough.ok()) return enough;
  absl::StatusOr<Address> address = Address::ParseText(line.words[1]);
  if (!address.ok()) return line.Wrong(address.status().message());
  absl::StatusOr<Security> security =
      ParseEnum(line, line.words[2], Security::kSecure);
  if (!security.ok()) return security.status();
  host.addresses.push_back({*address, *security});
  return absl::OkStatus();
}

absl::Status TakeTlsa(const Line& line, const Blobs& blobs,
                      ExpectedHost& host) {
  const std::vector<std::string> words(line.words.begin() + 1,
                                       line.words.end() - 1);
  absl::StatusOr<std::string> rdata = ParseTlsaWords(words, blobs);
  if (!rdata.ok()) return line.Wrong(rdata.status().message());
  host.tlsa.push_back({*std::move(rdata), line.words.back()});
  return absl::OkStatus();
}

absl::Status TakeVerdictDetail(const Line& line, Expectation& expectation) {
  const std::string& word = line.words[0];
  if (word == "expanded") return TakeName(line, expectation.expanded);
  if (word == "life") return TakeLife(line, expectation.life);
  if (word == "reasons") return TakeReasons(line, expectation.reasons);
  return line.Wrong(absl::StrCat("unknown word \"", word,
                                 "\", not one of expanded, life, reasons, "
                                 "unasked, host"));
}

absl::Status TakeHostDetail(const Line& line, const Blobs& blobs,
                            ExpectedHost& host) {
  const std::string& word = line.words[0];
  if (word == "expanded") return TakeName(line, host.expanded);
  if (word == "base") {
    host.base_domain.emplace();
    return TakeName(line, *host.base_domain);
  }
  if (word == "life") return TakeLife(line, host.life);
  if (word == "reasons") return TakeReasons(line, host.reasons);
  if (word == "address") return TakeAddress(line, host);
  if (word == "tlsa") return TakeTlsa(line, blobs, host);
  if (word == "names") {
    host.names.assign(line.words.begin() + 1, line.words.end());
    return absl::OkStatus();
  }
  return line.Wrong(absl::StrCat("unknown word \"", word,
                                 "\", not one of expanded, address, base, "
                                 "tlsa, names, life, reasons, unasked, host"));
}

}  // namespace

absl::StatusOr<Ask> ParseAsk(const Line& line) {
  absl::Status enough = NeedWords(line, 2, "ask NEXT-HOP [OPTION]...");
  if (!enough.ok()) return enough;
  Ask ask;
  ask.line = line.number;
  ask.text = line.Rest(1);
  absl::StatusOr<NextHop> next_hop = ParseNextHop(line.words[1]);
  if (!next_hop.ok()) return line.Wrong(next_hop.status().message());
  ask.next_hop = *next_hop;
  ask.expectation.expanded = next_hop->name;
  for (size_t i = 2; i < line.words.size(); ++i) {
    absl::Status status = TakeOption(line, line.words[i], ask);
    if (!status.ok()) return status;
  }
  return ask;
}

absl::Status TakeExpect(const Line& line, Ask& ask) {
  absl::Status enough =
      NeedWords(line, 4,
                "expect KIND SECURITY DISPOSITION [STATUS-CODE] [insecure-mx] "
                "[truncated]");
  if (!enough.ok()) return enough;
  absl::StatusOr<Kind> kind = ParseEnum(line, line.words[1], Kind::kAddress);
  absl::StatusOr<Security> security =
      ParseEnum(line, line.words[2], Security::kSecure);
  absl::StatusOr<Disposition> disposition =
      ParseEnum(line, line.words[3], Disposition::kUndeliverable);
  if (!kind.ok()) return kind.status();
  if (!security.ok()) return security.status();
  if (!disposition.ok()) return disposition.status();
  ask.expectation.kind = *kind;
  ask.expectation.security = *security;
  ask.expectation.disposition = *disposition;
  for (size_t i = 4; i < line.words.size(); ++i) {
    const std::string& word = line.words[i];
    if (word == "insecure-mx") {
      ask.expectation.insecure_mx = true;
    } else if (word == "truncated") {
      ask.expectation.truncated = true;
    } else {
      ask.expectation.dsn = word;
    }
  }
  return absl::OkStatus();
}

absl::Status TakeDetail(const Line& line, const Blobs& blobs, Ask& ask) {
  absl::Status enough = NeedWords(line, 2, "WORD VALUE...");
  if (!enough.ok()) return enough;
  std::vector<ExpectedHost>& hosts = ask.expectation.hosts;
  if (line.words[0] == "host") return TakeHost(line, hosts);
  if (line.words[0] == "unasked") return TakeUnasked(line, ask);
  if (hosts.empty()) return TakeVerdictDetail(line, ask.expectation);
  return TakeHostDetail(line, blobs, hosts.back());
}

}  // namespace danebound::scenario
