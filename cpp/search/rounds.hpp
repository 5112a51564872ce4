// The driver of all searches that ask callbacks: many problems advance together, and each
// callback is called once a round for all of them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "core/parallel.hpp"
#include "core/prefetch.hpp"
#include "search/beam_search.hpp"
#include "search/problem_search.hpp"
#include "search/search.hpp"

namespace mlsearch {

// All problems that are searched at the same time, one slot each, by a ProblemSearch or a
// BeamSearch. Callbacks are called on the
// calling thread, never for no states; what they throw surfaces unchanged.
template <class Search>
class Rounds {
 public:
  using Memory = typename Search::Memory;

  Rounds(const typename Memory::Problems& problems, const RoundLimits& limits,
         const SearchOptions& options, SearchResults& results, const Execution& execution)
      : problems_(problems),
        limits_(limits),
        options_(options),
        results_(results),
        execution_(execution) {}

  // Solves every problem. `expand` is called only where neighbours have to be asked for.
  void run(const Predictor& predict, const Expander& expand = {}) {
    fill(max_slots());
    advance_all();
    while (!slots_.empty()) {
      if constexpr (Memory::is_asked) expand_all(expand);
      push_all(predict);
      keep_within_memory();
    }
  }

 private:
  using Key = typename Search::Key;
  static constexpr std::int64_t kNone = -1;
  static constexpr std::int64_t kStatesPerRange = 1024;  // fewer are not worth a thread

  struct Slot {
    std::unique_ptr<Search> search;
    std::int64_t next_problem;  // to begin with before advancing, or kNone
    std::size_t first;          // where its states are in states_
    bool is_waiting;            // for neighbours or predictions
  };

  // Adds slots, each with a problem, until there are `num_slots` or no problem is left.
  void fill(std::size_t num_slots) {
    while (slots_.size() < num_slots) {
      const std::int64_t problem = take_problem();
      if (problem == kNone) return;
      slots_.push_back({std::make_unique<Search>(options_), problem, 0, false});
    }
  }

  // The first problem that no slot has begun with, or that was put back; kNone without one.
  std::int64_t take_problem() {
    if (!put_back_.empty()) {
      const std::int64_t problem = put_back_.back();
      put_back_.pop_back();
      return problem;
    }
    return next_problem_ < problems_.num_problems ? next_problem_++ : kNone;
  }

