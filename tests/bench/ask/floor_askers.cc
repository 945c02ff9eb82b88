// What bounds every way: the kernel's part of an exchange over a socket, and a
// copy of the octets.
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <vector>

#include "tests/bench/ask/asker.h"

namespace danebound::bench {
namespace {

class EchoAsker : public Asker {
 public:
  EchoAsker(const std::string& socket, size_t request, size_t reply)
      : fd_(Connect(socket)), request_(request), reply_(reply) {}
  ~EchoAsker() override { close(fd_); }

  void Ask(const std::string& /*domain*/) override {
    if (write(fd_, request_.data(), request_.size()) !=
        static_cast<ssize_t>(request_.size())) {
      Fail("echo: write");
    }
    for (size_t have = 0; have < reply_.size();) {
      const ssize_t count =
          read(fd_, reply_.data() + have, reply_.size() - have);
      if (count <= 0) Fail("echo: read");
      have += static_cast<size_t>(count);
    }
  }

 private:
  int fd_;
  std::vector<char> request_;
  std::vector<char> reply_;
};

class CopyAsker : public Asker {
 public:
  explicit CopyAsker(size_t size) : from_(size, 'x'), to_(size) {}

  void Ask(const std::string& /*domain*/) override {
    std::memcpy(to_.data(), from_.data(), from_.size());
    asm volatile("" : : "r"(to_.data()) : "memory");
  }

 private:
  std::vector<char> from_;
  std::vector<char> to_;
};

}  // namespace

std::unique_ptr<Asker> MakeEchoAsker(const std::string& place) {
  const size_t second = place.rfind(':');
  const size_t first = place.rfind(':', second - 1);
  return std::make_unique<EchoAsker>(place.substr(0, first),
                                     std::stoul(place.substr(first + 1)),
                                     std::stoul(place.substr(second + 1)));
}

std::unique_ptr<Asker> MakeCopyAsker(const std::string& place) {
  return std::make_unique<CopyAsker>(std::stoul(place));
}

}  // namespace danebound::bench
