// One way to learn what a mail server must know of a domain before it delivers:
// by danebound, by DNS in the ways of today, or what no way can be faster than.
#ifndef DANEBOUND_TESTS_BENCH_ASK_ASKER_H_
#define DANEBOUND_TESTS_BENCH_ASK_ASKER_H_

#include <cstddef>
#include <memory>
#include <string>

namespace danebound::bench {

class Asker {
 public:
  Asker() = default;
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;
  virtual ~Asker() = default;

  // Asks once, waits, and reads the answer as a mail server would. Ends the
  // program where the answer is not the one that is measured.
  virtual void Ask(const std::string& domain) = 0;
};

// Ends the program with exit code 1.
[[noreturn]] void Fail(const std::string& what);

// A connected stream socket; `path` is that of a Unix socket, or ADDRESS:PORT.
int Connect(const std::string& path);

// `place` of each: where it asks.

// libdanebound's blocking C function. Place: the module's socket.
std::unique_ptr<Asker> MakeDaneboundAsker(const std::string& place);
// The same, and every text of the verdict is read, too.
std::unique_ptr<Asker> MakeTextsAsker(const std::string& place);

// One write, one read. Place: SOCKET:REQUEST:REPLY, with sizes in octets; the
// other side is bench_echo.
std::unique_ptr<Asker> MakeEchoAsker(const std::string& place);
// A copy in memory. Place: octets.
std::unique_ptr<Asker> MakeCopyAsker(const std::string& place);

// By DNS: MX, then A, AAAA and TLSA of each host, from a resolver that
// validates and says so by the AD bit. Place: its IPv4 address, port 53.

// One after the other by res_nquery, as Postfix does.
std::unique_ptr<Asker> MakeResolvAsker(const std::string& place);
// MX, then all else at once, over one UDP socket that stays open.
std::unique_ptr<Asker> MakeWavesAsker(const std::string& place);
// Each after the answer to the one before, over the same socket.
std::unique_ptr<Asker> MakeSerialAsker(const std::string& place);
// As the waves, by c-ares; by getdns.
std::unique_ptr<Asker> MakeCaresAsker(const std::string& place);
std::unique_ptr<Asker> MakeGetdnsAsker(const std::string& place);

// ub_resolve, in this process and validated here. Place: the folder of the
// private tree, for its root.
std::unique_ptr<Asker> MakeUnboundAsker(const std::string& place);

// One request of Postfix's socketmap. Place: a Unix socket or ADDRESS:PORT.
std::unique_ptr<Asker> MakeSocketmapAsker(const std::string& place);

}  // namespace danebound::bench

#endif  // DANEBOUND_TESTS_BENCH_ASK_ASKER_H_
