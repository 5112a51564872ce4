// Puzzles whose moves permute positions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "domains/puzzles/shuffles.hpp"
#include "domains/rows.hpp"
#include "domains/world.hpp"

namespace mlsearch {

// After move k, position i holds what was at position moves[k * num_bytes + i].
class PermutationPuzzle {
 public:
  PermutationPuzzle(const std::int32_t* moves, std::size_t num_moves, std::size_t num_bytes)
      : num_moves_(num_moves), num_bytes_(num_bytes), is_shuffled_(Shuffles::can(num_bytes)) {
    if (is_shuffled_) {
      shuffles_ = Shuffles(moves, num_moves, num_bytes);
      return;
    }
    for (std::size_t i = 0; i < num_moves * num_bytes; ++i) {
      const auto from = static_cast<std::uint32_t>(moves[i]);
      if (from != i % num_bytes) changes_.push_back({static_cast<std::uint32_t>(i), from});
    }
  }

  class World {
   public:
    World() = default;
    explicit World(const PermutationPuzzle& puzzle) : puzzle_(&puzzle) {}
    [[nodiscard]] std::size_t num_bytes() const { return puzzle_->num_bytes_; }
    [[nodiscard]] std::size_t num_moves() const { return puzzle_->num_moves_; }

    void neighbours(const std::uint8_t* state, std::uint8_t* rows) const {
      if (puzzle_->is_shuffled_) return puzzle_->shuffles_.apply(state, rows);
      repeat_state(state, num_bytes(), num_moves(), rows);
      for (const Change& change : puzzle_->changes_) rows[change.to] = state[change.from];
    }

   private:
    const PermutationPuzzle* puzzle_ = nullptr;
  };

  [[nodiscard]] std::int64_t num_worlds() const { return 1; }
  [[nodiscard]] World world(std::int32_t) const { return World(*this); }

 private:
  struct Change {
    std::uint32_t to;  // counted over the rows of all moves
    std::uint32_t from;
  };

  std::size_t num_moves_;
  std::size_t num_bytes_;
  bool is_shuffled_;
  Shuffles shuffles_;
  std::vector<Change> changes_;  // where there are no shuffles
};

static_assert(World<PermutationPuzzle::World>);

}  // namespace mlsearch
