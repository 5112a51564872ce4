// Shortest solutions of sliding tiles by IDA* (Korf 1985).
#pragma once

#include <cstdint>

#include "core/parallel.hpp"
#include "domains/puzzles/solvers/tile_patterns.hpp"

namespace mlsearch::solvers {

// Fewest moves that bring `count` boards home, -1 where there are none or more than `max_nodes`
// nodes would have to be expanded.
//   boards: [count, cells], the tiles row by row, each known by the cell where it belongs; the
//           blank by patterns.blank().
//   nodes: [count], how many were expanded; 0 for a board that cannot be solved.
void tile_distances(const TilePatterns& patterns, const std::uint8_t* boards, std::int64_t count,
                    std::int64_t max_nodes, std::int32_t* distances, std::int64_t* nodes,
                    const Execution& execution);

}  // namespace mlsearch::solvers
