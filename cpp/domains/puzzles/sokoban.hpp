// Sokoban: a player pushes boxes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "domains/rows.hpp"
#include "domains/world.hpp"

namespace mlsearch {

// Where the player of a state is, and where it can go.
class SokobanGrid {
 public:
  SokobanGrid(std::size_t height, std::size_t width, const std::uint8_t* state)
      : height_(height),
        width_(width),
        row_(state[height * width]),
        column_(state[height * width + 1]) {}

  [[nodiscard]] bool is_inside() const { return row_ < height_ && column_ < width_; }
  [[nodiscard]] std::size_t here() const { return row_ * width_ + column_; }

  // How many cells the player may go up, down, left or right before the level ends.
  [[nodiscard]] std::size_t room(std::size_t direction) const {
    const std::size_t rooms[4] = {row_, height_ - 1 - row_, column_, width_ - 1 - column_};
    return rooms[direction];
  }
  // By how much the number of a cell changes with a step; a step back is `0 - step`.
  [[nodiscard]] std::size_t step(std::size_t direction) const {
    const std::size_t steps[4] = {std::size_t{0} - width_, width_, std::size_t{0} - 1, 1};
    return steps[direction];
  }
  void put_player(std::size_t cell, std::uint8_t* state) const {
    state[height_ * width_] = static_cast<std::uint8_t>(cell / width_);
    state[height_ * width_ + 1] = static_cast<std::uint8_t>(cell % width_);
  }

 private:
  std::size_t height_, width_, row_, column_;
};

// A state is a byte for each cell, 1 where there is a box, and then the row and the column of the
// player. Moves go up, down, left and right and push a box; outside of the level is wall.
class SokobanWorld {
 public:
  SokobanWorld() = default;
  SokobanWorld(const std::uint8_t* walls, std::size_t height, std::size_t width)
      : walls_(walls), height_(height), width_(width) {}
  [[nodiscard]] std::size_t num_bytes() const { return cells() + 2; }
  [[nodiscard]] std::size_t num_moves() const { return 4; }

  void neighbours(const std::uint8_t* state, std::uint8_t* rows) const {
    repeat_state(state, num_bytes(), num_moves(), rows);
    const SokobanGrid grid(height_, width_, state);
    if (!grid.is_inside()) return;
    for (std::size_t move = 0; move < 4; ++move) {
      std::uint8_t* const found = rows + move * num_bytes();
      const std::size_t step = grid.step(move);
      if (grid.room(move) == 0 || !steps_to(grid.here() + step, step, grid.room(move) > 1, found)) {
        continue;
      }
      grid.put_player(grid.here() + step, found);
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

// The same backwards: moves that undo those of SokobanWorld. The player steps back up, down, left
// or right, which are moves 0 to 3, or does so and pulls along the box on its other side, 4 to 7.
class SokobanPullWorld {
 public:
  SokobanPullWorld() = default;
  SokobanPullWorld(const std::uint8_t* walls, std::size_t height, std::size_t width)
      : walls_(walls), height_(height), width_(width) {}
  [[nodiscard]] std::size_t num_bytes() const { return height_ * width_ + 2; }
  [[nodiscard]] std::size_t num_moves() const { return 8; }
  [[nodiscard]] const std::uint8_t* walls() const { return walls_; }
  [[nodiscard]] std::size_t height() const { return height_; }
  [[nodiscard]] std::size_t width() const { return width_; }

  void neighbours(const std::uint8_t* state, std::uint8_t* rows) const {
    repeat_state(state, num_bytes(), num_moves(), rows);
    const SokobanGrid grid(height_, width_, state);
    if (!grid.is_inside()) return;
    for (std::size_t move = 0; move < num_moves(); ++move) {
      const std::size_t direction = move % 4, opposite = direction ^ 1;
      const std::size_t here = grid.here(), to = here + grid.step(direction);
      if (grid.room(direction) == 0 || walls_[to] != 0 || state[to] != 0) continue;
      std::uint8_t* const found = rows + move * num_bytes();
      if (move >= 4) {
        const std::size_t box = here + grid.step(opposite);
        if (grid.room(opposite) == 0 || state[box] == 0) continue;
        found[box] = 0;
        found[here] = 1;
      }
      grid.put_player(to, found);
    }
  }

 private:
  const std::uint8_t* walls_ = nullptr;
  std::size_t height_ = 0;
  std::size_t width_ = 0;
};

// Levels of one shape as worlds of some kind, which see the walls of their level.
template <class LevelWorld>
class SokobanLevels {
 public:
  using World = LevelWorld;

  // `walls` has a byte for each cell of each level, 1 where there is a wall. It is copied.
  SokobanLevels(const std::uint8_t* walls, std::int64_t num_levels, std::size_t height,
                std::size_t width)
      : walls_(walls, walls + static_cast<std::size_t>(num_levels) * height * width),
        num_levels_(num_levels),
        height_(height),
        width_(width) {}

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

using SokobanPuzzle = SokobanLevels<SokobanWorld>;
using SokobanPulls = SokobanLevels<SokobanPullWorld>;

static_assert(World<SokobanWorld> && World<SokobanPullWorld>);

}  // namespace mlsearch
