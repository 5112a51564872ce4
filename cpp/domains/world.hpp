// What a world is to compiled code: one graph of states and moves.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mlsearch {

// A state is a row of num_bytes() bytes; two states are the same if all their bytes are.
// neighbours() writes num_moves() rows, one after the other, in the order that breaks ties; a
// blocked move leads back to its own state. A search keeps a copy of the world: make it a view.
template <class W>
concept World =
    std::copyable<W> && requires(const W& world, const std::uint8_t* state, std::uint8_t* rows) {
      { world.num_bytes() } -> std::same_as<std::size_t>;
      { world.num_moves() } -> std::same_as<std::size_t>;
      world.neighbours(state, rows);
    };

// What a move is to a walk that came to a state from the one before.
enum class Step : std::uint8_t { none, on, back };

// From whether the move stays at the state, and whether it leads back to the one before.
constexpr Step step_of(bool stays, bool returns) {
  return stays ? Step::none : returns ? Step::back : Step::on;
}

// A world that knows the steps of a walk without writing all neighbours of its state: steps()
// writes one for each move, given the state and the one before, which is the same or one that a
// move leads from; neighbour() writes the row of one move.
template <class W>
concept Stepping = World<W> && requires(const W& world, const std::uint8_t* state, Step* steps,
                                        std::uint8_t* row) {
  world.steps(state, state, steps);
  world.neighbour(state, std::size_t{}, row);
};

// A world that was asked for the neighbours of a state beforehand, as one call of a callback
// answers for all problems of a round.
class Asked {
 public:
  Asked() = default;
  Asked(std::size_t num_bytes, std::size_t num_moves)
      : num_bytes_(num_bytes), num_moves_(num_moves) {}

  [[nodiscard]] std::size_t num_bytes() const { return num_bytes_; }
  [[nodiscard]] std::size_t num_moves() const { return num_moves_; }

  // Takes the answer for the next state; it has to outlive the call of neighbours().
  void answer(const std::uint8_t* rows) { rows_ = rows; }

  void neighbours(const std::uint8_t*, std::uint8_t* rows) const {
    std::memcpy(rows, rows_, num_bytes_ * num_moves_);
  }

 private:
  std::size_t num_bytes_ = 0;
  std::size_t num_moves_ = 0;
  const std::uint8_t* rows_ = nullptr;
};

}  // namespace mlsearch
