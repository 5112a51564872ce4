// Moves of puzzles on bytes, as searches through all states need them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace mlsearch::solvers {

// Move k makes child[i] = state[moves[k][i]].
class Permutations {
 public:
  Permutations(const std::uint16_t* moves, int num_moves, int size)
      : num_moves_(num_moves),
        size_(size),
        moves_(moves, moves + static_cast<std::ptrdiff_t>(num_moves) * size) {}

  [[nodiscard]] int num_moves() const { return num_moves_; }
  [[nodiscard]] int size() const { return size_; }
  void child(const std::uint8_t* state, int move, std::uint8_t* out) const {
    const std::uint16_t* from = moves_.data() + static_cast<std::ptrdiff_t>(move) * size_;
    for (int i = 0; i < size_; ++i) out[i] = state[from[i]];
  }

  // The moves that lead back.
  [[nodiscard]] Permutations inverse() const {
    Permutations back = *this;
    for (int move = 0; move < num_moves_; ++move) {
      const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(move) * size_;
      for (int i = 0; i < size_; ++i) {
        back.moves_[static_cast<std::size_t>(row + moves_[static_cast<std::size_t>(row + i)])] =
            static_cast<std::uint16_t>(i);
      }
    }
    return back;
  }

 private:
  int num_moves_;
  int size_;
  std::vector<std::uint16_t> moves_;  // [num_moves, size]
};

// Tiles on a board, row by row, 0 for the blank. The blank moves up, down, left, right; at the
// border it stays.
class SlidingTiles {
 public:
  SlidingTiles(int height, int width) : height_(height), width_(width) {}

  [[nodiscard]] int num_moves() const { return 4; }
  [[nodiscard]] int size() const { return height_ * width_; }
  void child(const std::uint8_t* state, int move, std::uint8_t* out) const {
    std::copy_n(state, size(), out);
    const auto blank = static_cast<int>(std::find(state, state + size(), 0) - state);
    const int row = blank / width_, column = blank % width_;
    const bool is_blocked[] = {row == 0, row == height_ - 1, column == 0, column == width_ - 1};
    const int step[] = {-width_, width_, -1, 1};
    if (!is_blocked[move]) std::swap(out[blank], out[blank + step[move]]);
  }

 private:
  int height_;
  int width_;
};

}  // namespace mlsearch::solvers
