#include "stub/rollover/memory_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "stub/dane/tlsa.h"
#include "stub/dane/tlsa_text.h"

namespace danebound {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;

absl::Status Failure(const std::string& path) {
  return absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(errno)));
}

Json ToJson(const RolloverMemory& memory) {
  Json next = Json::array();
  for (const std::string& rdata : memory.next) {
    next.push_back(ToText(JudgeTlsa({rdata})[0]));
  }
  return {{"next", next},
          {"since", memory.since ? Json(*memory.since) : Json(nullptr)},
          {"hold", memory.hold},
          {"hold_seen", memory.hold_seen}};
}

std::string ToText(const std::map<std::string, RolloverMemory>& owners) {
  Json json = {{"version", kVersion}, {"owners", Json::object()}};
  for (const auto& [owner, memory] : owners) {
    json["owners"][owner] = ToJson(memory);
  }
  return json.dump(2) + "\n";
}

// Throws what the JSON library throws for keys that are missing or of another
// type.
absl::StatusOr<RolloverMemory> ParseOwner(const Json& json) {
  RolloverMemory memory;
  for (const Json& text : json.at("next")) {
    const auto records = ReadTlsaRecords(text.get<std::string>());
    if (!records.ok()) return records.status();
    for (const TlsaText& record : *records) memory.next.insert(record.rdata);
  }
  const Json& since = json.at("since");
  if (!since.is_null()) memory.since = since.get<int64_t>();
  memory.hold = json.at("hold").get<uint32_t>();
  memory.hold_seen = json.at("hold_seen").get<int64_t>();
  return memory;
}

absl::StatusOr<std::map<std::string, RolloverMemory>> Parse(
    const std::string& text) {
  std::map<std::string, RolloverMemory> owners;
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

absl::Status WriteAll(int descriptor, const std::string& text) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t written =
        write(descriptor, text.data() + done, text.size() - done);
    if (written < 0 && errno != EINTR) return absl::UnavailableError("");
    if (written > 0) done += static_cast<size_t>(written);
  }
  return fsync(descriptor) == 0 ? absl::OkStatus() : absl::UnavailableError("");
}

absl::Status WriteNew(const std::string& path, const std::string& text) {
  const int descriptor =
      open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return Failure(path);
  absl::Status status = WriteAll(descriptor, text);
  if (!status.ok()) status = Failure(path);
  close(descriptor);
  return status;
}

// The text of a file; nullopt where there is none.
absl::StatusOr<absl::optional<std::string>> TextOf(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file && errno == ENOENT) {
    return absl::optional<std::string>();
  }
  if (!file) return Failure(path);
  std::stringstream text;
  text << file.rdbuf();
  return absl::optional<std::string>(text.str());
}

}  // namespace

absl::StatusOr<MemoryFile> MemoryFile::Open(const std::string& path) {
  MemoryFile file(path);
  const std::string lock = path + ".lock";
  file.lock_ = Lock(std::fopen(lock.c_str(), "ae"));
  if (file.lock_ == nullptr || flock(fileno(file.lock_.get()), LOCK_EX) != 0) {
    return Failure(lock);
  }
  const auto text = TextOf(path);
  if (!text.ok()) return text.status();
  if (!*text) return file;
  auto owners = Parse(**text);
  if (!owners.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": no state of danebound rollover: ", owners.status().message(),
        ". Move it away, and the waiting begins anew"));
  }
  file.owners_ = *std::move(owners);
  return file;
}

absl::Status MemoryFile::Save() const {
  const std::string fresh = path_ + ".new";
  absl::Status status = WriteNew(fresh, ToText(owners_));
  if (!status.ok()) return status;
  return std::rename(fresh.c_str(), path_.c_str()) == 0 ? absl::OkStatus()
                                                        : Failure(path_);
}

}  // namespace danebound
