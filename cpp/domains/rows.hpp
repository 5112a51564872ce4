// States as rows of bytes: copies, and comparisons.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mlsearch {

// Copies a state; a call of memcpy with a length that the compiler does not know takes longer.
inline void copy_state(const std::uint8_t* from, std::size_t num_bytes, std::uint8_t* to) {
  constexpr std::size_t word = sizeof(std::uint64_t);
  if (num_bytes < word) {
    for (std::size_t at = 0; at < num_bytes; ++at) to[at] = from[at];
    return;
  }
  std::uint64_t last = 0;
  std::memcpy(&last, from + num_bytes - word, word);
  for (std::size_t at = 0; at + word < num_bytes; at += word) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, from + at, word);
    std::memcpy(to + at, &bytes, word);
  }
  std::memcpy(to + num_bytes - word, &last, word);
}

// Where the first 0 is, num_bytes if there is none.
inline std::size_t first_zero(const std::uint8_t* state, std::size_t num_bytes) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  std::size_t at = 0;
  if constexpr (std::endian::native == std::endian::little) {
    for (; at + sizeof(std::uint64_t) <= num_bytes; at += sizeof(std::uint64_t)) {
      std::uint64_t bytes = 0;
      std::memcpy(&bytes, state + at, sizeof bytes);
      // The lowest bit of these is in the first byte that is 0 (Warren, "Hacker's Delight", 6-1).
      const std::uint64_t zeros = (bytes - ones) & ~bytes & (ones << 7);
      if (zeros != 0) return at + static_cast<std::size_t>(std::countr_zero(zeros)) / 8;
    }
  }
  while (at < num_bytes && state[at] != 0) ++at;
  return at;
}

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
