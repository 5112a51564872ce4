#include "search/asked.hpp"

#include "search/rounds.hpp"

namespace mlsearch {

void search_asked(const StateProblems<Asked>& problems, const Expander& expand,
                  const Predictor& predict, const RoundLimits& limits, const SearchOptions& options,
                  SearchResults& results, const Execution& execution) {
  search_in_rounds<StateMemory<Asked>>(problems, predict, limits, options, results, execution,
                                       expand);
}

}  // namespace mlsearch
