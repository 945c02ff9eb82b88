// The messages of the socket protocol as values. frame.h turns them into octets
// and back; docs/protocol.md describes the octets.
//
//   request            reply
//   HelloRequest       HelloReply
//   LookupRequest      LookupReply
//   StatsRequest       StatsReply
//   FlushRequest       FlushReply
//   SelfTestRequest    SelfTestReply
//   any                ErrorReply
#ifndef DANEBOUND_STUB_WIRE_MESSAGE_H_
#define DANEBOUND_STUB_WIRE_MESSAGE_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/facts.h"
#include "stub/dane/next_hop.h"

namespace danebound {

// Why the module gives no facts. The numbers go over the socket. For the caller
// each of them means: defer, never "no DANE".
enum class ErrorCode : uint8_t {
  kMalformed = 1,      // the request could not be read: a bug of the client
  kVersion = 2,        // the client speaks another version of the protocol
  kTooLarge = 3,       // the reply would be longer than kMaxBodySize
  kBusy = 4,           // a bound on open lookups or in-flight requests
  kNotCached = 5,      // "cached only" was asked, and there is nothing
  kNoWorker = 6,       // no worker of the resolver is known yet
  kNotValidating = 7,  // no validator, no trust anchor, or permissive mode
  kWrongUnbound = 8,   // not the Unbound that the module was built for
  kStopping = 9,       // reload or shutdown: ask again
  kSettings = 10,      // the module's settings are bad: its log says where
};

// "malformed", "version", "too-large", "busy", "not-cached", "no-worker",
// "not-validating", "wrong-unbound", "stopping", "settings"; empty for others.
absl::string_view ToText(ErrorCode code);

// Where facts may come from.
enum class Freshness : uint8_t {
  kAny = 0,         // from the cache, else from DNS
  kCachedOnly = 1,  // from the cache, else ErrorCode::kNotCached
  kFresh = 2,       // looked up again; the resolver's own cache still counts
};

struct HelloRequest {
  std::string client;  // for the log, e.g. "danebound 1.0", up to 255 octets
  friend bool operator==(const HelloRequest&, const HelloRequest&) = default;
};

struct LookupRequest {
  NextHop next_hop;
  Freshness freshness = Freshness::kAny;
  // How long the client waits, milliseconds; the module answers before, with
  // what it then knows. 0: the module's own limit.
  uint32_t timeout_ms = 0;
  friend bool operator==(const LookupRequest&, const LookupRequest&) = default;
};

struct StatsRequest {
  friend bool operator==(const StatsRequest&, const StatsRequest&) = default;
};

struct FlushRequest {
  absl::optional<NextHop> next_hop;  // nullopt: all
  friend bool operator==(const FlushRequest&, const FlushRequest&) = default;
};

struct SelfTestRequest {
  friend bool operator==(const SelfTestRequest&,
                         const SelfTestRequest&) = default;
};

struct HelloReply {
  std::string server;    // e.g. "danebound-module 1.0"
  std::string resolver;  // e.g. "unbound 1.17.1"
  friend bool operator==(const HelloReply&, const HelloReply&) = default;
};

// On the wire lives are seconds that remain, so that the clocks of the two ends
// need not agree; as values they are seconds since the epoch.
struct LookupReply {
  Facts facts;
  bool from_cache = false;
  friend bool operator==(const LookupReply&, const LookupReply&) = default;
};

struct Counter {
  std::string name;  // e.g. "cache.hits"; docs/protocol.md lists them
  uint64_t value = 0;
  friend bool operator==(const Counter&, const Counter&) = default;
};

struct StatsReply {
  std::vector<Counter> counters;
  friend bool operator==(const StatsReply&, const StatsReply&) = default;
};

struct FlushReply {
  uint32_t flushed = 0;  // verdicts dropped
  friend bool operator==(const FlushReply&, const FlushReply&) = default;
};

struct SelfTestCheck {
  std::string name;  // e.g. "trust-anchor", "known-name-secure"
  // 0 passed, 1 warning, 2 failed.
  enum class Result : uint8_t { kPassed = 0, kWarning = 1, kFailed = 2 };
  Result result = Result::kFailed;
  std::string text;  // what was seen, and what to do where it did not pass
  friend bool operator==(const SelfTestCheck&, const SelfTestCheck&) = default;
};

struct SelfTestReply {
  std::vector<SelfTestCheck> checks;
  friend bool operator==(const SelfTestReply&, const SelfTestReply&) = default;
};

struct ErrorReply {
  ErrorCode code = ErrorCode::kMalformed;
  std::string text;
  friend bool operator==(const ErrorReply&, const ErrorReply&) = default;
};

// Visit them without a catch-all: a new one then does not compile until each
// place is filled.
using Request = std::variant<HelloRequest, LookupRequest, StatsRequest,
                             FlushRequest, SelfTestRequest>;
using Reply = std::variant<HelloReply, LookupReply, StatsReply, FlushReply,
                           SelfTestReply, ErrorReply>;

}  // namespace danebound

#endif  // DANEBOUND_STUB_WIRE_MESSAGE_H_
