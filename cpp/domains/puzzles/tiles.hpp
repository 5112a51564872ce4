// Sliding tiles on a square board.
#pragma once

#include <algorithm>
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
      const Places places = places_of(state);
      if (places.blank == size) return;
      for (std::size_t move = 0; move < 4; ++move, rows += size) {
        std::swap(rows[places.blank], rows[places.to[move]]);
      }
    }

    void neighbour(const std::uint8_t* state, std::size_t move, std::uint8_t* row) const {
      std::memcpy(row, state, num_bytes());
      const Places places = places_of(state);
      if (places.blank < num_bytes()) std::swap(row[places.blank], row[places.to[move]]);
    }

    void steps(const std::uint8_t* state, const std::uint8_t* before, Step* steps) const {
      const Places places = places_of(state);
      const std::size_t blank = places.blank;
      for (std::size_t move = 0; move < 4; ++move) {
        const std::size_t to = places.to[move];
        if (to == blank || state[to] == 0) {
          steps[move] = Step::none;
          continue;
        }
        const bool may_return = before[to] == 0 && before[blank] == state[to];
        const auto [first, last] = std::minmax(blank, to);
        steps[move] = step_of(
            false, may_return && is_same_state(state, before, first) &&
                       is_same_state(state + first + 1, before + first + 1, last - first - 1) &&
                       is_same_state(state + last + 1, before + last + 1, num_bytes() - last - 1));
      }
    }

   private:
    // Where the blank is, and where the moves take it; where it is if they cannot. Without a blank
    // no move is possible, and all places are behind the board.
    struct Places {
      std::size_t blank;
      std::size_t to[4];
    };
    [[nodiscard]] Places places_of(const std::uint8_t* state) const {
      const std::size_t size = num_bytes();
      const void* const found = std::memchr(state, 0, size);
      if (found == nullptr) return {size, {size, size, size, size}};
      const auto blank = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - state);
      const std::size_t column = blank % side_;
      return {blank,
              {blank >= side_ ? blank - side_ : blank, blank + side_ < size ? blank + side_ : blank,
               column > 0 ? blank - 1 : blank, column + 1 < side_ ? blank + 1 : blank}};
    }

    std::size_t side_ = 0;
  };

  [[nodiscard]] std::int64_t num_worlds() const { return 1; }
  [[nodiscard]] World world(std::int32_t) const { return World(side_); }

 private:
  std::size_t side_;
};

static_assert(Stepping<TilesPuzzle::World>);

}  // namespace mlsearch
