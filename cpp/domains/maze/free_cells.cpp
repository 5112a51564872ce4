#include "domains/maze/free_cells.hpp"

#include <stdexcept>
#include <string>

namespace mlsearch {

void draw_problems(MazeBatch mazes, std::int64_t per_maze, std::uint64_t seed, Cell* starts,
                   Cell* goals, const Execution& execution) {
  parallel_for(mazes.num_mazes * per_maze, 1024, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   stop.check();
                   Stream stream(seed, static_cast<std::uint64_t>(i));
                   const MazeView maze = mazes[i / per_maze];
                   starts[i] = draw_free_cell(maze, stream);
                   goals[i] = draw_free_cell(maze, stream);
                   if (starts[i] != no_cell) continue;
                   throw std::invalid_argument("mazes: maze " + std::to_string(i / per_maze) +
                                               " has no free cell");
                 }
               });
}

}  // namespace mlsearch
