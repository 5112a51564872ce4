// The searches of search.hpp on graphs that are not written down: neighbours come from one
// callback and predicted distances from another, each asked once a round for all problems.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <span>
#include <vector>

#include "search/search.hpp"

namespace mlsearch {

// A state of a graph: any number from 0 on; `no_state` stands for a move that is not possible.
using State = std::int64_t;
inline constexpr State no_state = -1;

struct GraphProblemBatch {
  const State* starts;
  const State* goals;
  std::int64_t num_problems;
};

// Writes the neighbours of each state into `rows`, row by row: equally many for all of them, in
// the order that breaks ties, with no_state to fill up.
using Expander = std::function<void(std::span<const State> states, std::vector<State>& rows)>;

// As Predictor, for states of a graph.
using StatePredictor =
    std::function<void(std::span<const std::int32_t> problems, std::span<const State> states,
                       std::span<float> predictions)>;

// Thrown when a neighbour is neither a state nor no_state.
struct InvalidNeighbour : std::exception {
  InvalidNeighbour(std::int64_t problem, State state, State neighbour)
      : problem(problem), state(state), neighbour(neighbour) {}
  [[nodiscard]] const char* what() const noexcept override { return "invalid neighbour"; }

  std::int64_t problem;
  State state;
  State neighbour;
};

// Thrown when the states that all active problems have seen take more memory than allowed.
struct OutOfStateMemory : std::exception {
  OutOfStateMemory(std::int64_t num_states, std::int64_t num_problems, std::int64_t largest)
      : num_states(num_states), num_problems(num_problems), largest(largest) {}
  [[nodiscard]] const char* what() const noexcept override { return "out of memory for states"; }

  std::int64_t num_states;    // of all active problems
  std::int64_t num_problems;  // that are active
  std::int64_t largest;       // the problem that has seen most states
};

struct GraphLimits {
  std::int64_t max_active;  // problems that advance together
  std::int64_t max_bytes;   // of the states that these have seen, their queues included
};

// Solves every problem. Both callbacks are called on the calling thread, never with empty
// batches; what they throw surfaces unchanged.
void search_graph(const GraphProblemBatch& problems, const Expander& expand,
                  const StatePredictor& predict, const GraphLimits& limits,
                  const SearchOptions& options, SearchResultsOf<State>& results,
                  const Execution& execution);

}  // namespace mlsearch
