#include "search/search.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "core/prefetch.hpp"
#include "search/problem_search.hpp"

namespace mlsearch {
namespace {

constexpr std::int64_t kProblemsPerRange = 16;  // of a table search
constexpr std::int64_t kActivePerRange = 1024;  // of a round: fewer are not worth a thread

// Lends each running range a search whose memory earlier ranges have grown.
class SearchPool {
 public:
  explicit SearchPool(const SearchOptions& options) : options_(options) {}

  std::unique_ptr<ProblemSearch> take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<ProblemSearch>(options_);
    auto search = std::move(idle_.back());
    idle_.pop_back();
    return search;
  }

  void give_back(std::unique_ptr<ProblemSearch> search) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(search));
  }

 private:
  const SearchOptions& options_;
  std::mutex mutex_;  // guards idle_
  std::vector<std::unique_ptr<ProblemSearch>> idle_;
};

void run_on_table(ProblemSearch& search, const float* table, StopToken& stop) {
  while (search.advance(stop)) {
    const Cell* asked = search.asked().data();
    search.push([table, asked](std::size_t i) { return table[asked[i]]; });
  }
}

// The paths that one range of problems found, and what it counted.
struct RangeOutcome {
  std::vector<Cell> path_cells;
  std::int64_t evaluations = 0;
};

void collect(const std::vector<RangeOutcome>& outcomes, std::int64_t num_problems,
             SearchResults& results) {
  std::int64_t problem = 0;
  for (const RangeOutcome& outcome : outcomes) {
    const auto offset = static_cast<std::int64_t>(results.path_cells.size());
    const std::int64_t end = std::min(problem + kProblemsPerRange, num_problems);
    for (; problem < end; ++problem) results.path_begin[problem] += offset;
    results.path_cells.insert(results.path_cells.end(), outcome.path_cells.begin(),
                              outcome.path_cells.end());
    results.evaluations += outcome.evaluations;
  }
}

// All problems that are searched at the same time, one slot each.
class Rounds {
 public:
  Rounds(const ProblemBatch& problems, const SearchOptions& options, SearchResults& results,
         const Execution& execution)
      : problems_(problems), options_(options), results_(results), execution_(execution) {}

  void run(const Predictor& predict, std::int64_t max_active) {
    fill(max_active);
    advance_all();
    while (!slots_.empty()) {
      gather();
      predict(asked_problems_, asked_states_, predictions_);
      ++results_.rounds;
      push_all();
      advance_all();
    }
  }

 private:
  struct Slot {
    std::unique_ptr<ProblemSearch> search;
    std::int64_t next_problem;  // to begin with before advancing, or kNone
    std::int64_t first_asked;   // where its states are in asked_states_
    bool is_waiting;            // for predictions
  };
  static constexpr std::int64_t kNone = -1;

  void fill(std::int64_t max_active) {
    const std::int64_t num_slots = std::min(max_active, problems_.num_problems);
    for (; next_problem_ < num_slots; ++next_problem_) {
      slots_.push_back({std::make_unique<ProblemSearch>(options_), next_problem_, 0, false});
    }
  }

  // Brings every slot to the point where it waits for predictions; slots whose problem ends
  // on the way go on with the next problem, or are removed when there is none.
  void advance_all() {
    std::vector<Slot*> turn;
    for (Slot& slot : slots_) turn.push_back(&slot);
    while (!turn.empty()) {
      advance(turn);
      std::erase_if(turn, [](const Slot* slot) { return slot->is_waiting; });
      for (Slot* slot : turn) refill(*slot);
      std::erase_if(turn, [](const Slot* slot) { return slot->next_problem == kNone; });
    }
    std::erase_if(slots_, [](const Slot& slot) { return !slot.is_waiting; });
  }

  void advance(const std::vector<Slot*>& turn) {
    for_each_range(turn.size(), [&](std::size_t i, std::size_t end, StopToken& stop) {
      prefetch_searches(turn, i, end);
      Slot& slot = *turn[i];
      if (slot.next_problem != kNone) slot.search->begin(problems_, slot.next_problem);
      slot.next_problem = kNone;
      slot.is_waiting = slot.search->advance(stop);
    });
  }

  // There are too many searches for the cache: asks for what those after number i will need,
  // up to `end`, as other threads change those of other ranges.
  static void prefetch_searches(const std::vector<Slot*>& turn, std::size_t i, std::size_t end) {
    constexpr std::size_t kFar = 12;
    constexpr std::size_t kNear = 6;
    if (i + kFar < end) prefetch(turn[i + kFar]->search.get(), 1);
    if (i + kNear < end) turn[i + kNear]->search->prefetch_memory();
  }

  void refill(Slot& slot) {
    slot.search->record(results_, results_.path_cells);
    results_.evaluations += slot.search->evaluations();
    if (next_problem_ < problems_.num_problems) {
      slot.next_problem = next_problem_++;
    } else {
      slot.search.reset();
    }
  }

  void gather() {
    asked_problems_.clear();
    asked_states_.clear();
    for (Slot& slot : slots_) {
      const std::span<const Cell> asked = slot.search->asked();
      slot.first_asked = static_cast<std::int64_t>(asked_states_.size());
      asked_states_.insert(asked_states_.end(), asked.begin(), asked.end());
      asked_problems_.resize(asked_states_.size(),
                             static_cast<std::int32_t>(slot.search->problem()));
    }
    predictions_.resize(asked_states_.size());
  }

  void push_all() {
    for_each_range(slots_.size(), [&](std::size_t i, std::size_t, StopToken&) {
      const float* predictions = predictions_.data() + slots_[i].first_asked;
      slots_[i].search->push([predictions](std::size_t asked) { return predictions[asked]; });
    });
  }

  // Calls body with each number and the end of its range, all of which one thread works on.
  template <class Body>
  void for_each_range(std::size_t count, const Body& body) {
    parallel_for(static_cast<std::int64_t>(count), kActivePerRange, execution_,
                 [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
                   for (std::int64_t i = begin; i < end; ++i) {
                     body(static_cast<std::size_t>(i), static_cast<std::size_t>(end), stop);
                   }
                 });
  }

  const ProblemBatch& problems_;
  const SearchOptions& options_;
  SearchResults& results_;
  const Execution& execution_;
  std::vector<Slot> slots_;
  std::int64_t next_problem_ = 0;
  std::vector<std::int32_t> asked_problems_;
  std::vector<Cell> asked_states_;
  std::vector<float> predictions_;
};

}  // namespace

void search_tables(const ProblemBatch& problems, const float* tables, const SearchOptions& options,
                   SearchResults& results, const Execution& execution) {
  const std::int64_t num_ranges =
      (problems.num_problems + kProblemsPerRange - 1) / kProblemsPerRange;
  std::vector<RangeOutcome> outcomes(static_cast<std::size_t>(num_ranges));
  const std::int64_t cells = problems.mazes.shape.cells();
  SearchPool pool(options);
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
                   search->record(results, outcome.path_cells);
                   outcome.evaluations += search->evaluations();
                 }
                 pool.give_back(std::move(search));
               });
  collect(outcomes, problems.num_problems, results);
}

void search_rounds(const ProblemBatch& problems, const Predictor& predict, std::int64_t max_active,
                   const SearchOptions& options, SearchResults& results,
                   const Execution& execution) {
  Rounds(problems, options, results, execution).run(predict, max_active);
}

}  // namespace mlsearch
