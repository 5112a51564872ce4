#include "mlsearch/bfs.hpp"

#include <algorithm>
#include <vector>

#include "bfs_packed.hpp"

namespace mlsearch {
namespace {

// The fields begin .. end - 1 of distance_fields(), those of free goals by twos.
void packed_range(MazeBatch mazes, const Cell* goals, std::int64_t goals_per_maze, Distance* out,
                  std::int64_t begin, std::int64_t end) {
  const std::int64_t cells = mazes.shape.cells();
  PackedMaze packed[2];
  std::int64_t loaded[2] = {-1, -1};
  PackedSource waiting{};
  for (std::int64_t i = begin; i < end; ++i) {
    Distance* const field = out + i * cells;
    const std::int64_t maze = i / goals_per_maze;
    if (mazes[maze].walls[goals[i]] != 0) {
      std::fill(field, field + cells, unreachable);
      continue;
    }
    const int slot = waiting.maze == nullptr ? 0 : 1;
    if (loaded[slot] != maze) packed[slot] = pack(mazes[maze]);
    loaded[slot] = maze;
    const PackedSource source{&packed[slot], goals[i], field};
    if (slot == 1) packed_fields(waiting, source);
    waiting = slot == 0 ? source : PackedSource{};
  }
  if (waiting.maze != nullptr) packed_fields(waiting, waiting);
}

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
    const PackedSource source{&packed_, goal, out};
    packed_fields(source, source);
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
                 if (is_avx512_used() && fits_packed(mazes.shape)) {
                   return packed_range(mazes, goals, goals_per_maze, out, begin, end);
                 }
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
