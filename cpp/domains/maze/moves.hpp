// The moves of a maze, each set of them in the order that breaks ties.
#pragma once

#include <cstdint>
#include <numbers>

#include "domains/maze/grid.hpp"

namespace mlsearch {

// Up, down, left, right; each costs 1 times the cost of the cell that it enters.
struct FourMoves {
  static constexpr std::int32_t num = 4;
  static constexpr bool has_diagonals = false;
  static constexpr double cost(int) { return 1.0; }
  static constexpr double largest_cost = 1.0;

  // Calls consider(is_open, step, side, move) for each move of a free cell: `step` leads to the
  // next cell and `side` to its column; a move that is not open leads nowhere on the map.
  template <class Consider>
  static void for_each(MazeView maze, Cell cell, std::int32_t column, const Consider& consider) {
    const auto [height, width] = maze.shape;
    consider(cell >= width, -width, 0, 0);
    consider(cell < (height - 1) * width, width, 0, 1);
    consider(column > 0, -1, -1, 2);
    consider(column < width - 1, 1, 1, 3);
  }

  static std::int32_t step(std::int32_t width, int move) {
    const std::int32_t sign = move % 2 == 0 ? -1 : 1;
    return move < 2 ? sign * width : sign;
  }
};

// The four, then up left, up right, down left, down right, which cost the square root of 2 and
// are open only where both cells beside them are free.
struct EightMoves {
  static constexpr std::int32_t num = 8;
  static constexpr bool has_diagonals = true;
  static constexpr double cost(int move) { return move < 4 ? 1.0 : std::numbers::sqrt2; }
  static constexpr double largest_cost = std::numbers::sqrt2;

  template <class Consider>
  static void for_each(MazeView maze, Cell cell, std::int32_t column, const Consider& consider) {
    const auto [height, width] = maze.shape;
    const bool up = cell >= width && maze.is_free(cell - width);
    const bool down = cell < (height - 1) * width && maze.is_free(cell + width);
    const bool left = column > 0 && maze.is_free(cell - 1);
    const bool right = column < width - 1 && maze.is_free(cell + 1);
    consider(up, -width, 0, 0);
    consider(down, width, 0, 1);
    consider(left, -1, -1, 2);
    consider(right, 1, 1, 3);
    consider(up && left, -width - 1, -1, 4);
    consider(up && right, -width + 1, 1, 5);
    consider(down && left, width - 1, -1, 6);
    consider(down && right, width + 1, 1, 7);
  }

  static std::int32_t step(std::int32_t width, int move) {
    if (move < 4) return FourMoves::step(width, move);
    return FourMoves::step(width, (move - 4) / 2) + FourMoves::step(width, 2 + (move - 4) % 2);
  }
};

// Calls visit(neighbour, move) for each free neighbour of `cell`, in the order of moves.
template <class Moves, class Visit>
inline void for_each_move(MazeView maze, Cell cell, const Visit& visit) {
  const auto consider = [&](bool is_open, std::int32_t step, std::int32_t, int move) {
    if (is_open && maze.is_free(cell + step)) visit(cell + step, move);
  };
  Moves::for_each(maze, cell, cell % maze.shape.width, consider);
}

// What it costs to enter the cells of a maze; null where each costs 1.
inline double entry_cost(const double* costs, Cell cell) {
  return costs == nullptr ? 1.0 : costs[cell];
}

}  // namespace mlsearch
