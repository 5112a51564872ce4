#include "problem_search.hpp"

#include <algorithm>
#include <stdexcept>

namespace mlsearch {
namespace {

constexpr int kCheckInterval = 512;  // rounds between looks at the stop token

}  // namespace

void ProblemSearch::begin(const ProblemBatch& problems, std::int64_t problem) {
  const MazeView maze = problems.mazes[problems.maze_of(problem)];
  if (!(maze.shape == shape_)) lay_out(maze.shape);
  copy_walls(maze);
  const Cell start = problems.starts[problem];
  const Pushed first{start, place_of(start)};
  map_at(first.place) = kSeenAsStart;
  if (options_.weight) known_at(first.place) = {0, kUnknown, 0};
  pushed_.assign(1, first);
  open_.clear();
  num_opened_ = 0;
  open(0.0F);
  asked_.clear();
  problem_ = problem;
  goal_ = problems.goals[problem];
  has_ended_ = false;
  expansions_ = 0;
  evaluations_ = 0;
}

void ProblemSearch::lay_out(Shape shape) {
  shape_ = shape;
  const std::int32_t row = shape.width + 1;
  cell_steps_ = {-shape.width, shape.width, -1, 1};
  place_steps_ = {-row, row, -1, 1};
  const std::size_t places =
      static_cast<std::size_t>(row) * static_cast<std::size_t>(shape.height + 2);
  map_.assign(places, kWall);
  if (options_.weight) known_.resize(places);
}

void ProblemSearch::copy_walls(MazeView maze) {
  for (std::int32_t row = 0; row < shape_.height; ++row) {
    const std::uint8_t* walls = maze.walls + row * shape_.width;
    std::transform(walls, walls + shape_.width, map_.begin() + place_of(row * shape_.width),
                   [](std::uint8_t wall) { return wall == 0 ? kFree : kWall; });
  }
}

bool ProblemSearch::advance(StopToken& stop) {
  int rounds = 0;
  while (true) {
    pop_round();
    if (has_ended_) return false;
    if (!asked_.empty()) return true;
    push([](std::size_t) { return 0.0F; });  // states whose predictions are known already
    if (++rounds % kCheckInterval == 0) stop.check();
  }
}

void ProblemSearch::pop_round() {
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

// Removes entries of states that have been pushed again since.
void ProblemSearch::drop_stale() {
  while (!open_.empty()) {
    const std::uint32_t number = open_.top();
    if (known_at(pushed_[number].place).last_push == number) return;
    open_.pop();
  }
}

void ProblemSearch::end(SearchStatus status) {
  has_ended_ = true;
  status_ = status;
}

void ProblemSearch::find_unseen(Pushed state) {
  for (std::uint8_t move = 0; move < 4; ++move) {
    const Pushed next{state.cell + cell_steps_[move], state.place + place_steps_[move]};
    if (map_at(next.place) != kFree) continue;
    map_at(next.place) = static_cast<std::uint8_t>(kSeen + move);
    pushed_.push_back(next);
    asked_.push_back(next.cell);
  }
}

void ProblemSearch::find_shorter(Pushed state) {
  if (pushed_.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()) - 4) {
    throw std::length_error("search: more than 2**31 pushes for one problem; set max_expansions");
  }
  const std::int32_t steps = known_at(state.place).steps + 1;
  for (std::uint8_t move = 0; move < 4; ++move) {
    const Pushed next{state.cell + cell_steps_[move], state.place + place_steps_[move]};
    std::uint8_t& mark = map_at(next.place);
    Known& known = known_at(next.place);
    if (mark == kWall || (mark != kFree && known.steps <= steps)) continue;
    if (mark == kFree) {
      known.prediction = kUnknown;
      asked_.push_back(next.cell);
    }
    mark = static_cast<std::uint8_t>(kSeen + move);
    known.steps = steps;
    known.last_push = static_cast<std::uint32_t>(pushed_.size());
    pushed_.push_back(next);
  }
}

// g + weight * h, computed exactly but for one rounding in float64 and one to float32.
float ProblemSearch::weighted_priority(const Known& known) const {
  const double exact = known.steps + double{*options_.weight} * double{known.prediction};
  constexpr double kLargest = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(exact, -kLargest, kLargest));
}

void ProblemSearch::record(SearchResults& results, std::vector<Cell>& path_cells) const {
  const std::size_t path_begin = path_cells.size();
  if (status_ == SearchStatus::solved) append_path(path_cells);
  results.status[problem_] = status_;
  results.expansions[problem_] = expansions_;
  results.generated[problem_] = static_cast<std::int32_t>(num_opened_ - 1);
  results.cost[problem_] = static_cast<std::int32_t>(path_cells.size() - path_begin) - 1;
  results.path_begin[problem_] = static_cast<std::int64_t>(path_begin);
}

// Walks back from the goal by the moves that first, or by the shortest path, led to each state.
void ProblemSearch::append_path(std::vector<Cell>& path_cells) const {
  const auto path_begin = static_cast<std::ptrdiff_t>(path_cells.size());
  Pushed state{goal_, place_of(goal_)};
  path_cells.push_back(state.cell);
  for (std::uint8_t mark = map_[static_cast<std::size_t>(state.place)]; mark != kSeenAsStart;
       mark = map_[static_cast<std::size_t>(state.place)]) {
    const std::size_t move = mark - std::size_t{kSeen};
    state = {state.cell - cell_steps_[move], state.place - place_steps_[move]};
    path_cells.push_back(state.cell);
  }
  std::reverse(path_cells.begin() + path_begin, path_cells.end());
}

}  // namespace mlsearch
