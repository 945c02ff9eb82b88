// Facts that came over the socket, or from a lookup in this process, in one
// piece: their octets and a view of them.
#ifndef DANEBOUND_STUB_WIRE_FOUND_FACTS_H_
#define DANEBOUND_STUB_WIRE_FOUND_FACTS_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "stub/dane/facts.h"
#include "stub/wire/facts_view.h"

namespace danebound {

class FoundFacts {
 public:
  // Copies the octets of facts and checks them.
  //
  //   errors  of ViewFacts.
  static absl::StatusOr<FoundFacts> Copy(absl::string_view octets,
                                         const LifeBase& base, bool from_cache);

  // Encodes facts.
  //
  //   now     seconds since the epoch: ends that are past become this.
  //   errors  OutOfRange       of EncodeFacts.
  //           InvalidArgument  they contradict themselves.
  static absl::StatusOr<FoundFacts> Encode(const Facts& facts, int64_t now);

  // Lies in this object's memory, also after it was moved.
  const FactsView& view() const { return view_; }
  absl::string_view octets() const { return {octets_.get(), size_}; }
  bool from_cache() const { return from_cache_; }

  Facts ToFacts() const { return FactsOf(view_); }

 private:
  FoundFacts() = default;

  std::unique_ptr<char[]> octets_;
  size_t size_ = 0;
  FactsView view_;
  bool from_cache_ = false;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_WIRE_FOUND_FACTS_H_
