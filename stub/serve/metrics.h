// What the daemon counts, in Prometheus' text form.
#ifndef DANEBOUND_STUB_SERVE_METRICS_H_
#define DANEBOUND_STUB_SERVE_METRICS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace danebound {

class Metrics {
 public:
  // Counts an answer.
  //
  //   answer  a word of a small set: it becomes a label.
  void CountAnswer(absl::string_view protocol, absl::string_view answer);

  // Counts a lookup of the module that took so long.
  void CountLookup(double seconds);

  // The whole page.
  //
  //   lookups_open  lookups that the module has not answered yet.
  std::string Text(size_t lookups_open) const;

 private:
  static constexpr std::array<double, 9> kBounds = {
      0.001, 0.005, 0.02, 0.1, 0.5, 1.0, 3.5, 10.0, 30.0};

  std::map<std::pair<std::string, std::string>, uint64_t> answers_;
  std::array<uint64_t, kBounds.size()> lookups_{};  // up to each bound
  uint64_t lookup_count_ = 0;
  double lookup_seconds_ = 0;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_METRICS_H_
