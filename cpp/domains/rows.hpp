// States as rows of bytes: copies, and comparisons.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mlsearch {

// Writes `num` copies of a state, one after the other: few long copies instead of many short ones.
inline void repeat_state(const std::uint8_t* state, std::size_t num_bytes, std::size_t num,
                         std::uint8_t* rows) {
  std::memcpy(rows, state, num_bytes);
  const std::size_t all = num_bytes * num;
  for (std::size_t done = num_bytes; done < all; done *= 2) {
    std::memcpy(rows + done, rows, std::min(done, all - done));
  }
}

// Whether two states are the same; most differ early, so that a call of memcmp takes longer.
inline bool is_same_state(const std::uint8_t* first, const std::uint8_t* second,
                          std::size_t num_bytes) {
  std::size_t at = 0;
  for (; at + sizeof(std::uint64_t) <= num_bytes; at += sizeof(std::uint64_t)) {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    std::memcpy(&a, first + at, sizeof a);
    std::memcpy(&b, second + at, sizeof b);
    if (a != b) return false;
  }
  for (; at < num_bytes; ++at) {
    if (first[at] != second[at]) return false;
  }
  return true;
}

}  // namespace mlsearch
