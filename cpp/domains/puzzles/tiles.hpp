// Sliding tiles on a square board.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "domains/rows.hpp"
#include "domains/world.hpp"

namespace mlsearch {

// Bytes are tiles, row by row, and 0 is the blank. Moves take the blank up, down, left and right.
class TilesPuzzle {
 public:
  explicit TilesPuzzle(std::size_t side) : side_(side) {}

  class World {
   public:
    World() = default;
    explicit World(std::size_t side) : side_(side) {}
    [[nodiscard]] std::size_t num_bytes() const { return side_ * side_; }
    [[nodiscard]] std::size_t num_moves() const { return 4; }

    void neighbours(const std::uint8_t* state, std::uint8_t* rows) const {
      const std::size_t size = num_bytes();
      repeat_state(state, size, 4, rows);
      const void* const found = std::memchr(state, 0, size);
      if (found == nullptr) return;  // without a blank no move is possible
      const auto blank = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - state);
      const std::size_t column = blank % side_;
      if (blank >= side_) std::swap(rows[blank], rows[blank - side_]);
      if (blank + side_ < size) std::swap(rows[size + blank], rows[size + blank + side_]);
      if (column > 0) std::swap(rows[2 * size + blank], rows[2 * size + blank - 1]);
      if (column + 1 < side_) std::swap(rows[3 * size + blank], rows[3 * size + blank + 1]);
    }

   private:
    std::size_t side_ = 0;
  };

  [[nodiscard]] std::int64_t num_worlds() const { return 1; }
  [[nodiscard]] World world(std::int32_t) const { return World(side_); }

 private:
  std::size_t side_;
};

static_assert(World<TilesPuzzle::World>);

}  // namespace mlsearch
