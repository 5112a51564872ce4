// Shortest solutions of Sokoban levels, in moves of the player, by A*.
#pragma once

#include <cstdint>

#include "core/parallel.hpp"

namespace mlsearch::solvers {

struct SokobanProblems {
  const std::uint8_t* walls;    // [count, height, width], not 0 where there is a wall
  const std::uint8_t* boxes;    // the same, not 0 where there is a box
  const std::uint8_t* targets;  // the same, not 0 where a box has to stand in the end
  const std::int32_t* players;  // [count], cells
  std::int64_t count;
  int height;
  int width;
};

// Fewest moves of the player, pushes included, until there is a box on every target and nowhere
// else; -1 where there is no way, or where more than `max_expansions` states would be expanded.
// A state is what a push leaves behind: expanding it walks to all pushes that are possible.
// A problem keeps about 60 bytes for each state that it has seen.
//   expansions: [count].
void sokoban_distances(const SokobanProblems& problems, std::int64_t max_expansions,
                       std::int32_t* distances, std::int64_t* expansions,
                       const Execution& execution);

}  // namespace mlsearch::solvers
