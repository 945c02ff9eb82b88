// What no server on a Unix stream socket is faster than: for each REQUEST
// octets that come, REPLY octets go back, and nothing is looked at.
//
//   bench_echo one  SOCKET REQUEST REPLY   one connection at a time: read,
//   write bench_echo many SOCKET REQUEST REPLY   epoll_wait, then the same of
//   each
//
// All requests that one read brings are answered by one write.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace {

[[noreturn]] void Fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

int Listen(const char* path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string(path).copy(address.sun_path, sizeof address.sun_path - 1);
  unlink(path);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
          0 ||
      listen(fd, SOMAXCONN) != 0) {
    Fail(path);
  }
  return fd;
}

class Echo {
 public:
  Echo(size_t request, size_t reply) : request_(request), reply_(reply) {}

  // Reads once and answers; false at the end of the connection.
  bool Answer(int fd) {
    const ssize_t got = read(fd, requests_.data(), requests_.size());
    if (got <= 0) return false;
    size_t& octets = octets_[fd];
    octets += static_cast<size_t>(got);
    const size_t size = octets / request_ * reply_;
    octets %= request_;
    if (replies_.size() < size) replies_.resize(size);
    for (size_t sent = 0; sent < size;) {
      const ssize_t count =
          send(fd, replies_.data() + sent, size - sent, MSG_NOSIGNAL);
      if (count <= 0) return false;
      sent += static_cast<size_t>(count);
    }
    return true;
  }

  void End(int fd) {
    octets_.erase(fd);
    close(fd);
  }

 private:
  size_t request_;
  size_t reply_;
  std::array<char, 65536> requests_;
  std::vector<char> replies_;
  std::map<int, size_t> octets_;  // of a request that is not whole
};

[[noreturn]] void ServeOne(int listener, Echo& echo) {
  while (true) {
    const int fd = accept(listener, nullptr, nullptr);
    if (fd < 0) Fail("accept");
    while (echo.Answer(fd)) {
    }
    echo.End(fd);
  }
}

void Watch(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) Fail("epoll_ctl");
}

[[noreturn]] void ServeMany(int listener, Echo& echo) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  Watch(epoll, listener);
  std::array<epoll_event, 64> events;
  while (true) {
    const int count = epoll_wait(epoll, events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<size_t>(i)].data.fd;
      if (fd == listener) {
        Watch(epoll, accept(listener, nullptr, nullptr));
      } else if (!echo.Answer(fd)) {
        echo.End(fd);
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: bench_echo one|many SOCKET REQUEST REPLY\n", stderr);
    return 2;
  }
  Echo echo(std::strtoul(argv[3], nullptr, 10),
            std::strtoul(argv[4], nullptr, 10));
  const int listener = Listen(argv[2]);
  if (std::strcmp(argv[1], "one") == 0) ServeOne(listener, echo);
  ServeMany(listener, echo);
}
