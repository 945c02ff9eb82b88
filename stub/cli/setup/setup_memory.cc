#include "stub/cli/setup/setup_memory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "stub/cli/read_file.h"
#include "stub/system/replace_file.h"

namespace danebound {

const char* const kSetupMemory = "/var/lib/danebound/setup-postfix.json";

namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr size_t kMostOctets = size_t{1} << 20;

Json ToJson(const absl::optional<std::string>& text) {
  return text.has_value() ? Json(*text) : Json(nullptr);
}

absl::optional<std::string> TextIn(const Json& json) {
  if (json.is_null()) return absl::nullopt;
  return json.get<std::string>();
}

Json ToJson(const SetupMemory& memory) {
  Json main_cf = Json::array();
  for (const PostfixChange& change : memory.main_cf) {
    main_cf.push_back({{"name", change.name},
                       {"old", ToJson(change.old_value)},
                       {"new", change.new_value}});
  }
  Json files = Json::array();
  for (const FileChange& change : memory.files) {
    files.push_back({{"path", change.path},
                     {"old", ToJson(change.old_text)},
                     {"new", change.new_text}});
  }
  return {{"version", kVersion},
          {"folder", memory.folder},
          {"main_cf", main_cf},
          {"files", files},
          {"socket", memory.socket}};
}

SetupMemory MemoryIn(const Json& json) {
  SetupMemory memory;
  memory.folder = json.at("folder").get<std::string>();
  for (const Json& change : json.at("main_cf")) {
    memory.main_cf.push_back({change.at("name").get<std::string>(),
                              TextIn(change.at("old")),
                              change.at("new").get<std::string>()});
  }
  for (const Json& change : json.at("files")) {
    memory.files.push_back({change.at("path").get<std::string>(),
                            TextIn(change.at("old")),
                            change.at("new").get<std::string>()});
  }
  memory.socket = json.at("socket").get<bool>();
  return memory;
}

}  // namespace

void Remember(SetupMemory& memory, const PostfixChange& change) {
  for (PostfixChange& known : memory.main_cf) {
    if (known.name != change.name) continue;
    if (change.old_value != known.new_value) known.old_value = change.old_value;
    known.new_value = change.new_value;
    return;
  }
  memory.main_cf.push_back(change);
}

void Remember(SetupMemory& memory, const FileChange& change) {
  for (FileChange& known : memory.files) {
    if (known.path != change.path) continue;
    if (change.old_text != known.new_text) known.old_text = change.old_text;
    known.new_text = change.new_text;
    return;
  }
  memory.files.push_back(change);
}

absl::StatusOr<Descriptor> LockSetup(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(),
                                      error);
  const std::string lock = absl::StrCat(path, ".lock");
  Descriptor fd(open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (fd.is_open() && flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (fd.is_open() && errno == EWOULDBLOCK) {
    return absl::UnavailableError("another danebound setup is at work");
  }
  return absl::UnavailableError(absl::StrCat(lock, ": ", std::strerror(errno)));
}

absl::StatusOr<SetupMemory> ReadSetupMemory(const std::string& path) {
  if (access(path.c_str(), F_OK) != 0 && errno == ENOENT) {
    return absl::NotFoundError(absl::StrCat(path, " is not there"));
  }
  const absl::StatusOr<std::string> text = ReadFile(path, kMostOctets);
  if (!text.ok()) return text.status();
  try {
    const Json json = Json::parse(*text);
    if (json.at("version").get<int>() == kVersion) return MemoryIn(json);
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": it is of a later version of danebound"));
  } catch (const Json::exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": no file of `danebound setup`: ", error.what()));
  }
}

absl::Status SaveSetupMemory(const std::string& path,
                             const SetupMemory& memory) {
  try {
    return ReplaceFile(path, absl::StrCat(ToJson(memory).dump(2), "\n"), 0600);
  } catch (const Json::exception&) {
    return absl::UnavailableError(
        absl::StrCat(path, ": what stood there before is no UTF-8"));
  }
}

}  // namespace danebound
