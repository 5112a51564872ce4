// Best-first search and greedy descent on many mazes at once, with predicted distances
// that come from a table or from a callback asked once per round for all problems together.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "core/parallel.hpp"
#include "domains/maze/grid.hpp"

namespace mlsearch {

enum class SearchStatus : std::uint8_t { solved, exhausted, out_of_budget };

struct SearchOptions {
  // False for greedy descent: of the unseen neighbours, only the most promising is pushed.
  bool search = true;
  // Orders by g + weight * h and reopens states; without it, by h alone.
  std::optional<float> weight;
  // States popped per problem before their children are evaluated together.
  std::int32_t expansions_per_round = 1;
  std::int32_t max_expansions = std::numeric_limits<std::int32_t>::max();
};

// Problems on mazes of one shape: one maze for each problem, or one for all of them.
// Starts and goals lie on free cells.
struct ProblemBatch {
  MazeBatch mazes;
  const Cell* starts;
  const Cell* goals;
  std::int64_t num_problems;

  [[nodiscard]] std::int64_t maze_of(std::int64_t problem) const {
    return mazes.num_mazes == 1 ? 0 : problem;
  }
};

// Where the answers go: the arrays hold one entry per problem.
// The path of a solved problem i is path_cells[path_begin[i] .. path_begin[i] + cost[i]].
template <class State>
struct SearchResultsOf {
  SearchStatus* status;
  std::int32_t* expansions;
  std::int32_t* generated;
  std::int32_t* cost;  // -1 where unsolved
  std::int64_t* path_begin;
  std::vector<State> path_cells;
  std::int64_t evaluations = 0;  // states whose predicted distance was looked at
  std::int64_t rounds = 0;       // calls of the predictor
};
using SearchResults = SearchResultsOf<Cell>;

// Thrown when a predicted distance that a search needs is NaN or infinite.
struct NonFinitePrediction : std::exception {
  NonFinitePrediction(std::int64_t problem, std::int64_t state, float value)
      : problem(problem), state(state), value(value) {}
  [[nodiscard]] const char* what() const noexcept override { return "non-finite prediction"; }

  std::int64_t problem;
  std::int64_t state;
  float value;
};

// Writes the predicted distance of states[i] to the goal of problems[i] into predictions[i].
using Predictor = std::function<void(std::span<const std::int32_t> problems,
                                     std::span<const Cell> states, std::span<float> predictions)>;

// Solves every problem with tables[problem * cells + cell] as the predicted distances.
void search_tables(const ProblemBatch& problems, const float* tables, const SearchOptions& options,
                   SearchResults& results, const Execution& execution);

// Solves every problem, at most max_active of them at a time, all of which advance together.
// `predict` is called on the calling thread, never with empty batches; what it throws
// surfaces unchanged.
void search_rounds(const ProblemBatch& problems, const Predictor& predict, std::int64_t max_active,
                   const SearchOptions& options, SearchResults& results,
                   const Execution& execution);

}  // namespace mlsearch
