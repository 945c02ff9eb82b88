// A real Unix socket with whatever behaviour a test wants behind it, made from
// the wire library.
#ifndef DANEBOUND_TESTS_CLIENT_MODULE_SERVER_H_
#define DANEBOUND_TESTS_CLIENT_MODULE_SERVER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/wire/frame.h"
#include "stub/wire/message.h"

namespace danebound {

// A folder of its own for a socket, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string SocketPath() const { return path_ + "/module.sock"; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// One accepted connection, from the server's side. Reads give up after 10 s.
class AcceptedClient {
 public:
  // Takes the descriptor over.
  explicit AcceptedClient(int fd) : fd_(fd) {}
  AcceptedClient(const AcceptedClient&) = delete;
  ~AcceptedClient() { Close(); }

  // The next request; nullopt when the client closed.
  struct Asked {
    uint16_t id = 0;
    Request message;
  };
  absl::optional<Asked> Read();
  // The next hop of the next request, which is a lookup, and its id.
  absl::optional<Asked> ReadLookup();

  // What came, at least one octet; empty when the client closed.
  std::string ReadOctets();

  void Send(uint16_t id, const Reply& reply);
  void SendOctets(absl::string_view octets) const;
  // Waits until the client closes, at most 10 s.
  void WaitForClose();
  void Close();

 private:
  bool Fill();

  int fd_;
  std::string received_;
};

// Listens, and hands each connection to the behaviour, in a thread of its own.
class ModuleServer {
 public:
  //   number  0 for the first connection, 1 for the next.
  using Behaviour = std::function<void(AcceptedClient& peer, int number)>;

  ModuleServer(const std::string& path, Behaviour behaviour);
  // Closes the socket, removes it, and joins: behaviours end with their
  // clients.
  ~ModuleServer();

  int connections() const { return connections_; }

 private:
  void Serve();

  std::string path_;
  Behaviour behaviour_;
  int listener_ = -1;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

// A listening Unix socket that nobody accepts from.
int Listen(const std::string& path, int backlog);

// Facts for a next hop: two secure hosts of equal preference with TLSA.
Facts FactsFor(const NextHop& next_hop);

// Answers lookups with FactsFor until the client closes.
void AnswerLookups(AcceptedClient& peer);

// The same, but for domains below silent.example.
void AnswerAllButSilent(AcceptedClient& peer, int number);

NextHop Domain(absl::string_view text);

}  // namespace danebound

#endif  // DANEBOUND_TESTS_CLIENT_MODULE_SERVER_H_
