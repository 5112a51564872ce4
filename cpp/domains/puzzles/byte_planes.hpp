// Permutations of many states at a time, for processors that cannot look bytes up in a register.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mlsearch {

inline constexpr std::int64_t kPlaneStates = 16;

// 16 states are transposed, so that a register holds the same byte of all of them; a move then
// chooses registers, which are transposed back. Registers of 16 bytes are enough, and zipping two
// of them is an instruction of every x86-64 and arm64.
class BytePlanes {
 public:
  BytePlanes(const std::int32_t* moves, std::size_t num_moves, std::size_t num_bytes);

  // Whether it is faster than to copy each state and make so many changes in all of its rows, and
  // possible: states have 16 to 256 bytes, and the compiler knows vectors.
  [[nodiscard]] bool pay_for(std::size_t num_changes) const;

  // Writes the rows of all moves for each of 16 states that follow one another.
  void apply(const std::uint8_t* states, std::uint8_t* rows) const;

 private:
  std::size_t num_moves_;
  std::size_t num_bytes_;
  std::vector<std::uint8_t> from_;  // row by row, where each byte comes from; empty: not possible
};

}  // namespace mlsearch
