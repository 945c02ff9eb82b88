// What the parts of a hit cost, each alone: time, and allocations of an
// iteration.
//
//   client: next hop --> request ... reply --> FoundFacts --> verdict --> texts
//   module:                request --> cache --> reply
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <random>
#include <string>

#include "module/verdict_cache.h"
#include "stub/c/verdict.h"
#include "stub/client/session.h"
#include "stub/dane/conclude.h"
#include "stub/dane/next_hop.h"
#include "stub/include/danebound.h"
#include "stub/wire/facts_octets.h"
#include "stub/wire/found_facts.h"
#include "stub/wire/frame.h"

namespace {

int64_t allocations = 0;

}  // namespace

[[gnu::noinline]] void* operator new(size_t size) {
  ++allocations;
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}

namespace danebound {
namespace {

constexpr int64_t kNow = 1'700'000'000;
constexpr char kDomain[] = "a-mail-domain.example.org";

// Hosts with an address of each family and so many TLSA records.
Facts FactsWith(size_t hosts, size_t records) {
  Facts facts;
  facts.next_hop = ParseNextHop(kDomain).value();
  facts.expanded = facts.next_hop.name;
  facts.kind = Kind::kMx;
  facts.security = Security::kSecure;
  facts.expires = kNow + 3600;
  for (size_t i = 0; i < hosts; ++i) {
    HostFacts host;
    host.name = host.expanded = host.base_domain =
        Name::ParseText("mx" + std::to_string(i) + ".example.org").value();
    host.preference = static_cast<uint16_t>(10 * i);
    host.state = HostState::kTlsa;
    host.security = Security::kSecure;
    host.addresses = {
        {Address::ParseText("192.0.2.1").value(), Security::kSecure},
        {Address::ParseText("2001:db8::1").value(), Security::kSecure}};
    for (size_t record = 0; record < records; ++record) {
      host.tlsa.push_back(std::string("\3\1\1") + std::to_string(record) +
                          std::string(32, 'x'));
      host.tlsa.back().resize(35);
    }
    host.expires = kNow + 300;
    facts.hosts.push_back(std::move(host));
  }
  return facts;
}

Facts FactsFor(const benchmark::State& state) {
  return FactsWith(static_cast<size_t>(state.range(0)),
                   static_cast<size_t>(state.range(1)));
}

// Reports the allocations of an iteration from now on.
class CountedAllocations {
 public:
  explicit CountedAllocations(benchmark::State& state) : state_(state) {}
  ~CountedAllocations() {
    state_.counters["allocations"] =
        benchmark::Counter(static_cast<double>(allocations - before_),
                           benchmark::Counter::kAvgIterations);
  }

 private:
  benchmark::State& state_;
  int64_t before_ = allocations;
};

// Verdicts as most are, and one as large as a frame takes.
void Sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"hosts", "records"})->Args({2, 1})->Args({16, 150});
}

void BM_ParseNextHop(benchmark::State& state) {
  const CountedAllocations counted(state);
  for (auto _ : state) benchmark::DoNotOptimize(ParseNextHop(kDomain));
}
BENCHMARK(BM_ParseNextHop);

void BM_EncodeFacts(benchmark::State& state) {
  const Facts facts = FactsFor(state);
  const CountedAllocations counted(state);
  for (auto _ : state) benchmark::DoNotOptimize(EncodeFacts(facts, kNow));
}
BENCHMARK(BM_EncodeFacts)->Apply(Sizes);

void BM_ViewFacts(benchmark::State& state) {
  const std::string octets = EncodeFacts(FactsFor(state), kNow).value();
  const CountedAllocations counted(state);
  for (auto _ : state) benchmark::DoNotOptimize(ViewFacts(octets, {kNow, 0}));
}
BENCHMARK(BM_ViewFacts)->Apply(Sizes);

void BM_DecodeFactsAsValues(benchmark::State& state) {
  const std::string octets = EncodeFacts(FactsFor(state), kNow).value();
  const CountedAllocations counted(state);
  for (auto _ : state) benchmark::DoNotOptimize(ParseFacts(octets, kNow));
}
BENCHMARK(BM_DecodeFactsAsValues)->Apply(Sizes);

