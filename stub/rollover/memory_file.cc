#include "stub/rollover/memory_file.h"

#include <sys/file.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "stub/dane/tlsa.h"
#include "stub/dane/tlsa_text.h"
#include "stub/system/read_file.h"
#include "stub/system/replace_file.h"

namespace danebound {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr size_t kParameterOctets = 3;
constexpr size_t kMostOctets = 64 << 20;

absl::Status Failure(const std::string& path) {
  return absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(errno)));
}

// The generic form holds whatever a server shows. RFC 3597 5.
std::string RecordText(const std::string& rdata) {
  return rdata.size() <= kParameterOctets ? ToGenericText(rdata)
                                          : ToText(JudgeTlsa({rdata})[0]);
}

Json RecordsJson(const std::set<std::string>& records) {
  Json json = Json::array();
  for (const std::string& rdata : records) json.push_back(RecordText(rdata));
  return json;
}

Json TimeJson(const absl::optional<int64_t>& time) {
  return time ? Json(*time) : Json(nullptr);
}

// What is kept of a host that danebound 0.1 asked for stays as it was.
bool HasHistory(const RolloverMemory& memory) {
  return memory.begun || !memory.shown.empty() || !memory.current.empty() ||
         !memory.replaced.empty();
}

Json ToJson(const RolloverMemory& memory) {
  Json json = {{"next", RecordsJson(memory.next)},
               {"since", TimeJson(memory.since)},
               {"hold", memory.hold},
               {"hold_seen", memory.hold_seen}};
  if (!HasHistory(memory)) return json;
  json["current"] = RecordsJson(memory.current);
  json["replaced"] = RecordsJson(memory.replaced);
  json["shown"] = Json::array();
  for (const ShownRecords& each : memory.shown) {
    json["shown"].push_back(
        {{"records", RecordsJson(each.rdata)}, {"gone", TimeJson(each.gone)}});
  }
  json["begun"] = TimeJson(memory.begun);
  return json;
}

std::string ToText(const RolloverMemories& owners) {
  Json json = {{"version", kVersion}, {"owners", Json::object()}};
  for (const auto& [owner, memory] : owners) {
    json["owners"][owner] = ToJson(memory);
  }
  return json.dump(2) + "\n";
}

// These throw what the JSON library throws for keys that are missing or of
// another type.

absl::StatusOr<std::set<std::string>> ParseRecords(const Json& json) {
  std::set<std::string> records;
  for (const Json& text : json) {
    const auto read = ReadTlsaRecords(text.get<std::string>());
    if (!read.ok()) return read.status();
    for (const TlsaText& record : *read) records.insert(record.rdata);
  }
  return records;
}

absl::optional<int64_t> ParseTime(const Json& json) {
  return json.is_null() ? absl::nullopt
                        : absl::optional<int64_t>(json.get<int64_t>());
}

// What files of danebound 0.1 do not have.
absl::Status ParseHistory(const Json& json, RolloverMemory& memory) {
  auto current = ParseRecords(json.at("current"));
  if (!current.ok()) return current.status();
  memory.current = *std::move(current);
  auto replaced = ParseRecords(json.at("replaced"));
  if (!replaced.ok()) return replaced.status();
  memory.replaced = *std::move(replaced);
  for (const Json& each : json.at("shown")) {
    auto records = ParseRecords(each.at("records"));
    if (!records.ok()) return records.status();
    memory.shown.push_back({*std::move(records), ParseTime(each.at("gone"))});
  }
  memory.begun = ParseTime(json.at("begun"));
  return absl::OkStatus();
}

absl::StatusOr<RolloverMemory> ParseOwner(const Json& json) {
  RolloverMemory memory;
  auto next = ParseRecords(json.at("next"));
  if (!next.ok()) return next.status();
  memory.next = *std::move(next);
  memory.since = ParseTime(json.at("since"));
  memory.hold = json.at("hold").get<uint32_t>();
  memory.hold_seen = json.at("hold_seen").get<int64_t>();
  if (json.contains("shown")) {
    absl::Status status = ParseHistory(json, memory);
    if (!status.ok()) return status;
  }
  return memory;
}

absl::StatusOr<RolloverMemories> Parse(const std::string& text) {
  RolloverMemories owners;
  try {
    const Json json = Json::parse(text);
    if (json.at("version") != kVersion) {
      return absl::InvalidArgumentError("of another version");
    }
    for (const auto& [owner, value] : json.at("owners").items()) {
      auto memory = ParseOwner(value);
      if (!memory.ok()) return memory.status();
      owners[owner] = *std::move(memory);
    }
  } catch (const Json::exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
  return owners;
}

}  // namespace

absl::StatusOr<RolloverMemories> ReadMemories(const std::string& path) {
  const auto text = ReadRegularFile(path, kMostOctets);
  if (!text.ok()) return text.status();
  auto owners = Parse(*text);
  if (owners.ok()) return owners;
  return absl::InvalidArgumentError(absl::StrCat(
      path, ": no state of danebound rollover: ", owners.status().message()));
}

absl::StatusOr<MemoryFile> MemoryFile::Open(const std::string& path) {
  MemoryFile file(path);
  std::error_code ignored;  // the lock file says it
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(),
                                      ignored);
  const std::string lock = path + ".lock";
  file.lock_ = Lock(std::fopen(lock.c_str(), "ae"));
  if (file.lock_ == nullptr || flock(fileno(file.lock_.get()), LOCK_EX) != 0) {
    return Failure(lock);
  }
  auto owners = ReadMemories(path);
  if (owners.ok()) {
    file.owners_ = *std::move(owners);
    return file;
  }
  if (absl::IsNotFound(owners.status())) return file;
  if (!absl::IsInvalidArgument(owners.status())) return owners.status();
  return absl::InvalidArgumentError(
      absl::StrCat(owners.status().message(),
                   ". Move it away, and the waiting begins anew"));
}

absl::Status MemoryFile::Save() const {
  return ReplaceFile(path_, ToText(owners_), 0644);
}

}  // namespace danebound