  // Brings every slot to the point where it waits; slots whose problem ends on the way go on
  // with the next problem, or are removed when there is none.
  void advance_all() {
    std::vector<Slot*> turn;
    for (Slot& slot : slots_) {
      if (!slot.is_waiting) turn.push_back(&slot);
    }
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

  // The next problem takes the place of one that has ended, if there is one.
  void refill(Slot& slot) {
    slot.search->record(results_, results_.path_states);
    results_.evaluations += slot.search->evaluations();
    slot.next_problem = take_problem();
    if (slot.next_problem == kNone) return slot.search.reset();
    // Memory without a bound is kept only as far as most searches need it.
    constexpr std::size_t kMostKept = std::size_t{1} << 20;
    if (limits_.max_bytes > 0 && slot.search->bytes() > kMostKept) {
      slot.search = std::make_unique<Search>(options_);
    }
  }

  void expand_all(const Expander& expand) {
    gather([](const Search& search) { return search.wanted(); });
    if (problem_of_state_.empty()) return;
    const std::size_t num_moves = problems_.world_of(0).num_moves();
    rows_.resize(states_.size() * num_moves);
    costs_.clear();
    expand(problem_of_state_, states_, rows_, costs_);
    for_each_range(slots_.size(), [&](std::size_t i, std::size_t, StopToken&) {
      Slot& slot = slots_[i];
      if (slot.search->wanted().empty()) return;
      const std::size_t first = slot.first * num_moves;
      slot.search->expand(rows_.data() + first * slot.search->memory().num_bytes(),
                          costs_.empty() ? nullptr : costs_.data() + first);
      slot.is_waiting = false;
    });
    advance_all();
  }

  void push_all(const Predictor& predict) {
    gather([](const Search& search) { return search.asked(); });
    if (problem_of_state_.empty()) return;
    predictions_.resize(problem_of_state_.size());
    predict(problem_of_state_, states_, predictions_);
    ++results_.rounds;
    for_each_range(slots_.size(), [&](std::size_t i, std::size_t, StopToken&) {
      Slot& slot = slots_[i];
      if (slot.search->asked().empty()) return;
      const float* const predictions = predictions_.data() + slot.first;
      slot.search->push([predictions](std::size_t asked) { return predictions[asked]; });
      slot.is_waiting = false;
    });
    advance_all();
  }

  template <class KeysOf>
  void gather(const KeysOf& keys_of) {
    states_.clear();
    problem_of_state_.clear();
    for (Slot& slot : slots_) {
      const std::span<const Key> keys = keys_of(*slot.search);
      slot.first = problem_of_state_.size();
      problem_of_state_.resize(slot.first + keys.size(),
                               static_cast<std::int32_t>(slot.search->problem()));
      slot.search->memory().append(keys, states_);
    }
  }

  // All searches together may take `max_bytes`. If they take more, the later half of the problems
  // is put back, to begin again once there is room; one that takes more by itself has used up its
  // budget. So what is found for a problem does not depend on the others.
  void keep_within_memory() {
    if (limits_.max_bytes == 0) return;
    const auto max_bytes = static_cast<std::size_t>(limits_.max_bytes);
    std::size_t taken = bytes();
    for (; slots_.size() > 1 && taken > max_bytes; taken = bytes()) put_back_half();
    if (slots_.empty()) return;
    if (taken > max_bytes) {
      give_up(slots_.front());
    } else if (taken < max_bytes / 4 && slots_.size() < max_slots()) {
      fill(std::min(max_slots(), 2 * slots_.size()));
      advance_all();
    }
  }

  [[nodiscard]] std::size_t max_slots() const {
    return static_cast<std::size_t>(std::min(limits_.max_active, problems_.num_problems));
  }

  [[nodiscard]] std::size_t bytes() const {
    std::size_t sum = 0;
    for (const Slot& slot : slots_) sum += slot.search->bytes();
    return sum;
  }

  void put_back_half() {
    const auto problem_of = [](const Slot& slot) { return slot.search->problem(); };
    std::ranges::sort(slots_, {}, problem_of);
    const std::size_t kept = slots_.size() / 2;
    for (std::size_t i = kept; i < slots_.size(); ++i) put_back_.push_back(problem_of(slots_[i]));
    slots_.erase(slots_.begin() + static_cast<std::ptrdiff_t>(kept), slots_.end());
    std::ranges::sort(put_back_, std::greater{});
  }

  void give_up(Slot& slot) {
    slot.search->give_up();
    slot.is_waiting = false;
    advance_all();
  }

  // Calls body with each number and the end of its range, all of which one thread works on.
  template <class Body>
  void for_each_range(std::size_t count, const Body& body) {
    const std::int64_t per_search = options_.beam_width.value_or(options_.expansions_per_round);
    const std::int64_t grain = std::max<std::int64_t>(1, kStatesPerRange / per_search);
    parallel_for(static_cast<std::int64_t>(count), grain, execution_,
                 [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
                   for (std::int64_t i = begin; i < end; ++i) {
                     body(static_cast<std::size_t>(i), static_cast<std::size_t>(end), stop);
                   }
                 });
  }

  const typename Memory::Problems& problems_;
  const RoundLimits& limits_;
  const SearchOptions& options_;
  SearchResults& results_;
  const Execution& execution_;
  std::vector<Slot> slots_;
  std::int64_t next_problem_ = 0;
  std::vector<std::int64_t> put_back_;  // problems to begin again, the first one last
  StateBytes states_;                   // that the slots want or ask for
  std::vector<std::int32_t> problem_of_state_;
  StateBytes rows_;            // their neighbours
  std::vector<double> costs_;  // of the moves that lead there; none where they cost 1
  std::vector<float> predictions_;
};

// Calls run.operator()<Search>() with the kind of search that the options name.
template <class Memory, class Run>
void run_search(const SearchOptions& options, const Run& run) {
  if (options.beam_width) {
    run.template operator()<BeamSearch<Memory>>();
  } else if (options.weight) {
    run.template operator()<ProblemSearch<Memory, true>>();
  } else {
    run.template operator()<ProblemSearch<Memory, false>>();
  }
}

// Solves every problem by the kind of search that the options name.
template <class Memory>
void search_in_rounds(const typename Memory::Problems& problems, const Predictor& predict,
                      const RoundLimits& limits, const SearchOptions& options,
                      SearchResults& results, const Execution& execution,
                      const Expander& expand = {}) {
  run_search<Memory>(options, [&]<class Search>() {
    Rounds<Search>(problems, limits, options, results, execution).run(predict, expand);
  });
}

}  // namespace mlsearch
