// A token bucket: at most so many a second, saved up for one second.
#ifndef DANEBOUND_MODULE_TOKEN_BUCKET_H_
#define DANEBOUND_MODULE_TOKEN_BUCKET_H_

#include <algorithm>
#include <cstdint>

namespace danebound {

class TokenBucket {
 public:
  //   per_second  tokens that come in each second, and the most that it holds.
  explicit TokenBucket(int64_t per_second)
      : per_second_(per_second), thousandths_(per_second * 1000) {}

  // Takes one token if there is one. `now_ms` is any clock in milliseconds that
  // does not go back.
  bool Take(int64_t now_ms) {
    // One token a second is one thousandth of a token a millisecond.
    const int64_t gained =
        std::min<int64_t>(now_ms - last_ms_, 1000) * per_second_;
    thousandths_ = std::min(thousandths_ + gained, per_second_ * 1000);
    last_ms_ = now_ms;
    if (thousandths_ < 1000) return false;
    thousandths_ -= 1000;
    return true;
  }

 private:
  int64_t per_second_;
  int64_t thousandths_;
  int64_t last_ms_ = 0;
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_TOKEN_BUCKET_H_
