// Uniform draws of free cells.
#pragma once

#include <algorithm>

#include "core/parallel.hpp"
#include "core/rng.hpp"
#include "domains/maze/grid.hpp"

namespace mlsearch {

inline constexpr Cell no_cell = -1;

// A free cell, uniform over all of them; no_cell if there is none.
// Rejection needs few draws in a usual maze; after 32 misses the free cells are counted.
inline Cell draw_free_cell(MazeView maze, Stream& stream) {
  const auto cells = static_cast<std::uint32_t>(maze.shape.cells());
  for (int draw = 0; draw < 32; ++draw) {
    const auto cell = static_cast<Cell>(stream.below(cells));
    if (maze.is_free(cell)) return cell;
  }
  const std::uint8_t* end = maze.walls + cells;
  const auto num_free = static_cast<std::uint32_t>(std::count(maze.walls, end, std::uint8_t{0}));
  if (num_free == 0) return no_cell;
  Cell cell = 0;
  for (std::uint32_t left = stream.below(num_free);; ++cell) {
    if (maze.is_free(cell) && left-- == 0) return cell;
  }
}

// Writes per_maze problems for each maze: those of maze b from index b * per_maze on. Problem i
// draws its start, then its goal, from Stream(seed, i). Throws std::invalid_argument if a maze
// has no free cell.
void draw_problems(MazeBatch mazes, std::int64_t per_maze, std::uint64_t seed, Cell* starts,
                   Cell* goals, const Execution& execution);

}  // namespace mlsearch
