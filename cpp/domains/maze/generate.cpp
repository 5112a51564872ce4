#include "domains/maze/generate.hpp"

#include <algorithm>

#include "core/rng.hpp"
#include "domains/maze/generators.hpp"

namespace mlsearch {

void generate(const MazeRecipe& recipe, std::uint64_t seed, std::int64_t first,
              std::int64_t num_mazes, std::uint8_t* out, const Execution& execution) {
  const std::int64_t cells = recipe.shape.cells();
  const std::int64_t grain = std::max<std::int64_t>(1, (1 << 17) / cells);
  parallel_for(num_mazes, grain, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
                 PercolationMaker percolation(recipe.shape, recipe.wall_probability);
                 TreeMaker tree(recipe.generator, recipe.shape, recipe.loops);
                 for (std::int64_t i = begin; i < end; ++i) {
                   const std::int64_t maze = first + i;
                   Stream stream(seed, static_cast<std::uint64_t>(maze));
                   std::uint8_t* walls = out + i * cells;
                   if (recipe.generator == Generator::percolation) {
                     percolation.make(maze, stream, walls, stop);
                   } else {
                     tree.make(stream, walls, stop);
                   }
                 }
               });
}

}  // namespace mlsearch
