#include "stub/client/client.h"

#include <poll.h>
#include <sys/random.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <map>
#include <utility>
#include <variant>

#include "stub/dane/conclude.h"

namespace danebound {
namespace {

// Lookups of one LookupAll that are open at a time, several connections' worth:
// domains with dead name servers keep theirs until the time is over.
constexpr size_t kParallelLookups = 4 * Session::kMostInFlight;

// A seed for shuffling, which spreads load and guards no secret.
uint32_t Seed() {
  uint32_t seed = 0;
  if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) == sizeof seed) return seed;
  return static_cast<uint32_t>(
      EventClient::Clock::now().time_since_epoch().count());
}

// Waits for the client's descriptor or its deadline. A signal ends the wait
// early, which does no harm: deadlines are points in time.
void Wait(const EventClient& client) {
  const auto deadline = client.NextDeadline();
  if (!deadline.has_value()) return;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(
      *deadline - EventClient::Clock::now());
  pollfd ready = {client.fd(), client.events(), 0};  // -1 is passed over
  poll(&ready, 1,
       static_cast<int>(std::clamp<int64_t>(left.count(), 0, INT_MAX)));
}

LookupRequest RequestFor(const NextHop& next_hop,
                         const LookupOptions& options) {
  LookupRequest request;
  request.next_hop = next_hop;
  request.freshness = options.freshness;
  return request;
}

}  // namespace

Client::Client(ClientOptions options)
    : client_(std::move(options)), random_(Seed()) {}

absl::StatusOr<Verdict> Client::Lookup(const NextHop& next_hop,
                                       const LookupOptions& options) {
  client_.TakeFinished();  // of calls that were left by an exception
  return VerdictOf(client_.Call(RequestFor(next_hop, options), options.timeout),
                   options.choices);
}

void Client::LookupAll(const std::vector<NextHop>& next_hops,
                       const LookupOptions& options,
                       const OnVerdict& on_verdict) {
  std::map<uint64_t, size_t> indexes;  // by ticket
  size_t next = 0;
  while (next < next_hops.size() || !indexes.empty()) {
    while (next < next_hops.size() && indexes.size() < kParallelLookups) {
      const uint64_t ticket =
          client_.Start(RequestFor(next_hops[next], options), options.timeout);
      indexes[ticket] = next++;
    }
    for (const EventClient::Finished& finished : WaitFinished()) {
      const auto found = indexes.find(finished.ticket);
      if (found == indexes.end()) continue;
      const size_t index = found->second;
      indexes.erase(found);
      on_verdict(index, VerdictOf(finished.reply, options.choices));
    }
  }
}

absl::StatusOr<HelloReply> Client::Hello(absl::string_view name,
                                         absl::Duration timeout) {
  return Call<HelloReply>(HelloRequest{std::string(name)}, timeout);
}

absl::StatusOr<StatsReply> Client::Stats(absl::Duration timeout) {
  return Call<StatsReply>(StatsRequest(), timeout);
}

absl::StatusOr<FlushReply> Client::Flush(
    const absl::optional<NextHop>& next_hop, absl::Duration timeout) {
  return Call<FlushReply>(FlushRequest{next_hop}, timeout);
}

absl::StatusOr<SelfTestReply> Client::SelfTest(absl::Duration timeout) {
  return Call<SelfTestReply>(SelfTestRequest(), timeout);
}

template <typename Kind>
absl::StatusOr<Kind> Client::Call(const Request& request,
                                  absl::Duration timeout) {
  client_.TakeFinished();
  absl::StatusOr<ClientReply> reply = client_.Call(request, timeout);
  if (!reply.ok()) return reply.status();
  return std::get<Kind>(*std::move(reply));
}

std::vector<EventClient::Finished> Client::WaitFinished() {
  while (true) {
    std::vector<EventClient::Finished> finished = client_.TakeFinished();
    if (!finished.empty()) return finished;
    client_.Advance();
    finished = client_.TakeFinished();
    if (!finished.empty()) return finished;
    Wait(client_);
  }
}

absl::StatusOr<Verdict> Client::VerdictOf(
    const absl::StatusOr<ClientReply>& reply, const Choices& choices) {
  if (!reply.ok()) return reply.status();
  Verdict verdict = Conclude(std::get<FoundFacts>(*reply).ToFacts(), choices);
  ShuffleEqualPreferences(verdict, random_);
  return verdict;
}

}  // namespace danebound
