// Ground truth: shortest numbers of steps, by breadth-first search.
#pragma once

#include <cstdint>

#include "core/parallel.hpp"
#include "domains/maze/grid.hpp"

namespace mlsearch {

// Writes the distance from every cell of a maze to `goal` into out[shape.cells()]. `goal` must lie
// on the map; if it is a wall, every cell is unreachable.
void distance_field(MazeView maze, Cell goal, Distance* out, StopToken& stop);

// For each maze b and each j < goals_per_maze, the field of goals[b * goals_per_maze + j],
// written to out[(b * goals_per_maze + j) * shape.cells()].
void distance_fields(MazeBatch mazes, const Cell* goals, std::int64_t goals_per_maze, Distance* out,
                     const Execution& execution);

// The distance from starts[i] to goals[i] on maze i, for every maze, written to out[num_mazes].
void shortest_distances(MazeBatch mazes, const Cell* starts, const Cell* goals, Distance* out,
                        const Execution& execution);

}  // namespace mlsearch
