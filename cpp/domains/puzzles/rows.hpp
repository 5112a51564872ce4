// Neighbours as copies of a state in which a few bytes change.
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

}  // namespace mlsearch
