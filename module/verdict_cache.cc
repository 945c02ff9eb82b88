#include "module/verdict_cache.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "absl/status/statusor.h"
#include "stub/wire/facts_octets.h"

namespace danebound {
namespace {

// What malloc takes for a block of so many octets: its own field, rounded up.
constexpr size_t Block(size_t size) {
  return std::max<size_t>((size + 8 + 15) / 16 * 16, 32);
}

// The node of the list with the entry; that of the index, with a slot in its
// table.
constexpr size_t kEntryOverhead =
    Block(sizeof(VerdictCache::Entry) + 2 * sizeof(void*)) +
    Block(3 * sizeof(void*)) + 2 * sizeof(void*);

// Where the desk schedules a renewal: a node with the key as a string, and one
// with the time and where the key is.
constexpr size_t kRenewalOverhead =
    Block(5 * sizeof(void*) + sizeof(std::string)) + Block(6 * sizeof(void*));

}  // namespace

int64_t WholeUntil(const Facts& facts) {
  int64_t first = facts.expires;
  for (const HostFacts& host : facts.hosts) {
    first = std::min(first, host.expires);
  }
  return first;
}

VerdictCache::Entry::Entry(const Facts& facts, absl::string_view octets,
                           int64_t now)
    : kind_(facts.kind),
      key_size_(static_cast<uint16_t>(KeySize(octets))),
      size_(static_cast<uint32_t>(octets.size())),
      counted_(now),
      mx_expires_(facts.expires),
      expires_(ExpiryOf(facts)),
      whole_until_(WholeUntil(facts)),
      octets_(new char[octets.size()]) {
  std::memcpy(octets_.get(), octets.data(), octets.size());
}

// What it holds was made by EncodeFacts.
Facts VerdictCache::Entry::ToFacts() const {
  return ParseFacts(octets(), counted_).value();
}

size_t VerdictCache::Entry::memory() const {
  return kEntryOverhead + Block(size_) + kRenewalOverhead +
         Block(key_size_ + size_t{1});
}

VerdictCache::VerdictCache(size_t most_bytes, HashKey hash_key)
    : most_bytes_(most_bytes), index_(0, KeyedHash{hash_key}) {}

VerdictCache::Entry* VerdictCache::Find(absl::string_view key) {
  const auto found = index_.find(key);
  if (found == index_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, *found);
  return &**found;
}

void VerdictCache::Store(const Facts& facts, int64_t now) {
  Erase(KeyOf(facts.next_hop));
  // Clients take no others.
  if (!ContradictionIn(facts).empty()) return;
  const absl::StatusOr<std::string> octets = EncodeFacts(facts, now);
  if (!octets.ok()) return;
  // A list of its own, until nothing can fail any more.
  Entries added;
  added.emplace_front(facts, *octets, now);
  const size_t memory = added.front().memory();
  if (memory > most_bytes_) return;
  index_.insert(added.begin());
  entries_.splice(entries_.begin(), added);
  bytes_ += memory;
  while (bytes_ > most_bytes_) {
    Remove(std::prev(entries_.end()));
    ++evictions_;
  }
}

bool VerdictCache::Erase(absl::string_view key) {
  const auto found = index_.find(key);
  if (found == index_.end()) return false;
  Remove(*found);
  return true;
}

size_t VerdictCache::Clear() {
  const size_t count = index_.size();
  index_.clear();
  entries_.clear();
  bytes_ = 0;
  return count;
}

void VerdictCache::Remove(Entries::iterator entry) {
  bytes_ -= entry->memory();
  index_.erase(entry);
  entries_.erase(entry);
}

}  // namespace danebound
