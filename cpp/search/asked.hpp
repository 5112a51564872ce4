// Searches in worlds that are not compiled: neighbours come from one callback and predicted
// distances from another, each called once a round for all problems.
#pragma once

#include "core/parallel.hpp"
#include "domains/world.hpp"
#include "search/search.hpp"
#include "search/state_memory.hpp"

namespace mlsearch {

// Solves every problem.
void search_asked(const StateProblems<Asked>& problems, const Expander& expand,
                  const Predictor& predict, const RoundLimits& limits, const SearchOptions& options,
                  SearchResults& results, const Execution& execution);

}  // namespace mlsearch
