// A service thread without a resolver, and clients of it.
#ifndef DANEBOUND_TESTS_MODULE_RUNNING_SERVICE_H_
#define DANEBOUND_TESTS_MODULE_RUNNING_SERVICE_H_

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "module/clock.h"
#include "module/service.h"
#include "stub/system/descriptor.h"
#include "stub/wire/frame.h"

namespace danebound {

// A folder that goes away with what is in it.
class SocketFolder {
 public:
  SocketFolder() { mkdtemp(folder_.data()); }
  ~SocketFolder() {
    unlink(socket().c_str());
    rmdir(folder_.c_str());
  }
  SocketFolder(const SocketFolder&) = delete;
  SocketFolder& operator=(const SocketFolder&) = delete;

  std::string socket() const { return folder_ + "/m.sock"; }

 private:
  std::string folder_ = "/tmp/service-test-XXXXXX";
};

// One client; nothing waits longer than two seconds.
class TestClient {
 public:
  explicit TestClient(const std::string& path)
      : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    is_connected_ =
        connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address),
                sizeof(address)) == 0;
  }

  bool is_connected() const { return is_connected_; }
  int fd() const { return fd_.get(); }

  void Send(absl::string_view octets) const {
    send(fd(), octets.data(), octets.size(), MSG_NOSIGNAL);
  }
  void SendNoMore() const { shutdown(fd(), SHUT_WR); }

  // The next reply; nullopt when the connection ended, or nothing came.
  absl::optional<Reply> Read() {
    while (true) {
      absl::string_view rest = octets_;
      const absl::optional<Frame> frame = TakeFrame(&rest).value();
      if (frame) {
        octets_.erase(0, octets_.size() - rest.size());
        return ParseReply(*frame, 0).value();
      }
      if (!ReadMore()) return absl::nullopt;
    }
  }

  // Whether the server closed the connection, once Read() returned nullopt.
  bool has_ended() const { return has_ended_; }

 private:
  bool ReadMore() {
    pollfd waits{fd(), POLLIN, 0};
    if (poll(&waits, 1, 2000) != 1) return false;
    std::array<char, 4096> more;
    const ssize_t count = recv(fd(), more.data(), more.size(), 0);
    has_ended_ = count <= 0;
    if (has_ended_) return false;
    octets_.append(more.data(), static_cast<size_t>(count));
    return true;
  }

  Descriptor fd_;
  bool is_connected_ = false;
  bool has_ended_ = false;
  std::string octets_;
};

// A lookup of an address, which needs no DNS.
inline std::string LiteralRequest(uint16_t id) {
  LookupRequest request;
  request.next_hop = ParseNextHop("[192.0.2.1]").value();
  return EncodeFrame(id, request).value();
}

// A lookup that needs a worker.
inline std::string DomainRequest(uint16_t id) {
  LookupRequest request;
  request.next_hop = ParseNextHop("a.example").value();
  return EncodeFrame(id, request).value();
}

inline std::string StatsFrame(uint16_t id) {
  return EncodeFrame(id, StatsRequest()).value();
}

// The lines that a service logs.
class TestLog {
 public:
  void Write(absl::string_view line) {
    const std::lock_guard<std::mutex> lock(mutex_);
    lines_.emplace_back(line);
  }
  std::vector<std::string> lines() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return lines_;
  }
  // How many lines have that part.
  size_t Count(const std::string& part) {
    size_t count = 0;
    for (const std::string& line : lines()) {
      if (line.find(part) != std::string::npos) ++count;
    }
    return count;
  }
  // Holds up whoever logs a line while it is held.
  std::mutex& mutex() { return mutex_; }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

class RunningService {
 public:
  RunningService() : clock_(ReadClocks()) {
    Service::Options options;
    options.settings.socket = folder_.socket();
    options.log = [this](LogLevel, absl::string_view line) {
      log_.Write(line);
    };
    service_ = std::make_unique<Service>(std::move(options), &clock_);
  }

  Service& service() { return *service_; }
  TestLog& log() { return log_; }
  std::string socket() const { return folder_.socket(); }

  // Connects, waiting for the socket to appear.
  TestClient Connect() const {
    for (int i = 0; i < 400; ++i) {
      TestClient client(socket());
      if (client.is_connected()) return client;
      usleep(10000);
    }
    return TestClient(socket());
  }

 private:
  SocketFolder folder_;
  TestLog log_;
  Clock clock_;
  std::unique_ptr<Service> service_;
};

}  // namespace danebound

#endif  // DANEBOUND_TESTS_MODULE_RUNNING_SERVICE_H_
