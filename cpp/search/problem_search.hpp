// The search of one problem, driven from outside: it says which states it wants predicted
// distances for, and goes on once it has them.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "search/search.hpp"
#include "search/open_list.hpp"
#include "search/priority.hpp"

namespace mlsearch {

// Use: begin(); while (advance(stop)) push(predictions of asked()). The memory is kept from
// one problem to the next.
class ProblemSearch {
 public:
  explicit ProblemSearch(const SearchOptions& options) : options_(options) {}

  void begin(const ProblemBatch& problems, std::int64_t problem);

  // Pops states until predicted distances are needed (true) or the search has ended (false).
  bool advance(StopToken& stop);

  // The states to predict distances for.
  [[nodiscard]] std::span<const Cell> asked() const { return {asked_.data(), num_asked_}; }

  // Pushes what the last advance() found; prediction(i) is the predicted distance of asked()[i].
  template <class Prediction>
  void push(const Prediction& prediction);

  // Asks for the memory that the next advance() and push() will need.
  void prefetch_memory() const;

  // Writes the outcome to its place in `results` and appends the path to `path_cells`.
  void record(SearchResults& results, std::vector<Cell>& path_cells) const;

  [[nodiscard]] std::int64_t problem() const { return problem_; }
  [[nodiscard]] std::int64_t evaluations() const { return evaluations_; }

 private:
  // Marks of cells: not seen yet, or kSeen + the move that led there.
  static constexpr std::uint8_t kUnseen = 0;
  static constexpr std::uint8_t kSeen = 1;
  static constexpr std::uint8_t kSeenAsStart = kSeen + 4;
  static constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

  // A state that was pushed. Its column is kept because dividing for it takes long.
  struct Pushed {
    Cell cell;
    std::int32_t column;
  };

  // What only a weighted search remembers about a cell it has seen.
  struct Known {
    std::int32_t steps;  // g: length of the shortest path found so far
    float prediction;    // h: kUnknown until it is given
    std::uint32_t last_push;
  };

  void lay_out(Shape shape);
  void make_room() {  // for four more states, the most that one has beside it
    if (num_pushed_ + 4 > pushed_.size()) pushed_.resize(2 * num_pushed_ + 4);
    if (num_asked_ + 4 > asked_.size()) asked_.resize(2 * num_asked_ + 4);
  }
  void pop_round();
  void drop_stale();
  void end(SearchStatus status);
  void find_unseen(Pushed state);
  void find_shorter(Pushed state);
  template <class Prediction>
  void push_unseen(const Prediction& prediction);
  template <class Prediction>
  void push_best(const Prediction& prediction);
  template <class Prediction>
  void push_shorter(const Prediction& prediction);
  [[nodiscard]] float checked(float prediction, Cell state) const {
    if (!std::isfinite(prediction)) throw NonFinitePrediction(problem_, state, prediction);
    return prediction;
  }
  void append_path(std::vector<Cell>& path_cells) const;

  // Calls visit(neighbour, move) for each free neighbour of `state`.
  template <class Visit>
  void for_each_free(Pushed state, const Visit& visit) const;
  [[nodiscard]] std::uint8_t mark_of(Cell cell) const {
    return marks_[static_cast<std::size_t>(cell)];
  }
  [[nodiscard]] std::uint8_t& mark_of(Cell cell) { return marks_[static_cast<std::size_t>(cell)]; }
  [[nodiscard]] Known& known_of(Cell cell) { return known_[static_cast<std::size_t>(cell)]; }
  void open(float priority) { open_.push(priority, num_opened_++); }

  const SearchOptions options_;
  MazeView maze_{nullptr, {0, 0}};
  std::vector<std::uint8_t> marks_;  // by cell
  std::vector<Known> known_;         // by cell; weighted search only
  std::vector<Pushed> pushed_;       // by insertion number, with room for more
  std::size_t num_pushed_ = 0;       // the last ones may not be open yet
  std::uint32_t num_opened_ = 0;     // how many of pushed_ have been put into open_
  OpenList open_;
  std::vector<Cell> asked_;  // with room for more
  std::size_t num_asked_ = 0;

