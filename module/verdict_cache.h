// The verdict cache: facts by next hop, the least recently used leave first.
// Single-threaded; the service thread owns it.
#ifndef DANEBOUND_MODULE_VERDICT_CACHE_H_
#define DANEBOUND_MODULE_VERDICT_CACHE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "stub/dane/facts.h"
#include "stub/dane/next_hop.h"

namespace danebound {

using SharedFacts = std::shared_ptr<const Facts>;

// Octets that name a next hop: equal exactly for equal next hops.
std::string KeyOf(const NextHop& next_hop);

// The memory that facts take, octets, estimated from their contents.
size_t SizeOf(const Facts& facts);

// How much of cached facts may still be used.
enum class Liveness : uint8_t {
  kAlive,    // all of it
  kPartly,   // a part has ended, or a failed host may be asked again
  kNothing,  // the MX part has ended, and no host lives
};

// Judges facts at `now`, seconds since the epoch. Facts whose lookup failed are
// kAlive until it makes sense to ask again.
Liveness LivenessOf(const Facts& facts, int64_t now);

class VerdictCache {
 public:
  struct Entry {
    std::string key;
    SharedFacts facts;
    size_t size = 0;
    bool was_asked = false;  // by a client, since the facts were found
  };

  // A key for the hash function, random at each start, so that nobody can pick
  // names that hash alike.
  using HashKey = std::array<uint64_t, 2>;

  VerdictCache(size_t most_bytes, HashKey hash_key);

  // Returns the entry and marks it as the last used; nullptr when there is
  // none. Valid until the next call.
  Entry* Find(absl::string_view key);

  // Puts facts in the place of what is there. Facts too large for the whole
  // cache are not kept.
  void Store(absl::string_view key, SharedFacts facts);

  // Drops one entry; says whether there was one.
  bool Erase(absl::string_view key);

  // Drops all; returns how many.
  size_t Clear();

  size_t size() const { return index_.size(); }
  size_t bytes() const { return bytes_; }
  uint64_t evictions() const { return evictions_; }

 private:
  struct KeyedHash {
    using is_transparent = void;
    HashKey key;
    size_t operator()(absl::string_view text) const {
      return absl::HashOf(key, text);
    }
  };
  using Entries = std::list<Entry>;  // the last used first

  void Remove(Entries::iterator entry);

  size_t most_bytes_;
  size_t bytes_ = 0;
  uint64_t evictions_ = 0;
  Entries entries_;
  // The views are of the entries' own keys.
  std::unordered_map<absl::string_view, Entries::iterator, KeyedHash> index_;
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_VERDICT_CACHE_H_
