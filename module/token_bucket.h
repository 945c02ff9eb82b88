// A token bucket: so many a second, saved up to a bound.
#ifndef DANEBOUND_MODULE_TOKEN_BUCKET_H_
#define DANEBOUND_MODULE_TOKEN_BUCKET_H_

#include <algorithm>
#include <cstdint>

namespace danebound {

class TokenBucket {
 public:
  // Saves up for one second.
  //
  //   per_second  tokens that come in each second.
  explicit TokenBucket(int64_t per_second)
      : TokenBucket(per_second, per_second) {}
  //   most  that it holds.
  TokenBucket(int64_t per_second, int64_t most)
      : per_second_(per_second), most_(most * 1000), thousandths_(most_) {}

  // Takes `count` tokens if there are so many. `now_ms` is any clock in
  // milliseconds that does not go back.
  bool Take(int64_t now_ms, int64_t count = 1) {
    Fill(now_ms);
    if (thousandths_ < count * 1000) return false;
    thousandths_ -= count * 1000;
    return true;
  }

  // Says whether there is one.
  bool HasToken(int64_t now_ms) {
    Fill(now_ms);
    return thousandths_ >= 1000;
  }

  // When there will be one, if there was none when it was last asked for; else
  // INT64_MAX.
  int64_t NextToken() const {
    if (thousandths_ >= 1000) return INT64_MAX;
    return last_ms_ + (1000 - thousandths_ + per_second_ - 1) / per_second_;
  }

  // Puts tokens back, as far as the bucket holds them.
  void Give(int64_t count) {
    thousandths_ = std::min(thousandths_ + count * 1000, most_);
  }

  // Takes `count` tokens also where there are not so many: what comes in later
  // pays for them, down to a debt as large as the bucket.
  void Charge(int64_t count) {
    thousandths_ = std::max(thousandths_ - count * 1000, -most_);
  }

 private:
  void Fill(int64_t now_ms) {
    // One token a second is one thousandth of a token a millisecond.
    const int64_t passed =
        std::clamp<int64_t>(now_ms - last_ms_, 0, 2 * most_ / per_second_ + 1);
    thousandths_ = std::min(thousandths_ + passed * per_second_, most_);
    last_ms_ = now_ms;
  }

  int64_t per_second_;
  int64_t most_;  // thousandths
  int64_t thousandths_;
  int64_t last_ms_ = 0;
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_TOKEN_BUCKET_H_