  std::int64_t problem_ = 0;
  Cell goal_ = 0;
  bool has_ended_ = false;
  SearchStatus status_{};
  std::int32_t expansions_ = 0;
  std::int64_t evaluations_ = 0;
  std::uint32_t rounds_ = 0;
};

inline bool ProblemSearch::advance(StopToken& stop) {
  constexpr std::uint32_t kCheckInterval = 512;
  while (true) {
    if (++rounds_ % kCheckInterval == 0) stop.check();
    pop_round();
    if (has_ended_) return false;
    if (num_asked_ > 0) return true;
    push([](std::size_t) { return 0.0F; });  // states whose predictions are known already
  }
}

inline void ProblemSearch::pop_round() {
  for (std::int32_t i = 0; i < options_.expansions_per_round; ++i) {
    if (options_.weight) drop_stale();
    const bool is_first = i == 0;  // later pops leave the end to the next round
    if (open_.empty()) return is_first ? end(SearchStatus::exhausted) : void();
    const Pushed state = pushed_[open_.top()];
    if (state.cell == goal_) return end(SearchStatus::solved);
    if (expansions_ == options_.max_expansions) {
      return is_first ? end(SearchStatus::out_of_budget) : void();
    }
    open_.pop();
    ++expansions_;
    options_.weight ? find_shorter(state) : find_unseen(state);
  }
}

// Which neighbours are unseen is hard to predict for a processor, so nothing here branches on
// it: each neighbour is written down, and counted only if it was unseen.
inline void ProblemSearch::find_unseen(Pushed state) {
  const auto [height, width] = maze_.shape;
  const auto [cell, column] = state;
  make_room();
  Pushed* const pushed = pushed_.data() + num_pushed_;
  Cell* const asked = asked_.data() + num_asked_;
  std::uint8_t* const marks = marks_.data();
  std::size_t found = 0;
  const auto consider = [&](bool is_inside, std::int32_t step, std::int32_t side, int move) {
    const Cell next = is_inside ? cell + step : cell;  // which is seen
    const bool is_found = (marks[next] | maze_.walls[next]) == 0;
    marks[next] = is_found ? static_cast<std::uint8_t>(kSeen + move) : marks[next];
    pushed[found] = {next, column + side};
    asked[found] = next;
    found += std::size_t{is_found};
  };
  consider(cell >= width, -width, 0, 0);
  consider(cell < (height - 1) * width, width, 0, 1);
  consider(column > 0, -1, -1, 2);
  consider(column < width - 1, 1, 1, 3);
  num_pushed_ += found;
  num_asked_ += found;
}

template <class Prediction>
void ProblemSearch::push(const Prediction& prediction) {
  if (options_.weight) {
    push_shorter(prediction);
  } else if (options_.search) {
    push_unseen(prediction);
  } else {
    push_best(prediction);
  }
  evaluations_ += static_cast<std::int64_t>(num_asked_);
  num_asked_ = 0;
}

template <class Prediction>
void ProblemSearch::push_unseen(const Prediction& prediction) {
  for (std::size_t i = 0; i < num_asked_; ++i) open(checked(prediction(i), asked_[i]));
}

// Keeps the most promising of the states found and makes the others unseen again.
template <class Prediction>
void ProblemSearch::push_best(const Prediction& prediction) {
  if (num_asked_ == 0) return;
  std::size_t best = 0;
  float smallest = std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < num_asked_; ++i) {
    const float value = checked(prediction(i), asked_[i]);
    if (value < smallest) {
      smallest = value;
      best = i;
    }
  }
  const Pushed chosen = pushed_[num_opened_ + best];
  const std::uint8_t mark = mark_of(chosen.cell);
  for (const Cell cell : asked()) mark_of(cell) = kUnseen;
  mark_of(chosen.cell) = mark;
  pushed_[num_opened_] = chosen;
  num_pushed_ = num_opened_ + 1;
  open(smallest);
}

template <class Prediction>
void ProblemSearch::push_shorter(const Prediction& prediction) {
  std::size_t next_asked = 0;
  while (num_opened_ < num_pushed_) {
    const Pushed state = pushed_[num_opened_];
    Known& known = known_of(state.cell);
    if (std::isnan(known.prediction)) {
      known.prediction = checked(prediction(next_asked++), state.cell);
    }
    open(weighted_priority(known.steps, *options_.weight, known.prediction));
  }
}

}  // namespace mlsearch
