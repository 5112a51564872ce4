// Random walks in any compiled world.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
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
  RandomWalk(const W& world, bool backtracks, const std::uint8_t* origin)
      : world_(world),
        backtracks_(backtracks),
        num_bytes_(world.num_bytes()),
        state_(origin, origin + world.num_bytes()),
        before_(state_),
        steps_(world.num_moves()),
        on_(world.num_moves()),
        back_(world.num_moves()),
        rows_(Stepping<W> ? 0 : world.num_bytes() * world.num_moves()) {}

  [[nodiscard]] const std::uint8_t* state() const { return state_.data(); }

  // Goes to the next state. False where no move is possible; then nothing is drawn.
  bool step(Stream& stream) {
    find_steps();
    std::size_t num_on = 0;
    std::size_t num_back = 0;
    for (std::size_t move = 0; move < steps_.size(); ++move) {
      // Written always and counted if it is one, as a processor cannot guess which ones are.
      on_[num_on] = back_[num_back] = move;
      const bool is_back = steps_[move] == Step::back;
      num_on += static_cast<std::size_t>((steps_[move] == Step::on) | (backtracks_ & is_back));
      num_back += static_cast<std::size_t>(is_back);
    }
    const std::size_t num = num_on == 0 ? num_back : num_on;
    if (num == 0) return false;
    const std::uint32_t rank = stream.below(static_cast<std::uint32_t>(num));
    go((num_on == 0 ? back_ : on_)[rank]);
    return true;
  }

 private:
  void find_steps() {
    if constexpr (Stepping<W>) {
      world_.steps(state_.data(), before_.data(), steps_.data());
    } else {
      world_.neighbours(state_.data(), rows_.data());
      for (std::size_t move = 0; move < steps_.size(); ++move) {
        const std::uint8_t* const row = rows_.data() + move * num_bytes_;
        const bool stays = is_same_state(row, state_.data(), num_bytes_);
        steps_[move] = step_of(stays, !stays && is_same_state(row, before_.data(), num_bytes_));
      }
    }
  }

  void go(std::size_t move) {
    std::swap(before_, state_);
    if constexpr (Stepping<W>) {
      world_.neighbour(before_.data(), move, state_.data());
    } else {
      copy_state(rows_.data() + move * num_bytes_, num_bytes_, state_.data());
    }
  }

  W world_;
  bool backtracks_;
  std::size_t num_bytes_;
  std::vector<std::uint8_t> state_;
  std::vector<std::uint8_t> before_;  // the state before the last step
  std::vector<Step> steps_;
  std::vector<std::size_t> on_;     // the moves that count,
  std::vector<std::size_t> back_;   // and those that undo the last step
  std::vector<std::uint8_t> rows_;  // the neighbours of a state, of worlds that have no steps
};

// How random walks in a world are made; a world may have a way of its own.
template <World W>
struct WalkOf {
  using Type = RandomWalk<W>;
};

}  // namespace mlsearch
