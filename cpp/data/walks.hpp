// Trajectories: paths through mazes, kept one after the other in one array of cells.
#pragma once

#include <cstdint>
#include <vector>

#include "core/parallel.hpp"
#include "domains/maze/dijkstra.hpp"
#include "domains/maze/grid.hpp"

namespace mlsearch {

// A view of trajectories: trajectory i is cells[offsets[i] .. offsets[i + 1] - 1].
struct TrajectoryBatch {
  const std::int32_t* worlds;  // the maze of each
  const Cell* cells;
  const std::int64_t* offsets;  // num_trajectories + 1 of them
  std::int64_t num_trajectories;
  std::int64_t num_cells;
};

struct WalkOptions {
  std::int64_t per_maze;
  std::int64_t first_maze;  // the number of the first maze of the batch
  bool has_goal;            // whether the walk heads for a goal and ends there
  double epsilon;       // probability of a uniformly random move instead of one that comes nearer
  Distance min_length;  // bounds of the distance from start to goal
  Distance max_length;  // also the largest number of steps
  std::uint64_t seed;
};

struct RaggedCells {
  std::vector<Cell> cells;
  std::vector<std::int64_t> offsets;
};

// The trajectories first .. first + count - 1. Trajectory i * per_maze + j is drawn from
// Stream(seed, i * per_maze + j) on maze i, which must be in the batch: first start (and goal)
// among the free cells until the bounds hold, then for each step one uniform() against epsilon and
// one below() among the eligible neighbours in move order. Throws std::invalid_argument naming the
// maze in which no start and goal were found.
RaggedCells sample_trajectories(MazeBatch mazes, const WalkOptions& options, std::int64_t first,
                                std::int64_t count, const Execution& execution);

// As above, where moves have costs: the bounds and what comes nearer are those of the costs, and
// max_length is also the largest number of steps.
RaggedCells sample_trajectories(const CostMazes& mazes, const WalkOptions& options,
                                std::int64_t first, std::int64_t count, const Execution& execution);

// Throws std::invalid_argument unless the offsets run from 0 to num_states, each at least one and
// fewer than 2^31 above the one before, and all worlds lie in 0 .. num_worlds - 1.
void check_ragged(const std::int32_t* worlds, const std::int64_t* offsets,
                  std::int64_t num_trajectories, std::int64_t num_states, std::int64_t num_worlds,
                  const Execution& execution);

// Throws std::invalid_argument naming the first trajectory that is not a path of single moves
// among the free cells of its maze. The arrays have passed check_ragged.
void check_trajectories(MazeBatch mazes, const TrajectoryBatch& trajectories,
                        const Execution& execution);

}  // namespace mlsearch
