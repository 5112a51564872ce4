// Permutations of up to 64 bytes by the byte shuffles that processors with AVX2 have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "domains/world.hpp"

namespace mlsearch {

// Rows of `num_bytes` bytes; byte i of row k is byte moves[k * num_bytes + i] of the state.
class Shuffles {
 public:
  Shuffles(const std::int32_t* moves, std::size_t num_moves, std::size_t num_bytes);

  // Whether this processor has them, and states are short enough.
  [[nodiscard]] bool are_there() const { return write_ != nullptr; }

  // Writes all rows, one after the other, or one.
  void apply(const std::uint8_t* state, std::uint8_t* rows) const {
    (this->*write_)(state, 0, num_moves_, rows);
  }
  void apply_one(const std::uint8_t* state, std::size_t move, std::uint8_t* row) const {
    (this->*write_)(state, move, 1, row);
  }

  // What each row is to the two states, without writing it.
  void compare(const std::uint8_t* state, const std::uint8_t* before, Step* steps) const {
    (this->*compare_)(state, before, steps);
  }

 private:
  using Write = void (Shuffles::*)(const std::uint8_t*, std::size_t, std::size_t,
                                   std::uint8_t*) const;
  using Compare = void (Shuffles::*)(const std::uint8_t*, const std::uint8_t*, Step*) const;

  void prepare_64(const std::int32_t* moves);  // AVX-512 with VBMI
  void prepare_16(const std::int32_t* moves);  // AVX2
  void write_64(const std::uint8_t* state, std::size_t first, std::size_t num,
                std::uint8_t* rows) const;
  void compare_64(const std::uint8_t* state, const std::uint8_t* before, Step* steps) const;
  template <std::size_t num_parts>
  void write_16(const std::uint8_t* state, std::size_t first, std::size_t num,
                std::uint8_t* rows) const;
  template <std::size_t num_parts>
  void compare_16(const std::uint8_t* state, const std::uint8_t* before, Step* steps) const;

  std::size_t num_moves_;
  std::size_t num_bytes_;
  Write write_ = nullptr;
  Compare compare_ = nullptr;
  // Of AVX-512: 64 bytes for each row, where its bytes come from. Of AVX2, for each row, block of
  // 32 bytes that it is written in and part of 16 that the state has: which bytes of the part go
  // where in the block, 128 for none.
  std::vector<std::uint8_t> masks_;
};

}  // namespace mlsearch
