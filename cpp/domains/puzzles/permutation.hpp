// Puzzles whose moves permute positions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "domains/puzzles/byte_planes.hpp"
#include "domains/puzzles/shuffles.hpp"
#include "domains/rows.hpp"
#include "domains/world.hpp"

namespace mlsearch {

// After move k, position i holds what was at position moves[k * num_bytes + i].
class PermutationPuzzle {
 public:
  PermutationPuzzle(const std::int32_t* moves, std::size_t num_moves, std::size_t num_bytes)
      : num_moves_(num_moves),
        num_bytes_(num_bytes),
        shuffles_(moves, num_moves, num_bytes),
        planes_(moves, num_moves, num_bytes) {
    for (std::size_t i = 0; i < num_moves * num_bytes; ++i) {
      if (i % num_bytes == 0) begins_.push_back(changes_.size());
      const auto from = static_cast<std::uint32_t>(moves[i]);
      const auto to = static_cast<std::uint32_t>(i % num_bytes);
      if (from != to) changes_.push_back({to, from});
    }
    begins_.push_back(changes_.size());
  }

  class World {
   public:
    World() = default;
    explicit World(const PermutationPuzzle& puzzle) : puzzle_(&puzzle) {}
    [[nodiscard]] std::size_t num_bytes() const { return puzzle_->num_bytes_; }
    [[nodiscard]] std::size_t num_moves() const { return puzzle_->num_moves_; }

    void neighbours(const std::uint8_t* state, std::uint8_t* rows) const {
      puzzle_->neighbours_of_one(state, rows);
    }
    void neighbour(const std::uint8_t* state, std::size_t move, std::uint8_t* row) const {
      puzzle_->neighbour(state, move, row);
    }
    void steps(const std::uint8_t* state, const std::uint8_t* before, Step* steps) const {
      puzzle_->steps(state, before, steps);
    }

   private:
    const PermutationPuzzle* puzzle_ = nullptr;
  };

  [[nodiscard]] std::int64_t num_worlds() const { return 1; }
  [[nodiscard]] World world(std::int32_t) const { return World(*this); }

  // The neighbours of `num` states that follow one another.
  void neighbours(const std::uint8_t* states, std::int64_t num, std::uint8_t* rows) const {
    const auto answer = static_cast<std::int64_t>(num_moves_ * num_bytes_);
    const auto size = static_cast<std::int64_t>(num_bytes_);
    if (shuffles_.are_there() || !planes_.pay_for(changes_.size()) || num < kPlaneStates) {
      for (std::int64_t i = 0; i < num; ++i)
        neighbours_of_one(states + i * size, rows + i * answer);
      return;
    }
    for (std::int64_t done = 0; done < num; done += kPlaneStates) {
      const std::int64_t i = std::min(done, num - kPlaneStates);  // some again at the end
      planes_.apply(states + i * size, rows + i * answer);
    }
  }

 private:
  struct Change {
    std::uint32_t to;
    std::uint32_t from;
  };

  void neighbours_of_one(const std::uint8_t* state, std::uint8_t* rows) const {
    if (shuffles_.are_there()) return shuffles_.apply(state, rows);
    repeat_state(state, num_bytes_, num_moves_, rows);
    for (std::size_t move = 0; move < num_moves_; ++move) {
      for (const Change& change : of(move)) rows[change.to] = state[change.from];
      rows += num_bytes_;
    }
  }

  void neighbour(const std::uint8_t* state, std::size_t move, std::uint8_t* row) const {
    if (shuffles_.are_there()) return shuffles_.apply_one(state, move, row);
    copy_state(state, num_bytes_, row);
    for (const Change& change : of(move)) row[change.to] = state[change.from];
  }

  void steps(const std::uint8_t* state, const std::uint8_t* before, Step* steps) const {
    if (shuffles_.are_there()) return shuffles_.compare(state, before, steps);
    for (std::size_t move = 0; move < num_moves_; ++move) {
      const auto differs = [&](const std::uint8_t* other) {
        return std::ranges::any_of(of(move),
                                   [&](const Change& c) { return state[c.from] != other[c.to]; });
      };
      steps[move] = step_of(!differs(state), !differs(before) && is_rest_same(move, state, before));
    }
  }

  // Whether two states are the same where a move changes nothing.
  [[nodiscard]] bool is_rest_same(std::size_t move, const std::uint8_t* state,
                                  const std::uint8_t* before) const {
    std::uint32_t at = 0;
    for (const Change& change : of(move)) {
      if (!is_same_state(state + at, before + at, change.to - at)) return false;
      at = change.to + 1;
    }
    return is_same_state(state + at, before + at, num_bytes_ - at);
  }

  [[nodiscard]] std::span<const Change> of(std::size_t move) const {
    return {changes_.data() + begins_[move], changes_.data() + begins_[move + 1]};
  }

  std::size_t num_moves_;
  std::size_t num_bytes_;
  Shuffles shuffles_;
  BytePlanes planes_;                // for many states, where there are no shuffles
  std::vector<Change> changes_;      // of all moves, each in ascending order
  std::vector<std::size_t> begins_;  // of the changes of each move, and the end
};

static_assert(Stepping<PermutationPuzzle::World>);

}  // namespace mlsearch