void BM_ConcludeAsValues(benchmark::State& state) {
  const Facts facts = FactsFor(state);
  const CountedAllocations counted(state);
  for (auto _ : state) benchmark::DoNotOptimize(Conclude(facts));
}
BENCHMARK(BM_ConcludeAsValues)->Apply(Sizes);

// A verdict of the C library from a reply's octets.
void BM_VerdictOfC(benchmark::State& state) {
  const std::string octets = EncodeFacts(FactsFor(state), kNow).value();
  std::mt19937 random;
  const Choices choices;
  const CountedAllocations counted(state);
  for (auto _ : state) {
    danebound_verdict_free(c::NewVerdict(
        FoundFacts::Copy(octets, {kNow, 0}, true).value(), choices, random));
  }
}
BENCHMARK(BM_VerdictOfC)->Apply(Sizes);

// The same, and what a mail server reads of it.
void BM_VerdictOfCWithTexts(benchmark::State& state) {
  const std::string octets = EncodeFacts(FactsFor(state), kNow).value();
  std::mt19937 random;
  const Choices choices;
  const CountedAllocations counted(state);
  for (auto _ : state) {
    danebound_verdict* const verdict = c::NewVerdict(
        FoundFacts::Copy(octets, {kNow, 0}, true).value(), choices, random);
    for (size_t i = 0; i < danebound_verdict_host_count(verdict); ++i) {
      const danebound_host* const host = danebound_verdict_host(verdict, i);
      benchmark::DoNotOptimize(danebound_host_name(host));
      benchmark::DoNotOptimize(danebound_host_address(host, 0));
      benchmark::DoNotOptimize(danebound_host_tls_key(host));
    }
    danebound_verdict_free(verdict);
  }
}
BENCHMARK(BM_VerdictOfCWithTexts)->Apply(Sizes);

// What a client does beside its system calls, but for the verdict.
void BM_ClientSession(benchmark::State& state) {
  const Facts facts = FactsFor(state);
  const std::string octets = EncodeFacts(facts, kNow).value();
  LookupRequest request;
  request.next_hop = facts.next_hop;
  Session session;
  std::string frame;
  const CountedAllocations counted(state);
  for (auto _ : state) {
    const uint16_t id = session.Ask(request).value();
    session.OnSent(session.octets_to_send().size());
    frame.clear();
    AppendLookupReply(id, true, 0, octets, &frame);
    session.OnReceived(frame, kNow).IgnoreError();
    benchmark::DoNotOptimize(session.TakeReply());
  }
}
BENCHMARK(BM_ClientSession)->Apply(Sizes);

// What the module does beside its system calls: a request's frame to that of
// the reply, among so many other verdicts.
void BM_ModuleHit(benchmark::State& state) {
  VerdictCache cache(size_t{1} << 30, {1, 2});
  Facts facts = FactsWith(2, 1);
  cache.Store(facts, kNow);
  LookupRequest request;
  request.next_hop = facts.next_hop;
  const std::string asked = EncodeFrame(7, request).value();
  for (int64_t i = 1; i < state.range(0); ++i) {
    facts.next_hop = ParseNextHop("d" + std::to_string(i) + ".example").value();
    facts.expanded = facts.next_hop.name;
    cache.Store(facts, kNow);
  }
  std::string output;
  const CountedAllocations counted(state);
  for (auto _ : state) {
    absl::string_view rest = asked;
    const auto frame = TakeFrameView(&rest);
    const auto lookup = PeekLookup(**frame);
    const VerdictCache::Entry* const entry = cache.Find(lookup->next_hop);
    output.clear();
    AppendLookupReply((*frame)->id, true, 5, entry->octets(), &output);
    benchmark::DoNotOptimize(output.data());
  }
}
BENCHMARK(BM_ModuleHit)->ArgName("verdicts")->Arg(1000)->Arg(100000);

// The limit: the reply's octets, copied.
void BM_CopyOfReply(benchmark::State& state) {
  const std::string octets = EncodeFacts(FactsFor(state), kNow).value();
  std::string output;
  for (auto _ : state) {
    output.assign(octets);
    benchmark::DoNotOptimize(output.data());
  }
}
BENCHMARK(BM_CopyOfReply)->Apply(Sizes);

}  // namespace
}  // namespace danebound

BENCHMARK_MAIN();
