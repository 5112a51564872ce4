#include "mlsearch/bfs.hpp"

#include <algorithm>
#include <vector>

namespace mlsearch {

void distance_field(MazeView maze, Cell goal, Distance* out, StopToken& stop) {
  std::fill(out, out + maze.shape.cells(), unreachable);
  if (!maze.is_free(goal)) return;
  std::vector<Cell> queue{goal};
  out[goal] = 0;
  for (std::size_t head = 0; head < queue.size(); ++head) {
    if (head % 4096 == 4095) stop.check();
    const Cell cell = queue[head];
    for_each_neighbour(maze, cell, [&](Cell next) {
      if (out[next] != unreachable) return;
      out[next] = out[cell] + 1;
      queue.push_back(next);
    });
  }
}

void distance_fields(MazeBatch mazes, const Cell* goals, std::int64_t goals_per_maze, Distance* out,
                     const Execution& execution) {
  const std::int64_t cells = mazes.shape.cells();
  const std::int64_t grain = std::max<std::int64_t>(1, (1 << 16) / cells);
  parallel_for(mazes.num_mazes * goals_per_maze, grain, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   distance_field(mazes[i / goals_per_maze], goals[i], out + i * cells, stop);
                 }
               });
}

void shortest_distances(MazeBatch mazes, const Cell* starts, const Cell* goals, Distance* out,
                        const Execution& execution) {
  const std::int64_t cells = mazes.shape.cells();
  const std::int64_t grain = std::max<std::int64_t>(1, (1 << 16) / cells);
  parallel_for(mazes.num_mazes, grain, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
                 std::vector<Distance> field(static_cast<std::size_t>(cells));
                 for (std::int64_t maze = begin; maze < end; ++maze) {
                   distance_field(mazes[maze], goals[maze], field.data(), stop);
                   out[maze] = field[static_cast<std::size_t>(starts[maze])];
                 }
               });
}

}  // namespace mlsearch
