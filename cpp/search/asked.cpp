#include "search/asked.hpp"

#include "search/rounds.hpp"

namespace mlsearch {

void search_asked(const StateProblems<Asked>& problems, const Expander& expand,
                  const Predictor& predict, const RoundLimits& limits, const SearchOptions& options,
                  SearchResults& results, const Execution& execution) {
  Rounds<StateMemory<Asked>>(problems, limits, options, results, execution).run(predict, expand);
}

}  // namespace mlsearch
