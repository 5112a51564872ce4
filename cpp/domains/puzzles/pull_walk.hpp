// Walks of a player of Sokoban that pulls boxes about.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/rng.hpp"
#include "domains/puzzles/sokoban.hpp"
#include "domains/random_walk.hpp"

namespace mlsearch {

// A walk from pull to pull: the player goes the shortest way to where the next pull begins. With
// probability 3/5 the next pull goes on with the last one, same box and same direction, if that is
// possible; otherwise all possible pulls are equally likely, in order of box and direction. Read
// from its end it is a walk of pushes, and a far shorter one than steps at random would make.
class PullWalk {
 public:
  PullWalk(const SokobanPullWorld& world, bool /*backtracks*/, const std::uint8_t* origin)
      : world_(world),
        state_(origin, origin + world.num_bytes()),
        before_(world.num_bytes() - 2),
        queue_(world.num_bytes() - 2) {}

  [[nodiscard]] const std::uint8_t* state() const { return state_.data(); }

  // Goes to the next state. False where no pull is possible.
  bool step(Stream& stream) {
    const SokobanGrid grid(world_.height(), world_.width(), state_.data());
    if (!grid.is_inside()) return false;
    if (way_.empty() && !plan(grid, stream)) return false;
    const std::size_t to = way_.back();
    way_.pop_back();
    grid.put_player(to, state_.data());
    if (way_.empty()) {
      std::swap(state_[pull_.box], state_[grid.here()]);
      pull_.box = grid.here();
    }
    return true;
  }

 private:
  struct Pull {
    std::size_t box, direction;
  };
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  // Chooses a pull and the way to it: the cells to go to, the last first.
  bool plan(const SokobanGrid& grid, Stream& stream) {
    reach(grid);
    const bool goes_on = pull_.box != kNone && is_possible(pull_) && stream.below(5) < 3;
    if (!goes_on && !draw(stream)) return false;
    const std::size_t from = pull_.box + grid.step(pull_.direction);
    way_.push_back(from + grid.step(pull_.direction));
    for (std::size_t cell = from; cell != grid.here(); cell = before_[cell]) way_.push_back(cell);
    return true;
  }

  // Finds the cell before each that the player can reach, by breadth-first search.
  void reach(const SokobanGrid& grid) {
    std::fill(before_.begin(), before_.end(), kNone);
    before_[grid.here()] = grid.here();
    queue_[0] = grid.here();
    for (std::size_t first = 0, last = 1; first < last; ++first) {
      const std::size_t here = queue_[first];
      for (std::size_t direction = 0; direction < 4; ++direction) {
        const std::size_t to = next(here, direction);
        if (to == kNone || !is_empty(to) || before_[to] != kNone) continue;
        before_[to] = here;
        queue_[last++] = to;
      }
    }
  }

  bool draw(Stream& stream) {
    possible_.clear();
    for (std::size_t box = 0; box < before_.size(); ++box) {
      if (state_[box] == 0) continue;
      for (std::size_t direction = 0; direction < 4; ++direction) {
        if (is_possible({box, direction})) possible_.push_back({box, direction});
      }
    }
    if (possible_.empty()) return false;
    pull_ = possible_[stream.below(static_cast<std::uint32_t>(possible_.size()))];
    return true;
  }

  // Whether the player can reach the cell beside the box, and the cell beyond that is free.
  [[nodiscard]] bool is_possible(const Pull& pull) const {
    const std::size_t from = next(pull.box, pull.direction);
    if (from == kNone || before_[from] == kNone) return false;
    const std::size_t to = next(from, pull.direction);
    return to != kNone && is_empty(to);
  }

  [[nodiscard]] bool is_empty(std::size_t cell) const {
    return world_.walls()[cell] == 0 && state_[cell] == 0;
  }

  // The cell beside another, or none beyond the level.
  [[nodiscard]] std::size_t next(std::size_t cell, std::size_t direction) const {
    const std::size_t width = world_.width(), row = cell / width, column = cell % width;
    const bool is_outside =
        (direction == 0 && row == 0) || (direction == 1 && row + 1 == world_.height()) ||
        (direction == 2 && column == 0) || (direction == 3 && column + 1 == width);
    const std::size_t steps[4] = {cell - width, cell + width, cell - 1, cell + 1};
    return is_outside ? kNone : steps[direction];
  }

  SokobanPullWorld world_;
  std::vector<std::uint8_t> state_;
  Pull pull_{kNone, 0};              // the one that is on the way, or the last
  std::vector<std::size_t> way_;     // the cells that the player goes to, the next one last
  std::vector<std::size_t> before_;  // of each cell that the player can reach
  std::vector<std::size_t> queue_;
  std::vector<Pull> possible_;
};

template <>
struct WalkOf<SokobanPullWorld> {
  using Type = PullWalk;
};

}  // namespace mlsearch
