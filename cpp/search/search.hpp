// What all searches share: options, results, callbacks and what is thrown.
//
// At this border a state is a row of bytes, whatever the domain: the searches are compiled for
// each kind of world, and the callbacks are called once a round for all problems together.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace mlsearch {

enum class SearchStatus : std::uint8_t { solved, exhausted, out_of_budget };

struct SearchOptions {
  // False for greedy descent: of the unseen neighbours, only the most promising is pushed.
  bool search = true;
  // Orders by g + weight * h, then by h, and reopens states; without it, by h alone.
  std::optional<float> weight;
  // States popped per problem before their children are evaluated together.
  std::int32_t expansions_per_round = 1;
  std::int32_t max_expansions = std::numeric_limits<std::int32_t>::max();
  // A problem with as many generated states or more makes no further expansion.
  std::int32_t max_generated = std::numeric_limits<std::int32_t>::max();
  // States that go on from each layer of a beam search; without it, the search is best-first.
  std::optional<std::int32_t> beam_width;
};

struct RoundLimits {
  std::int64_t max_active;  // problems that advance together
  // Of what these have seen, their queues included; 0 for no limit. A problem that takes more by
  // itself ends out of budget.
  std::int64_t max_bytes = 0;
};

using StateBytes = std::vector<std::uint8_t>;  // rows of states, one after the other

// Where the answers go: the arrays hold one entry per problem.
// The path of a solved problem i is rows path_begin[i] .. path_begin[i] + steps[i] of path_states.
struct SearchResults {
  SearchStatus* status;
  std::int32_t* expansions;
  std::int32_t* generated;
  std::int32_t* steps;  // -1 where unsolved
  std::int64_t* path_begin;
  StateBytes path_states;
  std::int64_t evaluations = 0;  // states whose predicted distance was looked at
  std::int64_t rounds = 0;       // calls of the predictor
};

// Writes the predicted distance of row i of `states` to the goal of problems[i] into
// predictions[i].
using Predictor = std::function<void(std::span<const std::int32_t> problems,
                                     const StateBytes& states, std::span<float> predictions)>;

// Writes the neighbours of row i of `states`, in the world of problems[i], into `rows`: num_moves
// rows for each state, in the order of moves. `rows` has the right size. What the moves cost is
// written into `costs`, one number for each row; it is left empty where they cost 1.
using Expander =
    std::function<void(std::span<const std::int32_t> problems, const StateBytes& states,
                       StateBytes& rows, std::vector<double>& costs)>;

// Thrown when a predicted distance that a search needs is NaN or infinite.
struct NonFinitePrediction : std::exception {
  NonFinitePrediction(std::int64_t problem, StateBytes state, float value)
      : problem(problem), state(std::move(state)), value(value) {}
  [[nodiscard]] const char* what() const noexcept override { return "non-finite prediction"; }

  std::int64_t problem;
  StateBytes state;
  float value;
};

}  // namespace mlsearch
