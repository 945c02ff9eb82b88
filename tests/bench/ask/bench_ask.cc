// Asks in one of the ways of asker.h, and says how long it took.
//
//   bench_ask waits PEER PLACE DOMAIN COUNT FIRST    one after the other
//   bench_ask load  PEER PLACE DOMAIN SECONDS COUNT  COUNT threads, each with
//                                                    an asker of its own
//   bench_ask flight danebound|echo PLACE DOMAIN SECONDS COUNT
//                                                    one, COUNT open at a time
//   bench_ask burst danebound|waves PLACE DOMAIN TOTAL COUNT
//                                                    TOTAL domains once each
//
// "%" in DOMAIN stands for a number, FIRST and so on. Without one the domain is
// asked for some times before, unmeasured.
//
// Prints "NAME VALUE" lines: of waits microseconds, and how often was asked in
// all; of the others a rate.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <numeric>
#include <thread>
#include <vector>

#include "tests/bench/ask/asker.h"
#include "tests/bench/ask/burst.h"
#include "tests/bench/ask/flight.h"

namespace danebound::bench {

void Fail(const std::string& what) {
  std::fprintf(stderr, "bench_ask: %s\n", what.c_str());
  std::_Exit(1);
}

int Connect(const std::string& path) {
  sockaddr_un local{};
  sockaddr_in inet{};
  const size_t colon = path.rfind(':');
  const bool is_local = colon == std::string::npos;
  const auto* address = reinterpret_cast<const sockaddr*>(&inet);
  socklen_t size = sizeof inet;
  if (is_local) {
    local.sun_family = AF_UNIX;
    path.copy(local.sun_path, sizeof local.sun_path - 1);
    address = reinterpret_cast<const sockaddr*>(&local);
    size = sizeof local;
  } else {
    inet.sin_family = AF_INET;
    inet.sin_port =
        htons(static_cast<uint16_t>(std::stoul(path.substr(colon + 1))));
    inet_pton(AF_INET, path.substr(0, colon).c_str(), &inet.sin_addr);
  }
  const int fd =
      socket(is_local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, address, size) != 0) Fail("connect " + path);
  return fd;
}

namespace {

using Clock = std::chrono::steady_clock;
using Make = std::unique_ptr<Asker> (*)(const std::string& place);

constexpr size_t kWarmCount = 200;
constexpr size_t kWarmLeast = 10;
constexpr auto kWarmTime = std::chrono::milliseconds(200);

const std::map<std::string, Make> kPeers = {
    {"danebound", &MakeDaneboundAsker}, {"texts", &MakeTextsAsker},
    {"echo", &MakeEchoAsker},           {"copy", &MakeCopyAsker},
    {"libresolv", &MakeResolvAsker},    {"waves", &MakeWavesAsker},
    {"serial", &MakeSerialAsker},       {"c-ares", &MakeCaresAsker},
    {"getdns", &MakeGetdnsAsker},       {"libunbound", &MakeUnboundAsker},
    {"socketmap", &MakeSocketmapAsker}};

std::string Numbered(const std::string& domain, size_t number) {
  const size_t at = domain.find('%');
  if (at == std::string::npos) return domain;
  return domain.substr(0, at) + std::to_string(number) + domain.substr(at + 1);
}

void Print(const char* name, double value) {
  std::printf("%s %.6g\n", name, value);
}

// waits: microseconds, at least one.
void PrintWaits(std::vector<double> waits) {
  std::sort(waits.begin(), waits.end());
  const auto at = [&](double share) {
    return waits[std::min(
        waits.size() - 1,
        static_cast<size_t>(share * static_cast<double>(waits.size())))];
  };
  Print("min", waits.front());
  Print("p50", at(0.5));
  Print("p90", at(0.9));
  Print("p99", at(0.99));
  Print("max", waits.back());
  Print("mean", std::accumulate(waits.begin(), waits.end(), 0.0) /
                    static_cast<double>(waits.size()));
}

void MeasureWaits(Make make, const std::string& place,
                  const std::string& domain, size_t count, size_t first) {
  const std::unique_ptr<Asker> asker = make(place);
  size_t before = 0;
  const Clock::time_point warm = Clock::now() + kWarmTime;
  while (domain.find('%') == std::string::npos && before < kWarmCount &&
         (before < kWarmLeast || Clock::now() < warm)) {
    asker->Ask(domain);
    ++before;
  }
  std::vector<double> waits;
  waits.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const std::string name = Numbered(domain, first + i);
    const Clock::time_point start = Clock::now();
    asker->Ask(name);
    waits.push_back(
        std::chrono::duration<double, std::micro>(Clock::now() - start)
            .count());
  }
  PrintWaits(waits);
  Print("asked", static_cast<double>(before + count));
}

void MeasureLoad(Make make, const std::string& place, const std::string& domain,
                 double seconds, size_t count) {
  std::atomic<bool> is_over{false};
  std::atomic<uint64_t> asked{0};
  std::vector<std::thread> threads;
  for (size_t i = 0; i < count; ++i) {
    threads.emplace_back([&] {
      const std::unique_ptr<Asker> asker = make(place);
      uint64_t own = 0;
      for (; !is_over; ++own) asker->Ask(domain);
      asked += own;
    });
  }
  const Clock::time_point start = Clock::now();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  is_over = true;
  for (std::thread& thread : threads) thread.join();
  Print("rate",
        static_cast<double>(asked) /
            std::chrono::duration<double>(Clock::now() - start).count());
}

void MeasureFlight(const std::string& peer, const std::string& place,
                   const std::string& domain, double seconds, size_t count) {
  const bool is_echo = peer == "echo";
  const Clock::time_point start = Clock::now();
  const uint64_t asked = is_echo ? FlyEcho(place, seconds, count)
                                 : FlyDanebound(place, domain, seconds, count);
  Print("rate",
        static_cast<double>(asked) /
            std::chrono::duration<double>(Clock::now() - start).count());
}

void MeasureBurst(const std::string& peer, const std::string& place,
                  const std::string& domain, size_t total, size_t count) {
  const auto domain_of = [&](size_t number) {
    return Numbered(domain, number);
  };
  const Clock::time_point start = Clock::now();
  if (peer == "danebound") {
    BurstDanebound(place, domain_of, total, count);
  } else {
    BurstDns(place, domain_of, total, count);
  }
  Print("rate",
        static_cast<double>(total) /
            std::chrono::duration<double>(Clock::now() - start).count());
}

int Main(const std::vector<std::string>& words) {
  const std::string& form = words[0];
  const auto peer = kPeers.find(words[1]);
  if (peer == kPeers.end()) Fail("no such peer: " + words[1]);
  const std::string& place = words[2];
  const std::string& domain = words[3];
  const size_t last = std::stoul(words[5]);
  if (form == "waits") {
    MeasureWaits(peer->second, place, domain, std::stoul(words[4]), last);
  } else if (form == "load") {
    MeasureLoad(peer->second, place, domain, std::stod(words[4]), last);
  } else if (form == "burst") {
    MeasureBurst(words[1], place, domain, std::stoul(words[4]), last);
  } else {
    MeasureFlight(words[1], place, domain, std::stod(words[4]), last);
  }
  return 0;
}

}  // namespace
}  // namespace danebound::bench

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fputs(
        "usage: bench_ask waits|load|flight|burst PEER PLACE DOMAIN "
        "COUNT|SECONDS|TOTAL FIRST|COUNT\n",
        stderr);
    return 2;
  }
  return danebound::bench::Main({argv + 1, argv + argc});
}
