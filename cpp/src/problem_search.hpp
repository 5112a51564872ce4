// The search of one problem, driven from outside: it says which states it wants predicted
// distances for, and goes on once it has them.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "mlsearch/search.hpp"
#include "open_list.hpp"

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
  [[nodiscard]] std::span<const Cell> asked() const { return asked_; }

  // Pushes what the last advance() found; prediction(i) is the predicted distance of asked()[i].
  template <class Prediction>
  void push(const Prediction& prediction);

  // Writes the outcome to its place in `results` and appends the path to `path_cells`.
  void record(SearchResults& results, std::vector<Cell>& path_cells) const;

  [[nodiscard]] std::int64_t problem() const { return problem_; }
  [[nodiscard]] std::int64_t evaluations() const { return evaluations_; }

 private:
  // What a place of the padded map holds: free (not seen yet), a wall, or seen and then
  // kSeen + the move that led there.
  static constexpr std::uint8_t kFree = 0;
  static constexpr std::uint8_t kWall = 1;
  static constexpr std::uint8_t kSeen = 2;
  static constexpr std::uint8_t kSeenAsStart = kSeen + 4;
  static constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

  // A state that was pushed: its cell and its place on the padded map.
  struct Pushed {
    Cell cell;
    std::int32_t place;
  };

  // What only a weighted search remembers about a place it has seen.
  struct Known {
    std::int32_t steps;  // g: length of the shortest path found so far
    float prediction;    // h: kUnknown until it is given
    std::uint32_t last_push;
  };

  void lay_out(Shape shape);
  void copy_walls(MazeView maze);
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
  [[nodiscard]] float weighted_priority(const Known& known) const;
  void append_path(std::vector<Cell>& path_cells) const;

  [[nodiscard]] std::int32_t place_of(Cell cell) const {
    return cell + cell / shape_.width + shape_.width + 1;
  }
  [[nodiscard]] std::uint8_t& map_at(std::int32_t place) {
    return map_[static_cast<std::size_t>(place)];
  }
  [[nodiscard]] Known& known_at(std::int32_t place) {
    return known_[static_cast<std::size_t>(place)];
  }
  void open(float priority) { open_.push(priority, num_opened_++); }

  const SearchOptions options_;
  Shape shape_{0, 0};
  std::array<std::int32_t, 4> cell_steps_{};
  std::array<std::int32_t, 4> place_steps_{};
  // The maze with a border of walls, so that moves need no bounds checks. One wall between
  // consecutive rows bounds both, hence rows of width + 1.
  std::vector<std::uint8_t> map_;
  std::vector<Known> known_;      // by place; weighted search only
  std::vector<Pushed> pushed_;    // by insertion number; the last ones may not be open yet
  std::uint32_t num_opened_ = 0;  // how many of pushed_ have been put into open_
  OpenList open_;
  std::vector<Cell> asked_;

  std::int64_t problem_ = 0;
  Cell goal_ = 0;
  bool has_ended_ = false;
  SearchStatus status_{};
  std::int32_t expansions_ = 0;
  std::int64_t evaluations_ = 0;
};

template <class Prediction>
void ProblemSearch::push(const Prediction& prediction) {
  if (options_.weight) {
    push_shorter(prediction);
  } else if (options_.search) {
    push_unseen(prediction);
  } else {
    push_best(prediction);
  }
  evaluations_ += static_cast<std::int64_t>(asked_.size());
  asked_.clear();
}

template <class Prediction>
void ProblemSearch::push_unseen(const Prediction& prediction) {
  for (std::size_t i = 0; i < asked_.size(); ++i) open(checked(prediction(i), asked_[i]));
}

// Keeps the most promising of the states found and makes the others unseen again.
template <class Prediction>
void ProblemSearch::push_best(const Prediction& prediction) {
  if (asked_.empty()) return;
  std::size_t best = 0;
  float smallest = std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    const float value = checked(prediction(i), asked_[i]);
    if (value < smallest) {
      smallest = value;
      best = i;
    }
  }
  const Pushed chosen = pushed_[num_opened_ + best];
  const std::uint8_t mark = map_at(chosen.place);
  for (std::size_t i = num_opened_; i < pushed_.size(); ++i) map_at(pushed_[i].place) = kFree;
  map_at(chosen.place) = mark;
  pushed_.resize(num_opened_);
  pushed_.push_back(chosen);
  open(smallest);
}

template <class Prediction>
void ProblemSearch::push_shorter(const Prediction& prediction) {
  std::size_t next_asked = 0;
  while (num_opened_ < pushed_.size()) {
    const Pushed state = pushed_[num_opened_];
    Known& known = known_at(state.place);
    if (std::isnan(known.prediction)) {
      known.prediction = checked(prediction(next_asked++), state.cell);
    }
    open(weighted_priority(known));
  }
}

}  // namespace mlsearch
