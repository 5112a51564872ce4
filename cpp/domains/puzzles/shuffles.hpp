// Permutations of up to 64 bytes by the byte shuffles that processors with AVX2 have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mlsearch {

// Rows of `num_bytes` bytes; byte i of row k is byte moves[k * num_bytes + i] of the state.
class Shuffles {
 public:
  // Whether this processor has them, and states are short enough.
  static bool can(std::size_t num_bytes);

  Shuffles() = default;
  Shuffles(const std::int32_t* moves, std::size_t num_moves, std::size_t num_bytes);

  // Writes all rows, one after the other.
  void apply(const std::uint8_t* state, std::uint8_t* rows) const;

 private:
  std::size_t num_moves_ = 0;
  std::size_t num_bytes_ = 0;
  std::size_t num_parts_ = 0;   // of 16 bytes that a state has
  std::size_t num_blocks_ = 0;  // of 32 bytes that a row is written in
  // For each row, block and part: which bytes of the part go where in the block, 128 for none.
  std::vector<std::uint8_t> masks_;
};

}  // namespace mlsearch
