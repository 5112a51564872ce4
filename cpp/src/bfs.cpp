#include "mlsearch/bfs.hpp"

#include <algorithm>
#include <vector>

#include "bfs_packed.hpp"

namespace mlsearch {
namespace {

std::int64_t grain_of(Shape shape) { return std::max(1, (1 << 17) / shape.cells()); }

}  // namespace

DistanceSolver::DistanceSolver(Shape shape)
    : shape_(shape), is_packed_(is_avx512_used() && fits_packed(shape)) {}

void DistanceSolver::load(MazeView maze) {
  if (is_packed_) {
    packed_ = pack(maze);
  } else {
    load_unpacked(maze);
  }
}

void DistanceSolver::field(Cell goal, Distance* out, StopToken& stop) {
  if (is_packed_) {
    packed_field(packed_, goal, out);
  } else {
    queue_field(goal, out, stop);
  }
}

void distance_field(MazeView maze, Cell goal, Distance* out, StopToken& stop) {
  DistanceSolver solver(maze.shape);
  solver.load(maze);
  solver.field(goal, out, stop);
}

void distance_fields(MazeBatch mazes, const Cell* goals, std::int64_t goals_per_maze, Distance* out,
                     const Execution& execution) {
  const std::int64_t cells = mazes.shape.cells();
  parallel_for(mazes.num_mazes * goals_per_maze, grain_of(mazes.shape), execution,
               [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
                 DistanceSolver solver(mazes.shape);
                 for (std::int64_t i = begin; i < end; ++i) {
                   if (i == begin || i % goals_per_maze == 0)
                     solver.load(mazes[i / goals_per_maze]);
                   solver.field(goals[i], out + i * cells, stop);
                 }
               });
}

void shortest_distances(MazeBatch mazes, const Cell* starts, const Cell* goals, Distance* out,
                        const Execution& execution) {
  parallel_for(mazes.num_mazes, grain_of(mazes.shape), execution,
               [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
                 DistanceSolver solver(mazes.shape);
                 std::vector<Distance> field(static_cast<std::size_t>(mazes.shape.cells()));
                 for (std::int64_t maze = begin; maze < end; ++maze) {
                   solver.load(mazes[maze]);
                   solver.field(goals[maze], field.data(), stop);
                   out[maze] = field[static_cast<std::size_t>(starts[maze])];
                 }
               });
}

}  // namespace mlsearch
