// Sokoban: a player pushes boxes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "domains/rows.hpp"
#include "domains/world.hpp"

namespace mlsearch {

// Levels of one shape. A state is a byte for each cell, 1 where there is a box, and then the row
// and the column of the player. Moves go up, down, left and right; outside of the level is wall.
class SokobanPuzzle {
 public:
  // `walls` has a byte for each cell of each level, 1 where there is a wall. It is copied.
  SokobanPuzzle(const std::uint8_t* walls, std::int64_t num_levels, std::size_t height,
                std::size_t width)
      : walls_(walls, walls + static_cast<std::size_t>(num_levels) * height * width),
        num_levels_(num_levels),
        height_(height),
        width_(width) {}

  class World {
   public:
    World() = default;
    World(const std::uint8_t* walls, std::size_t height, std::size_t width)
        : walls_(walls), height_(height), width_(width) {}
    [[nodiscard]] std::size_t num_bytes() const { return cells() + 2; }
    [[nodiscard]] std::size_t num_moves() const { return 4; }

    void neighbours(const std::uint8_t* state, std::uint8_t* rows) const {
      repeat_state(state, num_bytes(), 4, rows);
      const std::size_t row = state[cells()];
      const std::size_t column = state[cells() + 1];
      if (row >= height_ || column >= width_) return;
      const std::size_t here = row * width_ + column;
      // How many cells the player may go on, and by how much the index changes in each.
      const std::size_t room[4] = {row, height_ - 1 - row, column, width_ - 1 - column};
      const std::size_t steps[4] = {std::size_t{0} - width_, width_, std::size_t{0} - 1, 1};
      for (std::size_t move = 0; move < 4; ++move) {
        std::uint8_t* const found = rows + move * num_bytes();
        if (room[move] == 0 || !steps_to(here + steps[move], steps[move], room[move] > 1, found)) {
          continue;
        }
        found[cells()] = static_cast<std::uint8_t>((here + steps[move]) / width_);
        found[cells() + 1] = static_cast<std::uint8_t>((here + steps[move]) % width_);
      }
    }

   private:
    [[nodiscard]] std::size_t cells() const { return height_ * width_; }

    // Whether the player may step on a cell; a box that is there is pushed one step further.
    bool steps_to(std::size_t cell, std::size_t step, bool is_beyond_inside,
                  std::uint8_t* state) const {
      if (walls_[cell] != 0) return false;
      if (state[cell] == 0) return true;
      const std::size_t beyond = cell + step;
      if (!is_beyond_inside || walls_[beyond] != 0 || state[beyond] != 0) return false;
      state[cell] = 0;
      state[beyond] = 1;
      return true;
    }

    const std::uint8_t* walls_ = nullptr;
    std::size_t height_ = 0;
    std::size_t width_ = 0;
  };

  [[nodiscard]] std::int64_t num_worlds() const { return num_levels_; }
  [[nodiscard]] World world(std::int32_t level) const {
    const auto begin = static_cast<std::size_t>(level) * height_ * width_;
    return {walls_.data() + begin, height_, width_};
  }

 private:
  std::vector<std::uint8_t> walls_;
  std::int64_t num_levels_;
  std::size_t height_;
  std::size_t width_;
};

static_assert(World<SokobanPuzzle::World>);

}  // namespace mlsearch
