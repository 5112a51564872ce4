// Random mazes: percolation, and spanning trees of a grid of rooms.
#pragma once

#include <cstdint>

#include "core/parallel.hpp"
#include "domains/maze/grid.hpp"

namespace mlsearch {

enum class Generator { percolation, depth_first, wilson, prim };

// What every maze of a call has in common.
//
// percolation: each cell is a wall with `wall_probability`; then everything outside the largest
//   4-connected component of free cells becomes wall (ties: the first in row-major order).
//   A draw without two connected free cells is repeated, at most max_draws times.
// depth_first, wilson, prim: rooms lie at even (row, column); the generator picks a spanning tree
//   of the grid of rooms, and the cell between two joined rooms is free. Then each of the other
//   walls between two neighbouring rooms is opened with probability `loops`. There must be at
//   least two rooms. The last row or column of an even side stays wall.
struct MazeRecipe {
  Generator generator;
  Shape shape;
  double wall_probability;  // 0 <= wall_probability < 1
  double loops;             // 0 <= loops <= 1
};

inline constexpr int max_draws = 100;

// Writes the mazes first .. first + num_mazes - 1 to out[num_mazes * shape.cells()]. Maze i
// depends on (recipe, seed, i) alone. Throws std::invalid_argument if max_draws do not suffice.
void generate(const MazeRecipe& recipe, std::uint64_t seed, std::int64_t first,
              std::int64_t num_mazes, std::uint8_t* out, const Execution& execution);

}  // namespace mlsearch
