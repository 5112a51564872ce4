// What the search of one problem says once it has ended, or cannot go on.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "search/search.hpp"

namespace mlsearch {

struct Outcome {
  SearchStatus status;
  std::int32_t expansions;
  std::int32_t generated;
};

// Writes the outcome to its place in `results` and appends the path, which is given from its end
// to its start and turned around, to `path_states`. An unsolved problem has an empty path.
template <class Memory>
inline void record_outcome(const Memory& memory, std::int64_t problem, const Outcome& outcome,
                           std::vector<typename Memory::Key>& path, SearchResults& results,
                           StateBytes& path_states) {
  std::reverse(path.begin(), path.end());
  const std::size_t path_begin = path_states.size();
  memory.append(path, path_states);
  results.status[problem] = outcome.status;
  results.expansions[problem] = outcome.expansions;
  results.generated[problem] = outcome.generated;
  results.steps[problem] = static_cast<std::int32_t>(path.size()) - 1;
  results.path_begin[problem] = static_cast<std::int64_t>(path_begin / memory.num_bytes());
}

template <class Memory>
[[noreturn]] void reject(const Memory& memory, std::int64_t problem, typename Memory::Key state,
                         float prediction) {
  StateBytes row;
  memory.append({&state, 1}, row);
  throw NonFinitePrediction(problem, std::move(row), prediction);
}

// The prediction for a state, if it is finite.
template <class Memory>
inline float checked(float prediction, const Memory& memory, std::int64_t problem,
                     typename Memory::Key state) {
  if (!std::isfinite(prediction)) reject(memory, problem, state, prediction);
  return prediction;
}

}  // namespace mlsearch
