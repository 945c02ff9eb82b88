#include "stub/serve/json/json_request.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "stub/serve/operator/destination.h"

namespace danebound {
namespace {

using Json = nlohmann::json;

absl::Status WrongValue(absl::string_view key, absl::string_view wanted) {
  return absl::InvalidArgumentError(absl::StrCat(key, " must be ", wanted));
}

// What an object says, before the next hop is parsed.
struct Words {
  std::string domain;
  uint16_t port = kSmtpPort;
  JsonRequest request;
};

absl::Status ReadPort(const Json& value, Words* words) {
  if (!value.is_number_unsigned() || value.get<uint64_t>() < 1 ||
      value.get<uint64_t>() > 65535) {
    return WrongValue("port", "a number from 1 to 65535");
  }
  words->port = value.get<uint16_t>();
  return absl::OkStatus();
}

absl::Status ReadInsecureMx(const Json& value, Words* words) {
  if (value.is_string()) {
    words->request.insecure_mx = InsecureMxOf(value.get<std::string>());
  }
  return words->request.insecure_mx.has_value()
             ? absl::OkStatus()
             : WrongValue("insecure_mx",
                          "\"opportunistic\", \"encrypt\" or \"authenticate\"");
}

absl::Status ReadKey(const std::string& key, const Json& value, Words* words) {
  if (key == "domain") {
    if (!value.is_string()) return WrongValue(key, "a string");
    words->domain = value.get<std::string>();
    return absl::OkStatus();
  }
  if (key == "require") {
    if (!value.is_boolean()) return WrongValue(key, "true or false");
    words->request.require = value.get<bool>();
    return absl::OkStatus();
  }
  if (key == "port") return ReadPort(value, words);
  if (key == "insecure_mx") return ReadInsecureMx(value, words);
  return absl::InvalidArgumentError("unknown key in a JSON request");
}

absl::Status ReadObject(absl::string_view line, Words* words) {
  const Json json = Json::parse(line.begin(), line.end(), nullptr,
                                /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return absl::InvalidArgumentError("no JSON object");
  }
  for (const auto& [key, value] : json.items()) {
    const absl::Status status = ReadKey(key, value, words);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<absl::optional<std::vector<std::string>>> ParseWatchRequest(
    absl::string_view line) {
  if (!absl::StartsWith(line, "{")) return absl::nullopt;
  const Json json = Json::parse(line.begin(), line.end(), nullptr,
                                /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("watch")) return absl::nullopt;
  const Json& watch = json["watch"];
  const bool strings =
      watch.is_array() &&
      std::all_of(watch.begin(), watch.end(),
                  [](const Json& each) { return each.is_string(); });
  if (!strings) return WrongValue("watch", "an array of strings");
  if (json.size() > 1) {
    return absl::InvalidArgumentError("watch goes with no other key");
  }
  return watch.get<std::vector<std::string>>();
}

absl::StatusOr<absl::optional<std::string>> TakeLine(absl::string_view* octets,
                                                     bool at_end) {
  while (!octets->empty()) {
    const size_t end = octets->find('\n');
    const bool whole = end != absl::string_view::npos;
    const absl::string_view line = octets->substr(0, end);
    if (line.size() > kLongestJsonLine) {
      return absl::OutOfRangeError(
          absl::StrCat("a line is longer than ", kLongestJsonLine, " octets"));
    }
    if (!whole && !at_end) return absl::nullopt;
    octets->remove_prefix(whole ? end + 1 : octets->size());
    const absl::string_view stripped = absl::StripAsciiWhitespace(line);
    if (!stripped.empty()) return std::string(stripped);
  }
  return absl::nullopt;
}

absl::StatusOr<JsonRequest> ParseJsonRequest(absl::string_view line) {
  Words words;
  if (absl::StartsWith(line, "{")) {
    const absl::Status status = ReadObject(line, &words);
    if (!status.ok()) return status;
  } else {
    words.domain = std::string(line);
  }
  absl::StatusOr<NextHop> next_hop = ParseNextHop(words.domain, words.port);
  if (!next_hop.ok()) return next_hop.status();
  words.request.next_hop = *std::move(next_hop);
  return words.request;
}

}  // namespace danebound
