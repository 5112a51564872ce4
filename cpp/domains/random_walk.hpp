// Random walks in any compiled world.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "core/rng.hpp"
#include "domains/rows.hpp"
#include "domains/world.hpp"

namespace mlsearch {

// A walk that draws for each step among the moves that change the state, in move order. Without
// backtracking, moves to the state before the last step do not count, as long as there is another.
template <World W>
class RandomWalk {
 public:
  RandomWalk(const W& world, bool backtracks)
      : world_(world),
        backtracks_(backtracks),
        num_bytes_(world.num_bytes()),
        rows_(world.num_bytes() * world.num_moves()),
        before_(world.num_bytes()) {}

  // Forgets the state before the first one.
  void begin(const W& world, const std::uint8_t* origin) {
    world_ = world;
    std::memcpy(before_.data(), origin, num_bytes_);
  }

  // Writes the state after `state`, which may be the same memory. False where no move is possible;
  // then nothing is drawn.
  bool step(const std::uint8_t* state, Stream& stream, std::uint8_t* next) {
    world_.neighbours(state, rows_.data());
    moves_.clear();
    back_.clear();
    for (std::size_t at = 0; at < rows_.size(); at += num_bytes_) {
      if (is_same(at, state)) continue;
      (!backtracks_ && is_same(at, before_.data()) ? back_ : moves_).push_back(at);
    }
    const std::vector<std::size_t>& allowed = moves_.empty() ? back_ : moves_;
    if (allowed.empty()) return false;
    const std::uint32_t rank = stream.below(static_cast<std::uint32_t>(allowed.size()));
    std::memcpy(before_.data(), state, num_bytes_);
    std::memcpy(next, rows_.data() + allowed[rank], num_bytes_);
    return true;
  }

 private:
  [[nodiscard]] bool is_same(std::size_t at, const std::uint8_t* state) const {
    return is_same_state(rows_.data() + at, state, num_bytes_);
  }

  W world_;
  bool backtracks_;
  std::size_t num_bytes_;
  std::vector<std::uint8_t> rows_;    // the neighbours of a state
  std::vector<std::uint8_t> before_;  // the state before the last step
  std::vector<std::size_t> moves_;    // where in rows_ the moves begin that count,
  std::vector<std::size_t> back_;     // and those that undo the last step
};

}  // namespace mlsearch
