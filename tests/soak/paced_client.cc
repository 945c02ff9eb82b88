// What a client that asks now and then waits for its replies: alone, and beside
// connections that ask as fast as they can.
//
//   paced_client SOCKET DOMAIN CONNECTIONS SECONDS
//
// DOMAIN must be cached or quickly looked up. Prints one line for each phase.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "stub/wire/frame.h"

namespace danebound {
namespace {

using Time = std::chrono::steady_clock;

constexpr auto kPace = std::chrono::milliseconds(3);
constexpr uint16_t kFramesInOnePiece = 100;

[[noreturn]] void Fail(const char* what) {
  std::perror(what);
  std::exit(2);
}

int Connect(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address),
              sizeof(address)) != 0) {
    Fail("connect");
  }
  return fd;
}

std::string Request(const std::string& domain, uint16_t id) {
  LookupRequest request;
  request.next_hop = ParseNextHop(domain).value();
  return EncodeFrame(id, request).value();
}

// Reads one reply and returns its size; exits where it is an error.
size_t ReadReply(int fd) {
  std::string octets;
  std::array<char, 65536> more;
  while (true) {
    absl::string_view rest = octets;
    const absl::optional<Frame> frame = TakeFrame(&rest).value();
    if (frame) {
      const Reply reply = ParseReply(*frame, 0).value();
      if (std::holds_alternative<LookupReply>(reply)) return octets.size();
      std::fputs("no facts\n", stderr);
      std::exit(2);
    }
    const ssize_t count = recv(fd, more.data(), more.size(), 0);
    if (count <= 0) Fail("the paced client was cut off");
    octets.append(more.data(), static_cast<size_t>(count));
  }
}

// Connections that write whenever they can and throw away what they read.
class Flood {
 public:
  Flood(const std::string& path, const std::string& domain, size_t count) {
    for (uint16_t id = 1; id <= kFramesInOnePiece; ++id) {
      octets_ += Request(domain, id);
    }
    for (size_t i = 0; i < count; ++i) {
      const int fd = Connect(path);
      fcntl(fd, F_SETFL, O_NONBLOCK);
      peers_.push_back({fd});
    }
    thread_ = std::thread([this] { Run(); });
  }
  ~Flood() {
    is_over_ = true;
    thread_.join();
    for (const AcceptedClient& peer : peers_) close(peer.fd);
  }
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;

  // Octets of replies that were read.
  uint64_t received() const { return received_; }
  size_t cut_off() const { return cut_off_; }

 private:
  struct AcceptedClient {
    int fd;
    size_t sent = 0;  // of octets_
    bool is_cut_off = false;
  };

  // The flood is meant to load the server, not to take the processor from it.
  void Run() {
    errno = 0;
    if (nice(10) == -1 && errno != 0) Fail("nice");
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < peers_.size(); ++i) {
      epoll_event event{};
      event.events = EPOLLIN | EPOLLOUT;
      event.data.u64 = i;
      epoll_ctl(epoll, EPOLL_CTL_ADD, peers_[i].fd, &event);
    }
    std::array<epoll_event, 64> events;
    while (!is_over_) {
      const int count = epoll_wait(epoll, events.data(), events.size(), 100);
      for (int i = 0; i < count; ++i) {
        Serve(peers_[events[static_cast<size_t>(i)].data.u64]);
      }
    }
    close(epoll);
  }

  void Serve(AcceptedClient& peer) {
    if (peer.is_cut_off) return;
    std::array<char, 65536> waste;
    const ssize_t got = recv(peer.fd, waste.data(), waste.size(), 0);
    if (got > 0) received_ += static_cast<uint64_t>(got);
    const ssize_t sent = send(peer.fd, octets_.data() + peer.sent,
                              octets_.size() - peer.sent, MSG_NOSIGNAL);
    if (sent > 0) {
      peer.sent = (peer.sent + static_cast<size_t>(sent)) % octets_.size();
    } else if (got == 0) {
      ++cut_off_;
      peer.is_cut_off = true;
    }
  }

  std::string octets_;
  std::vector<AcceptedClient> peers_;
  std::atomic<uint64_t> received_{0};
  std::atomic<size_t> cut_off_{0};
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

struct Waits {
  double median = 0;  // milliseconds
  double p99 = 0;
};

Waits Ask(const std::string& path, const std::string& domain, int seconds) {
  const int fd = Connect(path);
  const std::string request = Request(domain, 1);
  std::vector<double> waits;
  const Time::time_point end = Time::now() + std::chrono::seconds(seconds);
  while (Time::now() < end) {
    const Time::time_point start = Time::now();
    if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) {
      Fail("send");
    }
    ReadReply(fd);
    waits.push_back(
        std::chrono::duration<double, std::milli>(Time::now() - start).count());
    std::this_thread::sleep_until(start + kPace);
  }
  close(fd);
  std::sort(waits.begin(), waits.end());
  return {waits[waits.size() / 2], waits[waits.size() * 99 / 100]};
}

void Print(const char* phase, const Waits& waits) {
  std::printf("%-7s median %.3f ms, p99 %.3f ms", phase, waits.median,
              waits.p99);
}

int Main(const std::string& path, const std::string& domain, size_t connections,
         int seconds) {
  const int fd = Connect(path);
  const std::string request = Request(domain, 1);
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) Fail("send");
  const size_t reply_size = ReadReply(fd);
  close(fd);
  const Waits idle = Ask(path, domain, seconds);
  Print("idle", idle);
  std::printf("\n");
  Waits loaded;
  uint64_t replies = 0;
  size_t cut_off = 0;
  {
    const Flood flood(path, domain, connections);
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    const uint64_t before = flood.received();
    loaded = Ask(path, domain, seconds);
    replies = (flood.received() - before) / reply_size;
    cut_off = flood.cut_off();
  }
  Print("loaded", loaded);
  std::printf(
      ", p99 %.1f times idle; %.0f replies/s to %zu connections, "
      "%zu cut off\n",
      loaded.p99 / idle.p99, static_cast<double>(replies) / seconds,
      connections, cut_off);
  return loaded.p99 <= std::max(1.0, 2 * idle.p99) ? 0 : 1;
}

}  // namespace
}  // namespace danebound

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: paced_client SOCKET DOMAIN CONNECTIONS SECONDS\n",
               stderr);
    return 2;
  }
  return danebound::Main(argv[1], argv[2],
                         static_cast<size_t>(std::atoi(argv[3])),
                         std::atoi(argv[4]));
}
