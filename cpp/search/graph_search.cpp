#include "search/graph_search.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "search/priority.hpp"

namespace mlsearch {

void GraphSearch::begin(const GraphProblemBatch& problems, std::int64_t problem) {
  forget();
  problem_ = problem;
  goal_ = problems.goals[problem];
  has_ended_ = false;
  expansions_ = 0;
  evaluations_ = 0;
  num_opened_ = 0;
  pushed_.push_back(index_.number_of(problems.starts[problem]));
  add_node(0);
  if (options_.weight) known_.front().steps = 0;
  open(0.0F);
}

// Forgets the last problem. Memory is kept only as far as most searches need it.
void GraphSearch::forget() {
  constexpr std::size_t kMostKept = std::size_t{1} << 20;
  if (bytes() > kMostKept) {
    index_ = {};
    parents_ = {};
    known_ = {};
    pushed_ = {};
    open_ = {};
  }
  index_.clear();
  parents_.clear();
  known_.clear();
  pushed_.clear();
  open_.clear();
  popped_.clear();
  wanted_.clear();
  asked_.clear();
  round_expansions_ = 0;
}

std::size_t GraphSearch::bytes() const {
  return index_.bytes() + (parents_.capacity() + pushed_.capacity()) * sizeof(Node) +
         known_.capacity() * sizeof(Known) + open_.bytes();
}

bool GraphSearch::advance() {
  while (true) {
    pop_round();
    if (has_ended_) return false;
    if (!wanted_.empty() || !asked_.empty()) return true;
    push(nullptr);  // states whose predictions are known already
  }
}

// Pops what the round may still expand, up to the goal: whether that ends the search is known
// once everything before it is expanded.
void GraphSearch::pop_round() {
  std::optional<SearchStatus> ending;
  while (round_expansions_ + num_wanted() < options_.expansions_per_round) {
    ending = obstacle();
    if (ending) break;
    popped_.push_back(open_.top());
    wanted_.push_back(index_[pushed_[open_.top()]]);
    open_.pop();
  }
  if (!ending || !wanted_.empty()) return;
  if (ending != SearchStatus::solved && round_expansions_ > 0) return;  // the next round's matter
  has_ended_ = true;
  status_ = *ending;
  if (ending == SearchStatus::solved) last_ = pushed_[open_.top()];
}

// Why the next state cannot be popped, if so. Outdated entries are dropped on the way.
std::optional<SearchStatus> GraphSearch::obstacle() {
  while (!open_.empty() && is_stale(open_.top())) open_.pop();
  if (open_.empty()) return SearchStatus::exhausted;
  if (index_[pushed_[open_.top()]] == goal_) return SearchStatus::solved;
  if (expansions_ + num_wanted() == options_.max_expansions) return SearchStatus::out_of_budget;
  return std::nullopt;
}

void GraphSearch::expand(const State* rows, std::size_t width) {
  for (std::size_t i = 0; i < popped_.size(); ++i) {
    if (is_stale(popped_[i])) continue;
    if (pushed_.size() + width > std::size_t{std::numeric_limits<std::int32_t>::max()}) {
      throw std::length_error("search: more than 2**31 pushes for one problem; set max_expansions");
    }
    ++expansions_;
    ++round_expansions_;
    for (const State child : std::span(rows + i * width, width)) {
      if (child < no_state) throw InvalidNeighbour(problem_, wanted_[i], child);
      if (child != no_state) find(pushed_[popped_[i]], child);
    }
  }
  popped_.clear();
  wanted_.clear();
}

void GraphSearch::find(Node parent, State child) {
  const Node node = index_.number_of(child);
  const bool is_new = node == parents_.size();
  if (is_new) {
    add_node(parent);
    asked_.push_back(child);
  }
  if (options_.weight) {
    const std::int32_t steps = known_[parent].steps + 1;
    Known& known = known_[node];
    if (known.steps <= steps) return;
    known.steps = steps;
    known.last_push = static_cast<std::uint32_t>(pushed_.size());
    parents_[node] = parent;
  } else if (!is_new) {
    return;
  }
  pushed_.push_back(node);
}

// What is remembered of the node that index_ has just numbered.
void GraphSearch::add_node(Node parent) {
  parents_.push_back(parent);
  if (options_.weight) {
    known_.push_back({std::numeric_limits<std::int32_t>::max(), kUnknown, 0});
  }
}

void GraphSearch::push(const float* predictions) {
  if (options_.weight) {
    push_shorter(predictions);
  } else if (options_.search) {
    push_unseen(predictions);
  } else {
    push_best(predictions);
  }
  evaluations_ += static_cast<std::int64_t>(asked_.size());
  asked_.clear();
  round_expansions_ = 0;
}

void GraphSearch::push_unseen(const float* predictions) {
  for (std::size_t i = 0; i < asked_.size(); ++i) open(checked(predictions[i], asked_[i]));
}

// Keeps the most promising of the states found and makes the others unseen again.
void GraphSearch::push_best(const float* predictions) {
  if (asked_.empty()) return;
  for (std::size_t i = 0; i < asked_.size(); ++i) checked(predictions[i], asked_[i]);
  const float* const best = std::min_element(predictions, predictions + asked_.size());
  const State chosen = asked_[static_cast<std::size_t>(best - predictions)];
  const Node parent = parents_.back();  // of all of them: descent has but one state to expand
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    index_.remove_last();
    parents_.pop_back();
    pushed_.pop_back();
  }
  pushed_.push_back(index_.number_of(chosen));
  add_node(parent);
  open(*best);
}

void GraphSearch::push_shorter(const float* predictions) {
  while (num_opened_ < pushed_.size()) {
    const Node node = pushed_[num_opened_];
    Known& known = known_[node];
    if (std::isnan(known.prediction)) known.prediction = checked(*predictions++, index_[node]);
    open(weighted_priority(known.steps, *options_.weight, known.prediction));
  }
}

float GraphSearch::checked(float prediction, State state) const {
  if (!std::isfinite(prediction)) throw NonFinitePrediction(problem_, state, prediction);
  return prediction;
}

void GraphSearch::record(SearchResultsOf<State>& results) const {
  std::vector<State>& path = results.path_cells;
  const auto path_begin = static_cast<std::ptrdiff_t>(path.size());
  if (status_ == SearchStatus::solved) {
    for (Node node = last_; node != 0; node = parents_[node]) {
      path.push_back(index_[node]);
    }
    path.push_back(index_[0]);
    std::reverse(path.begin() + path_begin, path.end());
  }
  results.status[problem_] = status_;
  results.expansions[problem_] = expansions_;
  results.generated[problem_] = static_cast<std::int32_t>(num_opened_ - 1);
  results.cost[problem_] =
      static_cast<std::int32_t>(static_cast<std::ptrdiff_t>(path.size()) - path_begin) - 1;
  results.path_begin[problem_] = path_begin;
  results.evaluations += evaluations_;
}

}  // namespace mlsearch
