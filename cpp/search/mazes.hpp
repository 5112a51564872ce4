// Searches on many mazes at once, with predicted distances that come from a table or from a
// callback.
#pragma once

#include <cstdint>

#include "core/parallel.hpp"
#include "domains/maze/grid.hpp"
#include "search/search.hpp"

namespace mlsearch {

// Problems on mazes of one shape: one maze for each problem, or one for all of them.
// Starts and goals lie on free cells.
struct MazeProblems {
  MazeBatch mazes;
  const Cell* starts;
  const Cell* goals;
  std::int64_t num_problems;
  bool has_diagonals = false;           // EightMoves, not FourMoves
  const double* entry_costs = nullptr;  // of the cells of each maze; null where they are 1

  [[nodiscard]] std::int64_t maze_of(std::int64_t problem) const {
    return mazes.num_mazes == 1 ? 0 : problem;
  }
  [[nodiscard]] const double* entry_costs_of(std::int64_t problem) const {
    return entry_costs ? entry_costs + maze_of(problem) * mazes.shape.cells() : nullptr;
  }
};

// Solves every problem with tables[problem * cells + cell] as the predicted distances.
void search_tables(const MazeProblems& problems, const float* tables, const SearchOptions& options,
                   SearchResults& results, const Execution& execution);

// Solves every problem with a callback, in rounds; a state is the 4 bytes of its cell.
void search_rounds(const MazeProblems& problems, const Predictor& predict,
                   const RoundLimits& limits, const SearchOptions& options, SearchResults& results,
                   const Execution& execution);

}  // namespace mlsearch
