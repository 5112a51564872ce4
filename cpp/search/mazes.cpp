#include "search/mazes.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "core/prefetch.hpp"
#include "search/cell_memory.hpp"
#include "search/rounds.hpp"

namespace mlsearch {
namespace {

constexpr std::int64_t kProblemsPerRange = 16;

// Lends each running range a search whose memory earlier ranges have grown.
template <class Search>
class SearchPool {
 public:
  explicit SearchPool(const SearchOptions& options) : options_(options) {}

  std::unique_ptr<Search> take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<Search>(options_);
    auto search = std::move(idle_.back());
    idle_.pop_back();
    return search;
  }

  void give_back(std::unique_ptr<Search> search) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(search));
  }

 private:
  const SearchOptions& options_;
  std::mutex mutex_;  // guards idle_
  std::vector<std::unique_ptr<Search>> idle_;
};

template <class Search>
void run_on_table(Search& search, const float* table, StopToken& stop) {
  while (search.advance(stop)) {
    const Cell* asked = search.asked().data();
    search.push([table, asked](std::size_t i) { return table[asked[i]]; });
  }
}

// The paths that one range of problems found, and what it counted.
struct RangeOutcome {
  StateBytes path_states;
  std::int64_t evaluations = 0;
};

void collect(const std::vector<RangeOutcome>& outcomes, std::int64_t num_problems,
             SearchResults& results) {
  std::int64_t problem = 0;
  for (const RangeOutcome& outcome : outcomes) {
    const auto offset = static_cast<std::int64_t>(results.path_states.size() / sizeof(Cell));
    const std::int64_t end = std::min(problem + kProblemsPerRange, num_problems);
    for (; problem < end; ++problem) results.path_begin[problem] += offset;
    results.path_states.insert(results.path_states.end(), outcome.path_states.begin(),
                               outcome.path_states.end());
    results.evaluations += outcome.evaluations;
  }
}

template <class Search>
void search_tables_by(const MazeProblems& problems, const float* tables,
                      const SearchOptions& options, SearchResults& results,
                      const Execution& execution) {
  const std::int64_t num_ranges =
      (problems.num_problems + kProblemsPerRange - 1) / kProblemsPerRange;
  std::vector<RangeOutcome> outcomes(static_cast<std::size_t>(num_ranges));
  const std::int64_t cells = problems.mazes.shape.cells();
  SearchPool<Search> pool(options);
  parallel_for(problems.num_problems, kProblemsPerRange, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
                 RangeOutcome& outcome =
                     outcomes[static_cast<std::size_t>(begin / kProblemsPerRange)];
                 auto search = pool.take();
                 for (std::int64_t i = begin; i < end; ++i) {
                   if (i + 1 < end) {
                     prefetch(problems.mazes[problems.maze_of(i + 1)].walls, cells);
                     prefetch(tables + (i + 1) * cells, cells);
                   }
                   search->begin(problems, i);
                   run_on_table(*search, tables + i * cells, stop);
                   search->record(results, outcome.path_states);
                   outcome.evaluations += search->evaluations();
                 }
                 pool.give_back(std::move(search));
               });
  collect(outcomes, problems.num_problems, results);
}

// Calls run.operator()<Memory>() with the memory for the moves of the problems.
template <class Run>
void with_memory(const MazeProblems& problems, const Run& run) {
  if (problems.has_diagonals) {
    run.template operator()<CellMemory<EightMoves>>();
  } else {
    run.template operator()<CellMemory<FourMoves>>();
  }
}

}  // namespace

void search_tables(const MazeProblems& problems, const float* tables, const SearchOptions& options,
                   SearchResults& results, const Execution& execution) {
  with_memory(problems, [&]<class Memory>() {
    run_search<Memory>(options, [&]<class Search>() {
      search_tables_by<Search>(problems, tables, options, results, execution);
    });
  });
}

void search_rounds(const MazeProblems& problems, const Predictor& predict,
                   const RoundLimits& limits, const SearchOptions& options, SearchResults& results,
                   const Execution& execution) {
  with_memory(problems, [&]<class Memory>() {
    search_in_rounds<Memory>(problems, predict, limits, options, results, execution);
  });
}

}  // namespace mlsearch
