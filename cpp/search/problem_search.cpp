#include "search/problem_search.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "core/prefetch.hpp"

namespace mlsearch {

void ProblemSearch::begin(const ProblemBatch& problems, std::int64_t problem) {
  lay_out(problems.mazes.shape);
  maze_ = problems.mazes[problems.maze_of(problem)];
  const Cell start = problems.starts[problem];
  mark_of(start) = kSeenAsStart;
  if (options_.weight) known_of(start) = {0, kUnknown, 0};
  make_room();
  pushed_[num_pushed_++] = {start, start % maze_.shape.width};
  open_.clear();
  num_opened_ = 0;
  open(0.0F);
  problem_ = problem;
  goal_ = problems.goals[problem];
  has_ended_ = false;
  expansions_ = 0;
  evaluations_ = 0;
}

void ProblemSearch::prefetch_memory() const {
  constexpr std::int64_t kFew = 16;
  prefetch(marks_.data(), static_cast<std::int64_t>(marks_.size()));
  prefetch(maze_.walls, maze_.shape.cells());
  prefetch(pushed_.data() + num_pushed_, kFew);
  prefetch(asked_.data(), kFew);
  open_.prefetch_first(kFew);
}

// Makes every cell of a maze of `shape` unseen.
void ProblemSearch::lay_out(Shape shape) {
  for (std::size_t i = 0; i < num_pushed_; ++i) mark_of(pushed_[i].cell) = kUnseen;
  num_pushed_ = 0;
  num_asked_ = 0;
  const auto num_cells = static_cast<std::size_t>(shape.cells());
  marks_.resize(num_cells, kUnseen);
  if (options_.weight) known_.resize(num_cells);
}

// Removes entries of states that have been pushed again since.
void ProblemSearch::drop_stale() {
  while (!open_.empty()) {
    const std::uint32_t number = open_.top();
    if (known_of(pushed_[number].cell).last_push == number) return;
    open_.pop();
  }
}

void ProblemSearch::end(SearchStatus status) {
  has_ended_ = true;
  status_ = status;
}

template <class Visit>
void ProblemSearch::for_each_free(Pushed state, const Visit& visit) const {
  const auto [height, width] = maze_.shape;
  const auto [cell, column] = state;
  const auto consider = [&](Pushed next, std::uint8_t move) {
    if (maze_.is_free(next.cell)) visit(next, move);
  };
  if (cell >= width) consider({cell - width, column}, 0);
  if (cell < (height - 1) * width) consider({cell + width, column}, 1);
  if (column > 0) consider({cell - 1, column - 1}, 2);
  if (column < width - 1) consider({cell + 1, column + 1}, 3);
}

void ProblemSearch::find_shorter(Pushed state) {
  if (num_pushed_ > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()) - 4) {
    throw std::length_error("search: more than 2**31 pushes for one problem; set max_expansions");
  }
  make_room();
  const std::int32_t steps = known_of(state.cell).steps + 1;
  for_each_free(state, [this, steps](Pushed next, std::uint8_t move) {
    Known& known = known_of(next.cell);
    const bool is_unseen = mark_of(next.cell) == kUnseen;
    if (!is_unseen && known.steps <= steps) return;
    if (is_unseen) {
      known.prediction = kUnknown;
      asked_[num_asked_++] = next.cell;
    }
    known.steps = steps;
    known.last_push = static_cast<std::uint32_t>(num_pushed_);
    mark_of(next.cell) = static_cast<std::uint8_t>(kSeen + move);
    pushed_[num_pushed_++] = next;
  });
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

// Walks back from the goal by the moves that led to each state.
void ProblemSearch::append_path(std::vector<Cell>& path_cells) const {
  const std::int32_t width = maze_.shape.width;
  const std::array<std::int32_t, 4> steps = {-width, width, -1, 1};
  const auto path_begin = static_cast<std::ptrdiff_t>(path_cells.size());
  Cell cell = goal_;
  path_cells.push_back(cell);
  for (std::uint8_t mark = mark_of(cell); mark != kSeenAsStart; mark = mark_of(cell)) {
    cell -= steps[mark - std::size_t{kSeen}];
    path_cells.push_back(cell);
  }
  std::reverse(path_cells.begin() + path_begin, path_cells.end());
}

}  // namespace mlsearch
