// Sliding tiles on a square board.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "domains/rows.hpp"
#include "domains/world.hpp"

namespace mlsearch {

// Bytes are tiles, row by row, and 0 is the blank. Moves take the blank up, down, left and right.
class TilesPuzzle {
 public:
  explicit TilesPuzzle(std::size_t side) : size_(side * side) {
    for (std::size_t i = 0; i < size_; ++i) {
      const std::size_t column = i % side;
      to_.push_back({i >= side ? i - side : i, i + side < size_ ? i + side : i,
                     column > 0 ? i - 1 : i, column + 1 < side ? i + 1 : i});
    }
  }

  class World {
   public:
    World() = default;
    explicit World(const TilesPuzzle& puzzle) : puzzle_(&puzzle) {}
    [[nodiscard]] std::size_t num_bytes() const { return puzzle_->size_; }
    [[nodiscard]] std::size_t num_moves() const { return 4; }

    void neighbours(const std::uint8_t* state, std::uint8_t* rows) const {
      repeat_state(state, num_bytes(), 4, rows);
      const std::size_t blank = blank_of(state);
      if (blank == num_bytes()) return;  // there is none, so that no move is possible
      for (const std::size_t to : puzzle_->to_[blank]) {
        std::swap(rows[blank], rows[to]);
        rows += num_bytes();
      }
    }

    void neighbour(const std::uint8_t* state, std::size_t move, std::uint8_t* row) const {
      copy_state(state, num_bytes(), row);
      const std::size_t blank = blank_of(state);
      if (blank < num_bytes()) std::swap(row[blank], row[puzzle_->to_[blank][move]]);
    }

    // On boards with one blank, which a step back takes to where it was.
    void steps(const std::uint8_t* state, const std::uint8_t* before, Step* steps) const {
      const std::size_t blank = blank_of(state);
      const std::size_t last = blank_of(before);
      for (std::size_t move = 0; move < 4; ++move) {
        const std::size_t to = blank < num_bytes() ? puzzle_->to_[blank][move] : blank;
        steps[move] = step_of(to == blank, to == last);
      }
    }

   private:
    [[nodiscard]] std::size_t blank_of(const std::uint8_t* state) const {
      return first_zero(state, num_bytes());
    }

    const TilesPuzzle* puzzle_ = nullptr;
  };

  [[nodiscard]] std::int64_t num_worlds() const { return 1; }
  [[nodiscard]] World world(std::int32_t) const { return World(*this); }

 private:
  std::size_t size_;
  std::vector<std::array<std::size_t, 4>> to_;  // where the moves take the blank from each place
};

static_assert(Stepping<TilesPuzzle::World>);

}  // namespace mlsearch
