// Counter-based random streams: item i of a call draws from Stream(seed, i), so its
// values do not depend on the batch, the order of work or the number of threads.
#pragma once

#include <cstdint>

namespace mlsearch {

// The finalizer of SplitMix64 (Steele, Lea & Flood 2014): a bijection that mixes all 64 bits.
constexpr std::uint64_t mix64(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31);
}

class Stream {
 public:
  // Streams of different (seed, item) are independent for all practical purposes.
  constexpr Stream(std::uint64_t seed, std::uint64_t item)
      : state_(mix64(mix64(seed + kStep) + item * kStep)) {}

  // 64 uniform bits.
  constexpr std::uint64_t bits() { return mix64(state_ += kStep); }

  // Uniform over 0 .. bound - 1 without bias (Lemire 2019); bound must be positive.
  constexpr std::uint32_t below(std::uint32_t bound) {
    std::uint64_t product = (bits() >> 32) * bound;
    if (static_cast<std::uint32_t>(product) < bound) {
      const std::uint32_t threshold = (0U - bound) % bound;
      while (static_cast<std::uint32_t>(product) < threshold) product = (bits() >> 32) * bound;
    }
    return static_cast<std::uint32_t>(product >> 32);
  }

  // Uniform over [0, 1), a multiple of 2^-53.
  constexpr double uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }

 private:
  static constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15ULL;
  std::uint64_t state_;
};

}  // namespace mlsearch
