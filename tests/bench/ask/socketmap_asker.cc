// Postfix's side of a socketmap: socketmap_table(5).
#include <unistd.h>

#include <array>

#include "tests/bench/ask/asker.h"

namespace danebound::bench {
namespace {

class SocketmapAsker : public Asker {
 public:
  explicit SocketmapAsker(const std::string& place) : fd_(Connect(place)) {}
  ~SocketmapAsker() override { close(fd_); }

  void Ask(const std::string& domain) override {
    const std::string key = "QUERY " + domain;
    const std::string request = std::to_string(key.size()) + ":" + key + ",";
    if (write(fd_, request.data(), request.size()) !=
        static_cast<ssize_t>(request.size())) {
      Fail("socketmap: write");
    }
    std::array<char, 4096> reply;
    size_t have = 0;
    do {
      const ssize_t count = read(fd_, reply.data() + have, reply.size() - have);
      if (count <= 0) Fail("socketmap: read");
      have += static_cast<size_t>(count);
    } while (reply[have - 1] != ',');
    const std::string text(reply.data(), have);
    if (text.find(":OK ") == std::string::npos) {
      Fail("not the answer that is measured: " + text);
    }
  }

 private:
  int fd_;
};

}  // namespace

std::unique_ptr<Asker> MakeSocketmapAsker(const std::string& place) {
  return std::make_unique<SocketmapAsker>(place);
}

}  // namespace danebound::bench
