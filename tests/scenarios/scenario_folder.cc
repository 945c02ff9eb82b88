// Reads scenario files from a folder.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "stub/dane/hex.h"
#include "tests/scenarios/scenario.h"
#include "tests/scenarios/zone_records.h"

namespace danebound::scenario {
namespace {

namespace fs = std::filesystem;

absl::StatusOr<std::string> ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return absl::NotFoundError("cannot read " + path.string());
  return text;
}

absl::StatusOr<Blobs> ReadBlobs(const fs::path& folder) {
  Blobs blobs;
  std::error_code error;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".hex") continue;
    absl::StatusOr<std::string> hex = ReadFile(entry.path());
    if (!hex.ok()) return hex.status();
    blobs[entry.path().stem()] = ParseHex(
        absl::StrJoin(absl::StrSplit(*hex, '\n', absl::SkipEmpty()), ""));
  }
  return blobs;
}

std::vector<fs::path> ScenarioPaths(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".scenario") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

absl::StatusOr<Scenario> ReadScenario(const fs::path& path,
                                      const Blobs& blobs) {
  absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  absl::StatusOr<Scenario> scenario =
      ParseScenario(path.filename().string(), *text, blobs);
  if (scenario.ok()) scenario->name = path.stem();
  return scenario;
}

}  // namespace

absl::StatusOr<std::vector<Scenario>> ReadScenarios(const std::string& folder) {
  absl::StatusOr<Blobs> blobs = ReadBlobs(fs::path(folder) / "data");
  if (!blobs.ok()) return blobs.status();
  absl::StatusOr<Scenario> shared =
      ReadScenario(fs::path(folder) / "shared.zones", *blobs);
  if (!shared.ok()) return shared.status();
  std::vector<Scenario> scenarios;
  for (const fs::path& path : ScenarioPaths(folder)) {
    absl::StatusOr<Scenario> scenario = ReadScenario(path, *blobs);
    if (!scenario.ok()) return scenario.status();
    scenario->zones.insert(scenario->zones.begin(), shared->zones.begin(),
                           shared->zones.end());
    scenarios.push_back(*std::move(scenario));
  }
  if (scenarios.empty()) {
    return absl::NotFoundError("no *.scenario file in " + folder);
  }
  return scenarios;
}

}  // namespace danebound::scenario
