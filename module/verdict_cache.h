// The verdict cache: facts by next hop, as the octets that go to clients; the
// least recently used leave first. Single-threaded; the service thread owns it.
//
//   index: hash of the key --> entry --> octets of the facts
//                                        |key|     their front names the next
//                                                  hop: it is the key
#ifndef DANEBOUND_MODULE_VERDICT_CACHE_H_
#define DANEBOUND_MODULE_VERDICT_CACHE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <unordered_set>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "stub/dane/facts.h"

namespace danebound {

using SharedFacts = std::shared_ptr<const Facts>;

// The first end of a life in the facts, seconds since the epoch: until then all
// of them may be used. Facts whose lookup failed are used until it makes sense
// to ask again.
int64_t WholeUntil(const Facts& facts);

class VerdictCache {
 public:
  class Entry {
   public:
    // Encodes facts of a domain or host.
    //
    //   now     seconds since the epoch, from which their lives are counted.
    //   octets  of EncodeFacts (stub/wire/facts_octets.h) at that time.
    Entry(const Facts& facts, absl::string_view octets, int64_t now);

    // As KeyOf (stub/wire/facts_octets.h) gives it.
    absl::string_view key() const { return {octets_.get(), key_size_}; }
    // The facts, their lives counted from `counted`.
    absl::string_view octets() const { return {octets_.get(), size_}; }
    int64_t counted() const { return counted_; }
    Facts ToFacts() const;

    Kind kind() const { return kind_; }
    // Facts::expires, ExpiryOf and WholeUntil of the facts.
    int64_t mx_expires() const { return mx_expires_; }
    int64_t expires() const { return expires_; }
    int64_t whole_until() const { return whole_until_; }

    // The memory that the entry takes, octets, with what a renewal of it does.
    size_t memory() const;

    bool was_asked = false;  // by a client, since the facts were found

   private:
    Kind kind_;
    uint16_t key_size_;
    uint32_t size_;
    int64_t counted_;
    int64_t mx_expires_;
    int64_t expires_;
    int64_t whole_until_;
    std::unique_ptr<char[]> octets_;
  };

  // A key for the hash function, random at each start, so that nobody can pick
  // names that hash alike.
  using HashKey = std::array<uint64_t, 2>;

  VerdictCache(size_t most_bytes, HashKey hash_key);

  // Returns the entry and marks it as the last used; nullptr when there is
  // none. Valid until the next call. Takes no memory.
  Entry* Find(absl::string_view key);

  // Puts facts in the place of what is there. Facts too large for the whole
  // cache are not kept, nor those that contradict themselves.
  //
  //   now  seconds since the epoch.
  void Store(const Facts& facts, int64_t now);

  // Drops one entry; says whether there was one.
  bool Erase(absl::string_view key);

  // Drops all; returns how many.
  size_t Clear();

  size_t size() const { return index_.size(); }
  size_t bytes() const { return bytes_; }
  uint64_t evictions() const { return evictions_; }

 private:
  using Entries = std::list<Entry>;  // the last used first
  struct KeyedHash {
    using is_transparent = void;
    HashKey key;
    size_t operator()(absl::string_view text) const {
      return absl::HashOf(key, text);
    }
    size_t operator()(Entries::iterator entry) const {
      return (*this)(entry->key());
    }
  };
  struct SameKey {
    using is_transparent = void;
    bool operator()(Entries::iterator a, Entries::iterator b) const {
      return a->key() == b->key();
    }
    bool operator()(Entries::iterator entry, absl::string_view key) const {
      return entry->key() == key;
    }
    bool operator()(absl::string_view key, Entries::iterator entry) const {
      return entry->key() == key;
    }
  };

  void Remove(Entries::iterator entry);

  size_t most_bytes_;
  size_t bytes_ = 0;
  uint64_t evictions_ = 0;
  Entries entries_;
  std::unordered_set<Entries::iterator, KeyedHash, SameKey> index_;
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_VERDICT_CACHE_H_
