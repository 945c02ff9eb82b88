// Wakes a worker: a resolver thread shows itself only when a query passes
// through it, so the module sends one to the resolver's own listening sockets.
#ifndef DANEBOUND_MODULE_WAKE_H_
#define DANEBOUND_MODULE_WAKE_H_

#include <netinet/in.h>

#include <string>
#include <variant>
#include <vector>

#include "stub/system/descriptor.h"

namespace danebound {

using InternetAddress = std::variant<sockaddr_in, sockaddr_in6>;

// A listening socket of this process, in a form to send to.
struct WakeTarget {
  InternetAddress address;  // where it is bound to any, that of loopback
  bool is_stream = false;
};

// Finds the sockets that this process listens on for DNS.
//
//   other_ports  TCP ports that speak no DNS.
std::vector<WakeTarget> FindWakeTargets(const std::vector<int>& other_ports);

// A DNS query that no zone answers and no client of the resolver would send:
// private type, private class. RFC 1035 4.1.
std::string WakeQuery();

// Queries on their way; the replies are not waited for.
class Wake {
 public:
  Wake() = default;
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;

  // Sends the query to every target, from loopback and from its own address,
  // as access control may allow either. Does not block. Sockets of an earlier
  // call are closed first.
  void Send(const std::vector<WakeTarget>& targets);

  // Closes the sockets. TCP queries need them open until a worker is known.
  void Clear() { open_.clear(); }

 private:
  void SendTo(const WakeTarget& target, bool from_loopback);

  std::vector<Descriptor> open_;
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_WAKE_H_
