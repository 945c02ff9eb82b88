#include "module/verdict_cache.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

// What the list node and the slot in the index take beside the strings.
constexpr size_t kEntryOverhead =
    sizeof(VerdictCache::Entry) + 8 * sizeof(void*);

size_t SizeOf(const std::string& text) { return text.capacity(); }

size_t SizeOf(const Name& name) { return sizeof(Name) + name.wire().size(); }

size_t SizeOf(const std::vector<Reason>& reasons) {
  size_t size = 0;
  for (const Reason& reason : reasons) {
    size += sizeof(Reason) + SizeOf(reason.text);
  }
  return size;
}

size_t SizeOf(const HostFacts& host) {
  size_t size = sizeof(HostFacts) + SizeOf(host.name) + SizeOf(host.expanded) +
                SizeOf(host.base_domain) + SizeOf(host.reasons) +
                host.addresses.size() * sizeof(HostAddress);
  for (const std::string& rdata : host.tlsa) {
    size += sizeof(std::string) + SizeOf(rdata);
  }
  return size;
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
  size_t size = sizeof(Facts) + SizeOf(facts.next_hop.name) +
                SizeOf(facts.expanded) + SizeOf(facts.reasons);
  for (const HostFacts& host : facts.hosts) size += SizeOf(host);
  return size;
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
  const size_t size = kEntryOverhead + 2 * key.size() + SizeOf(*facts);
  if (size > most_bytes_) return;
  entries_.push_front({std::string(key), std::move(facts), size, false});
  index_.emplace(entries_.front().key, entries_.begin());
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
