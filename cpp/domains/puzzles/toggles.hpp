// Puzzles whose moves switch some of their lights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "domains/rows.hpp"
#include "domains/world.hpp"

namespace mlsearch {

// A byte is 0 or 1. Move k switches the bytes i with switches[k * num_bytes + i] = 1.
class TogglePuzzle {
 public:
  TogglePuzzle(const std::uint8_t* switches, std::size_t num_moves, std::size_t num_bytes)
      : num_moves_(num_moves), num_bytes_(num_bytes) {
    for (std::size_t i = 0; i < num_moves * num_bytes; ++i) {
      if (switches[i] != 0) changes_.push_back(static_cast<std::uint32_t>(i));
    }
  }

  class World {
   public:
    World() = default;
    explicit World(const TogglePuzzle& puzzle) : puzzle_(&puzzle) {}
    [[nodiscard]] std::size_t num_bytes() const { return puzzle_->num_bytes_; }
    [[nodiscard]] std::size_t num_moves() const { return puzzle_->num_moves_; }

    void neighbours(const std::uint8_t* state, std::uint8_t* rows) const {
      repeat_state(state, num_bytes(), num_moves(), rows);
      for (const std::uint32_t change : puzzle_->changes_) rows[change] ^= 1;
    }

   private:
    const TogglePuzzle* puzzle_ = nullptr;
  };

  [[nodiscard]] std::int64_t num_worlds() const { return 1; }
  [[nodiscard]] World world(std::int32_t) const { return World(*this); }

 private:
  std::size_t num_moves_;
  std::size_t num_bytes_;
  std::vector<std::uint32_t> changes_;  // counted over the rows of all moves
};

static_assert(World<TogglePuzzle::World>);

}  // namespace mlsearch
