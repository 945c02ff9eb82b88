#include "module/verdict_cache.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

// What malloc takes for a block of so many octets: its own field, rounded up.
constexpr size_t Block(size_t size) {
  return size == 0 ? 0 : std::max<size_t>((size + 8 + 15) / 16 * 16, 32);
}

// A string of up to this size has no block of its own.
constexpr size_t kInPlace = 15;

// The nodes of the list with the entry and of the index, with a slot in its
// table; and where the desk schedules a renewal of it, two nodes.
constexpr size_t kEntryOverhead =
    Block(sizeof(VerdictCache::Entry) + 2 * sizeof(void*)) +
    Block(5 * sizeof(void*)) + 2 * sizeof(void*) +
    2 * Block(5 * sizeof(void*) + sizeof(std::string));
// The key stands in the entry, and twice where renewals are scheduled.
constexpr size_t kKeys = 3;

size_t TextBlock(size_t length) {
  return length <= kInPlace ? 0 : Block(length + 1);
}

// Below: what a value takes beside itself.
size_t SizeOf(const std::string& text) { return TextBlock(text.capacity()); }

size_t SizeOf(const Name& name) { return TextBlock(name.wire().size()); }

size_t SizeOf(const Reason& reason) { return SizeOf(reason.text); }

size_t SizeOf(const HostAddress& address) {
  return TextBlock(address.address.octets().size());
}

size_t SizeOf(const HostFacts& host);

template <typename Value>
size_t SizeOf(const std::vector<Value>& values) {
  size_t size = Block(values.capacity() * sizeof(Value));
  for (const Value& value : values) size += SizeOf(value);
  return size;
}

size_t SizeOf(const HostFacts& host) {
  return SizeOf(host.name) + SizeOf(host.expanded) + SizeOf(host.base_domain) +
         SizeOf(host.reasons) + SizeOf(host.addresses) + SizeOf(host.tlsa);
}

}  // namespace

std::string KeyOf(const NextHop& next_hop) {
  const bool is_address = next_hop.form == NextHopForm::kAddress;
  std::string key = {static_cast<char>(next_hop.form),
                     static_cast<char>(next_hop.port >> 8),
                     static_cast<char>(next_hop.port & 0xff)};
  absl::StrAppend(
      &key, is_address ? next_hop.address.octets() : next_hop.name.wire());
  return key;
}

size_t SizeOf(const Facts& facts) {
  return Block(sizeof(Facts) + 2 * sizeof(void*)) +
         SizeOf(facts.next_hop.name) + SizeOf(facts.expanded) +
         SizeOf(facts.reasons) + SizeOf(facts.hosts);
}

Liveness LivenessOf(const Facts& facts, int64_t now) {
  const auto lives = [now](const HostFacts& host) {
    return host.expires > now;
  };
  const bool mx_lives = facts.expires > now;
  const auto& hosts = facts.hosts;
  if (mx_lives && std::all_of(hosts.begin(), hosts.end(), lives)) {
    return Liveness::kAlive;
  }
  if (mx_lives && facts.kind != Kind::kFailed) return Liveness::kPartly;
  return std::any_of(hosts.begin(), hosts.end(), lives) ? Liveness::kPartly
                                                        : Liveness::kNothing;
}

VerdictCache::VerdictCache(size_t most_bytes, HashKey hash_key)
    : most_bytes_(most_bytes), index_(0, KeyedHash{hash_key}) {}

VerdictCache::Entry* VerdictCache::Find(absl::string_view key) {
  const auto found = index_.find(key);
  if (found == index_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return &*found->second;
}

void VerdictCache::Store(absl::string_view key, SharedFacts facts) {
  Erase(key);
  const size_t size =
      kEntryOverhead + kKeys * TextBlock(key.size()) + SizeOf(*facts);
  if (size > most_bytes_) return;
  // A list of its own, until nothing can fail any more.
  Entries added;
  added.push_front({std::string(key), std::move(facts), size, false});
  index_.emplace(added.front().key, added.begin());
  entries_.splice(entries_.begin(), added);
  bytes_ += size;
  while (bytes_ > most_bytes_) {
    Remove(std::prev(entries_.end()));
    ++evictions_;
  }
}

bool VerdictCache::Erase(absl::string_view key) {
  const auto found = index_.find(key);
  if (found == index_.end()) return false;
  Remove(found->second);
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
  bytes_ -= entry->size;
  index_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace danebound
