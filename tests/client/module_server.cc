#include "tests/client/module_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace danebound {
namespace {

constexpr int kPatienceMs = 10000;

bool IsReadable(int fd, int timeout_ms) {
  pollfd ready = {fd, POLLIN, 0};
  return poll(&ready, 1, timeout_ms) > 0;
}

HostFacts Host(absl::string_view name, absl::string_view address) {
  HostFacts host;
  host.name = host.expanded = host.base_domain = Name::ParseText(name).value();
  host.preference = 10;
  host.state = HostState::kTlsa;
  host.security = Security::kSecure;
  host.addresses = {{Address::ParseText(address).value(), Security::kSecure}};
  host.tlsa = {std::string("\x03\x01\x01") + std::string(32, 'x')};
  host.expires = std::time(nullptr) + 300;
  return host;
}

Kind KindOf(NextHopForm form) {
  switch (form) {
    case NextHopForm::kDomain:
      return Kind::kMx;
    case NextHopForm::kHost:
      return Kind::kHost;
    case NextHopForm::kAddress:
      return Kind::kAddress;
  }
  return Kind::kFailed;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  path_ = "/tmp/danebound-test.XXXXXX";
  if (mkdtemp(path_.data()) == nullptr) std::abort();
  chmod(path_.c_str(), 0755);
}

TemporaryFolder::~TemporaryFolder() {
  unlink(SocketPath().c_str());
  rmdir(path_.c_str());
}

absl::optional<AcceptedClient::Asked> AcceptedClient::Read() {
  while (true) {
    absl::string_view rest = received_;
    const absl::optional<Frame> frame = TakeFrame(&rest).value();
    if (frame.has_value()) {
      received_ = std::string(rest);
      return Asked{frame->id, ParseRequest(*frame).value()};
    }
    if (!Fill()) return absl::nullopt;
  }
}

absl::optional<AcceptedClient::Asked> AcceptedClient::ReadLookup() {
  absl::optional<Asked> request = Read();
  if (request.has_value()) {
    EXPECT_TRUE(std::holds_alternative<LookupRequest>(request->message));
  }
  return request;
}

std::string AcceptedClient::ReadOctets() {
  if (received_.empty()) Fill();
  return std::exchange(received_, std::string());
}

void AcceptedClient::Send(uint16_t id, const Reply& reply) {
  SendOctets(EncodeFrame(id, reply, std::time(nullptr)).value());
}

void AcceptedClient::SendOctets(absl::string_view octets) const {
  while (!octets.empty()) {
    const ssize_t count = send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    octets.remove_prefix(static_cast<size_t>(count));
  }
}

void AcceptedClient::WaitForClose() {
  while (Fill()) received_.clear();
}

void AcceptedClient::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

bool AcceptedClient::Fill() {
  std::array<char, 4096> octets;
  int ready = 0;
  do {
    pollfd wanted = {fd_, POLLIN, 0};
    ready = poll(&wanted, 1, kPatienceMs);
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) return false;
  const ssize_t count = recv(fd_, octets.data(), octets.size(), 0);
  if (count <= 0) return false;
  received_.append(octets.data(), static_cast<size_t>(count));
  return true;
}

int Listen(const std::string& path, int backlog) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  unlink(path.c_str());
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) !=
          0 ||
      listen(listener, backlog) != 0) {
    std::abort();
  }
  return listener;
}

ModuleServer::ModuleServer(const std::string& path, Behaviour behaviour)
    : path_(path),
      behaviour_(std::move(behaviour)),
      listener_(Listen(path, 16)),
      thread_([this] { Serve(); }) {}

ModuleServer::~ModuleServer() {
  stopping_ = true;
  unlink(path_.c_str());
  thread_.join();
  close(listener_);
}

void ModuleServer::Serve() {
  std::vector<std::thread> serving;
  while (!stopping_) {
    if (!IsReadable(listener_, 5)) continue;
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    serving.emplace_back([this, fd, number = connections_++] {
      AcceptedClient peer(fd);
      behaviour_(peer, number);
    });
  }
  for (std::thread& each : serving) each.join();
}

Facts FactsFor(const NextHop& next_hop) {
  Facts facts;
  facts.next_hop = next_hop;
  facts.expanded = next_hop.name;
  facts.kind = KindOf(next_hop.form);
  facts.security = next_hop.form == NextHopForm::kAddress ? Security::kInsecure
                                                          : Security::kSecure;
  facts.expires = std::time(nullptr) + 3600;
  facts.hosts = {Host("mx1.example.org", "192.0.2.1"),
                 Host("mx2.example.org", "192.0.2.2")};
  return facts;
}

void AnswerLookups(AcceptedClient& peer) {
  while (auto request = peer.ReadLookup()) {
    const auto& lookup = std::get<LookupRequest>(request->message);
    peer.Send(request->id, LookupReply{FactsFor(lookup.next_hop), false});
  }
}

void AnswerAllButSilent(AcceptedClient& peer, int /*number*/) {
  while (auto request = peer.ReadLookup()) {
    const auto& lookup = std::get<LookupRequest>(request->message);
    if (absl::EndsWith(ToText(lookup.next_hop), ".silent.example")) continue;
    peer.Send(request->id, LookupReply{FactsFor(lookup.next_hop), false});
  }
}

NextHop Domain(absl::string_view text) { return ParseNextHop(text).value(); }

}  // namespace danebound
