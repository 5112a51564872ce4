#include "search/graph.hpp"

#include <algorithm>
#include <memory>

#include "search/graph_search.hpp"

namespace mlsearch {
namespace {

constexpr std::int64_t kActivePerRange = 1024;  // of a round: fewer are not worth a thread

// All problems that are searched at the same time, one slot each.
class GraphRounds {
 public:
  GraphRounds(const GraphProblemBatch& problems, const GraphLimits& limits,
              const SearchOptions& options, SearchResultsOf<State>& results,
              const Execution& execution)
      : problems_(problems),
        limits_(limits),
        options_(options),
        results_(results),
        execution_(execution) {}

  void run(const Expander& expand, const StatePredictor& predict) {
    fill();
    for_each_slot([](Slot& slot) { slot.go_on(); });
    replace_ended();
    while (!slots_.empty()) {
      expand_all(expand);
      replace_ended();
      push_all(predict);
      replace_ended();
      check_memory();
    }
  }

 private:
  struct Slot {
    std::unique_ptr<GraphSearch> search;
    std::size_t first;  // where its states are in states_
    bool is_waiting;    // for neighbours or predictions; otherwise its problem has ended

    void go_on() { is_waiting = search->advance(); }
  };

  void fill() {
    while (next_problem_ < std::min(limits_.max_active, problems_.num_problems)) {
      slots_.push_back({std::make_unique<GraphSearch>(options_), 0, false});
      slots_.back().search->begin(problems_, next_problem_++);
    }
  }

  void replace_ended() {
    for (Slot& slot : slots_) {
      while (!slot.is_waiting && slot.search) refill(slot);
    }
    std::erase_if(slots_, [](const Slot& slot) { return !slot.search; });
  }

  // The next problem takes the place of one that has ended, if there is one.
  void refill(Slot& slot) {
    slot.search->record(results_);
    if (next_problem_ == problems_.num_problems) return slot.search.reset();
    slot.search->begin(problems_, next_problem_++);
    slot.go_on();
  }

  void expand_all(const Expander& expand) {
    gather([](const GraphSearch& search) { return search.wanted(); });
    if (states_.empty()) return;
    expand(states_, rows_);
    const std::size_t width = rows_.size() / states_.size();
    for_each_slot([&](Slot& slot) {
      if (slot.search->wanted().empty()) return;
      slot.search->expand(rows_.data() + slot.first * width, width);
      slot.go_on();
    });
  }

  void push_all(const StatePredictor& predict) {
    gather([](const GraphSearch& search) { return search.asked(); });
    if (states_.empty()) return;
    predictions_.resize(states_.size());
    predict(problem_of_state_, states_, predictions_);
    ++results_.rounds;
    for_each_slot([&](Slot& slot) {
      if (slot.search->asked().empty()) return;
      slot.search->push(predictions_.data() + slot.first);
      slot.go_on();
    });
  }

  template <class StatesOf>
  void gather(const StatesOf& states_of) {
    states_.clear();
    problem_of_state_.clear();
    for (Slot& slot : slots_) {
      const std::span<const State> states = states_of(*slot.search);
      slot.first = states_.size();
      states_.insert(states_.end(), states.begin(), states.end());
      problem_of_state_.resize(states_.size(), static_cast<std::int32_t>(slot.search->problem()));
    }
  }

  void check_memory() const {
    std::size_t bytes = 0;
    std::size_t num_states = 0;
    const GraphSearch* largest = nullptr;
    for (const Slot& slot : slots_) {
      bytes += slot.search->bytes();
      num_states += slot.search->num_seen();
      if (!largest || slot.search->num_seen() > largest->num_seen()) largest = slot.search.get();
    }
    if (bytes <= static_cast<std::size_t>(limits_.max_bytes)) return;
    throw OutOfStateMemory(static_cast<std::int64_t>(num_states),
                           static_cast<std::int64_t>(slots_.size()), largest->problem());
  }

  template <class Body>
  void for_each_slot(const Body& body) {
    parallel_for(static_cast<std::int64_t>(slots_.size()), kActivePerRange, execution_,
                 [&](std::int64_t begin, std::int64_t end, StopToken&) {
                   for (std::int64_t i = begin; i < end; ++i) {
                     body(slots_[static_cast<std::size_t>(i)]);
                   }
                 });
  }

  const GraphProblemBatch& problems_;
  const GraphLimits& limits_;
  const SearchOptions& options_;
  SearchResultsOf<State>& results_;
  const Execution& execution_;
  std::vector<Slot> slots_;
  std::int64_t next_problem_ = 0;
  std::vector<State> states_;  // that the slots want or ask for
  std::vector<std::int32_t> problem_of_state_;
  std::vector<State> rows_;
  std::vector<float> predictions_;
};

}  // namespace

void search_graph(const GraphProblemBatch& problems, const Expander& expand,
                  const StatePredictor& predict, const GraphLimits& limits,
                  const SearchOptions& options, SearchResultsOf<State>& results,
                  const Execution& execution) {
  GraphRounds(problems, limits, options, results, execution).run(expand, predict);
}

}  // namespace mlsearch
