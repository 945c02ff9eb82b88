#include "stub/cli/validator.h"

#include <memory>
#include <mutex>
#include <utility>

#include "absl/time/time.h"
#include "stub/embedded/embedded.h"

namespace danebound {
namespace {

// How much longer than one reply an answer may take that has to be found from
// the root down.
constexpr int kWaysDown = 5;

struct Shared {
  std::unique_ptr<Embedded> resolver;
  std::mutex mutex;
};

}  // namespace

absl::StatusOr<std::function<Answer(const Question&)>> ValidatorOf(
    const std::string& unbound_conf, const AuthorityOptions& options) {
  EmbeddedOptions embedded;
  embedded.unbound_conf = unbound_conf;
  embedded.forwarders = options.resolvers;
  auto resolver = Embedded::New(embedded);
  if (!resolver.ok()) return resolver.status();
  const auto shared = std::make_shared<Shared>();
  shared->resolver = *std::move(resolver);
  const absl::Duration timeout = kWaysDown * options.timeout;
  return std::function<Answer(const Question&)>(
      [shared, timeout](const Question& question) {
        const std::lock_guard<std::mutex> lock(shared->mutex);
        return shared->resolver->Ask(question, timeout);
      });
}

}  // namespace danebound
