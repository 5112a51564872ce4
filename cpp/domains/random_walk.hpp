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
        before_(world.num_bytes()),
        steps_(world.num_moves()),
        on_(world.num_moves()),
        back_(world.num_moves()),
        rows_(Stepping<W> ? 0 : world.num_bytes() * world.num_moves()) {}

  // Forgets the state before the first one.
  void begin(const W& world, const std::uint8_t* origin) {
    world_ = world;
    std::memcpy(before_.data(), origin, num_bytes_);
  }

  // Writes the state after `state`, which may be the same memory. False where no move is possible;
  // then nothing is drawn.
  bool step(const std::uint8_t* state, Stream& stream, std::uint8_t* next) {
    find_steps(state);
    std::size_t num_on = 0;
    std::size_t num_back = 0;
    for (std::size_t move = 0; move < steps_.size(); ++move) {
      // Written always and counted if it is one, as a processor cannot guess which ones are.
      on_[num_on] = back_[num_back] = move;
      const bool counts = steps_[move] == Step::on || (backtracks_ && steps_[move] == Step::back);
      num_on += static_cast<std::size_t>(counts);
      num_back += static_cast<std::size_t>(steps_[move] == Step::back);
    }
    const std::size_t num = num_on == 0 ? num_back : num_on;
    if (num == 0) return false;
    const std::uint32_t rank = stream.below(static_cast<std::uint32_t>(num));
    std::memcpy(before_.data(), state, num_bytes_);
    write((num_on == 0 ? back_ : on_)[rank], next);
    return true;
  }

 private:
  void find_steps(const std::uint8_t* state) {
    if constexpr (Stepping<W>) {
      world_.steps(state, before_.data(), steps_.data());
    } else {
      world_.neighbours(state, rows_.data());
      for (std::size_t move = 0; move < steps_.size(); ++move) {
        const std::uint8_t* const row = rows_.data() + move * num_bytes_;
        const bool stays = is_same_state(row, state, num_bytes_);
        steps_[move] = step_of(stays, !stays && is_same_state(row, before_.data(), num_bytes_));
      }
    }
  }

  // The state before the last step is by now the one that it begins at.
  void write(std::size_t move, std::uint8_t* next) const {
    if constexpr (Stepping<W>) {
      world_.neighbour(before_.data(), move, next);
    } else {
      std::memcpy(next, rows_.data() + move * num_bytes_, num_bytes_);
    }
  }

  W world_;
  bool backtracks_;
  std::size_t num_bytes_;
  std::vector<std::uint8_t> before_;  // the state before the last step
  std::vector<Step> steps_;
  std::vector<std::size_t> on_;     // the moves that count,
  std::vector<std::size_t> back_;   // and those that undo the last step
  std::vector<std::uint8_t> rows_;  // the neighbours of a state, of worlds that have no steps
};

}  // namespace mlsearch
