#include "stub/serve/resolver/validation_probe.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "stub/serve/resolver/resolv_conf.h"

namespace danebound {
namespace {

constexpr int kTries = 2;
constexpr std::chrono::seconds kWaitForEach(1);

// Of a failure to open a socket, or to send.
std::string WhyOf(int error, const std::string& address) {
  const std::string why = std::strerror(error);
  if (error != EPERM && error != EACCES) return why;
  return absl::StrCat(
      "to ask it is refused (", why,
      "): the unit of the daemon must let it, IPAddressAllow=", address);
}

}  // namespace

ValidationProbe::ValidationProbe(event_base* base, const std::string& address,
                                 OnShown on_shown)
    : address_(CanonicalAddress(address)),
      on_shown_(std::move(on_shown)),
      id_(static_cast<uint16_t>(std::random_device()())),
      time_(base, [this] { OnTime(); }) {
  Open(base);
}

ValidationProbe::~ValidationProbe() {
  readable_.reset();
  if (fd_ >= 0) close(fd_);
}

void ValidationProbe::Open(event_base* base) {
  const auto server = ReadAddress(address_);
  if (!server.has_value()) return Fail("it is no IP address");
  fd_ = socket(server->socket_address.ss_family,
               SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  // Connected, it takes no datagrams of others.
  if (fd_ < 0 ||
      connect(fd_, reinterpret_cast<const sockaddr*>(&server->socket_address),
              server->size) != 0) {
    return Fail(WhyOf(errno, address_));
  }
  readable_.reset(event_new(base, fd_, EV_READ | EV_PERSIST, OnReadable, this));
  event_add(readable_.get(), nullptr);
  Send();
}

void ValidationProbe::Send() {
  ++sent_;
  const std::string question = EncodeRootQuestion(id_);
  if (send(fd_, question.data(), question.size(), MSG_NOSIGNAL) < 0) {
    return Fail(WhyOf(errno, address_));
  }
  time_.RingIn(kWaitForEach);
}

void ValidationProbe::OnReadable(evutil_socket_t /*fd*/, short /*what*/,
                                 void* probe) {
  static_cast<ValidationProbe*>(probe)->Receive();
}

void ValidationProbe::Receive() {
  std::array<char, 4096> octets{};
  const ssize_t size = recv(fd_, octets.data(), octets.size(), 0);
  if (size < 0) {
    if (errno != EAGAIN && errno != EINTR) Fail(WhyOf(errno, address_));
    return;
  }
  const auto shown = ReadRootReply(
      absl::string_view(octets.data(), static_cast<size_t>(size)), id_);
  if (!shown.has_value()) return;
  if (*shown == Validation::kNotShown) return Fail("it answers with a failure");
  End(*shown);
}

void ValidationProbe::OnTime() {
  if (!why_.empty()) return End(Validation::kNotShown);
  if (sent_ < kTries) return Send();
  why_ = "no answer within 2 s";
  End(Validation::kNotShown);
}

void ValidationProbe::Fail(const std::string& why) {
  why_ = why;
  readable_.reset();
  time_.RingIn(std::chrono::seconds(0));
}

void ValidationProbe::End(Validation shown) {
  readable_.reset();
  time_.Silence();
  const std::string why = why_;
  const OnShown on_shown = std::move(on_shown_);
  on_shown(shown, why);
}

}  // namespace danebound
