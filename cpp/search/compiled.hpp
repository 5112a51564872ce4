// Searches in compiled worlds whose states are rows of bytes.
#pragma once

#include "core/parallel.hpp"
#include "domains/world.hpp"
#include "search/rounds.hpp"
#include "search/search.hpp"
#include "search/state_memory.hpp"

namespace mlsearch {

// Solves every problem, in rounds: each problem expands its states in compiled code, and the
// predictor is called once a round for all of them.
template <World W>
void search_compiled(const StateProblems<W>& problems, const Predictor& predict,
                     const RoundLimits& limits, const SearchOptions& options,
                     SearchResults& results, const Execution& execution) {
  search_in_rounds<StateMemory<W>>(problems, predict, limits, options, results, execution);
}

}  // namespace mlsearch
