// The search of one problem, driven from outside: it says which states it wants neighbours of
// and predicted distances for, and goes on once it has them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "core/parallel.hpp"
#include "core/prefetch.hpp"
#include "search/known.hpp"
#include "search/open_list.hpp"
#include "search/outcome.hpp"
#include "search/search.hpp"

namespace mlsearch {

// Use: begin(); then, while advance(stop): expand(neighbours of wanted()) if it wants any,
// otherwise push(predictions of asked()). The memory is kept from one problem to the next.
//
// What was seen is remembered by a Memory: CellMemory in mazes, StateMemory elsewhere. Where
// neighbours are known at once, nothing is ever wanted. Where they come later, an expansion is
// in two halves: the states of a round are popped first, and those that turn out to be outdated
// once the ones before them are expanded are dropped then.
//
// A weighted search (options.weight) orders by g + weight * h and reopens states.
template <class M, bool is_weighted>
class ProblemSearch {
 public:
  using Memory = M;
  using Node = typename Memory::Node;
  using Key = typename Memory::Key;

  explicit ProblemSearch(const SearchOptions& options) : options_(options) {}

  void begin(const typename Memory::Problems& problems, std::int64_t problem);

  // Goes on until neighbours or predictions are needed (true) or the search has ended (false).
  bool advance(StopToken& stop);

  // The states to give neighbours of; if there are none, predictions are needed.
  [[nodiscard]] std::span<const Key> wanted() const { return wanted_; }

  // Takes the neighbours of wanted(): num_moves() rows for each of them, and as many costs of the
  // moves, or null where they cost 1.
  void expand(const std::uint8_t* rows, const double* costs);

  // The states to predict distances for, once the round has all its neighbours.
  [[nodiscard]] std::span<const Key> asked() const {
    return {asked_.data(), num_wanted() > 0 ? 0 : num_asked_};
  }

  // Pushes what was found; prediction(i) is the predicted distance of asked()[i].
  template <class Prediction>
  void push(const Prediction& prediction);

  // Ends the search out of budget.
  void give_up() { end(SearchStatus::out_of_budget); }

  // Writes the outcome to its place in `results` and appends the path to `path_states`.
  void record(SearchResults& results, StateBytes& path_states);

  // Asks for the memory that the next advance() and push() will need.
  void prefetch_memory() const;

  [[nodiscard]] const Memory& memory() const { return memory_; }
  [[nodiscard]] std::int64_t problem() const { return problem_; }
  [[nodiscard]] std::int64_t evaluations() const { return evaluations_; }
  // What the search of this problem needs, whatever memory is kept from earlier ones.
  [[nodiscard]] std::size_t bytes() const {
    return memory_.bytes() + num_pushed_ * sizeof(Node) + num_asked_ * sizeof(Key) + open_.bytes();
  }

 private:
  static constexpr std::int64_t kMostPushed = std::numeric_limits<std::int32_t>::max();

  using Open = OpenList<std::conditional_t<is_weighted, WeightedKey, PriorityKey>>;

  void make_room() {  // for the neighbours of one more state
    const std::size_t more = memory_.num_moves();
    if (num_pushed_ + more > pushed_.size() || num_asked_ + more > asked_.size()) grow();
  }
  void grow();
  void pop_round();
  void drop_stale();
  void meet(SearchStatus obstacle);
  void end(SearchStatus status) {
    has_ended_ = true;
    status_ = status;
  }
  void expand_one(Node state);
  void find_cheaper(Node state);
  template <class Prediction>
  void push_unseen(const Prediction& prediction);
  template <class Prediction>
  void push_best(const Prediction& prediction);
  template <class Prediction>
  void push_cheaper(const Prediction& prediction);
  [[nodiscard]] float checked(float prediction, Key state) const {
    return mlsearch::checked(prediction, memory_, problem_, state);
  }

  [[nodiscard]] std::int32_t num_wanted() const {
    return Memory::is_asked ? static_cast<std::int32_t>(wanted_.size()) : 0;
  }
  [[nodiscard]] std::int32_t num_generated() const {  // the start is no child
    return static_cast<std::int32_t>(num_opened_) - 1;
  }
  [[nodiscard]] bool is_out_of_budget() const {
    return expansions_ + num_wanted() == options_.max_expansions ||
           num_generated() >= most_generated_;
  }
  // A budget within which insertion numbers suffice for what one more round may push, so that no
  // expansion has to look at them.
  [[nodiscard]] std::int32_t countable_budget() const {
    const auto moves = static_cast<std::int64_t>(memory_.num_moves());
    const std::int64_t pushed = std::min(options_.expansions_per_round * moves, kMostPushed / 2);
    return static_cast<std::int32_t>(
        std::min<std::int64_t>(options_.max_generated, kMostPushed - pushed));
  }
  [[nodiscard]] bool is_stale(std::uint32_t number) {
    if constexpr (!is_weighted) return false;
    return memory_.known(Memory::key(pushed_[number])).last_push != number;
  }
  // Opens the next of pushed_: `order` are its priority and, in a weighted search, its prediction.
  template <class... Order>
  void open(Order... order) {
    open_.push({order..., num_opened_++});
  }

  // What each expansion needs lies together: with thousands of searches each cache line counts.
  const SearchOptions options_;
  Memory memory_;
  std::vector<Node> pushed_;    // by insertion number, with room for more
  std::size_t num_pushed_ = 0;  // the last ones may not be open yet
  Open open_;
  std::vector<Key> asked_;  // with room for more
  std::size_t num_asked_ = 0;
  std::uint32_t num_opened_ = 0;  // how many of pushed_ have been put into open_
  std::int32_t expansions_ = 0;
  std::int32_t round_expansions_ = 0;
  std::int32_t most_generated_ = 0;
  std::uint32_t rounds_ = 0;
  std::int64_t evaluations_ = 0;
  std::int64_t problem_ = 0;
  bool has_ended_ = false;
  SearchStatus status_{};
  Node last_{};  // the goal, once the problem is solved

  std::vector<std::uint32_t> popped_;  // insertion numbers that wait for their neighbours
  std::vector<Key> wanted_;            // their states
  std::vector<Key> path_;
};

template <class M, bool is_weighted>
void ProblemSearch<M, is_weighted>::begin(const typename Memory::Problems& problems,
                                          std::int64_t problem) {
  const Node start = memory_.begin(problems, problem, {pushed_.data(), num_pushed_});
  if constexpr (is_weighted) memory_.know(start);
  problem_ = problem;
  most_generated_ = countable_budget();
  has_ended_ = false;
  num_pushed_ = num_asked_ = 0;
  num_opened_ = 0;
  expansions_ = round_expansions_ = 0;
  evaluations_ = 0;
  popped_.clear();
  wanted_.clear();
  open_.clear();
  make_room();
  pushed_[num_pushed_++] = start;
  if constexpr (is_weighted) {
    open(0.0F, 0.0F);
  } else {
    open(0.0F);
  }
}

template <class M, bool is_weighted>
void ProblemSearch<M, is_weighted>::grow() {
  const std::size_t more = memory_.num_moves();
  if (num_pushed_ + more > static_cast<std::size_t>(kMostPushed)) {  // in a single round
    throw std::length_error(
        "search: more than 2**31 pushes in a round; lower expansions_per_round");
  }
  pushed_.resize(std::max(pushed_.size(), 2 * num_pushed_ + more));
  asked_.resize(std::max(asked_.size(), 2 * num_asked_ + more));
}

template <class M, bool is_weighted>
inline bool ProblemSearch<M, is_weighted>::advance(StopToken& stop) {
  constexpr std::uint32_t kCheckInterval = 512;
  if (has_ended_) return false;  // it was given up
  while (true) {
    if (++rounds_ % kCheckInterval == 0) stop.check();
    pop_round();
    if (has_ended_) return false;
    if (num_asked_ > 0 || num_wanted() > 0) return true;
    push([](std::size_t) { return 0.0F; });  // states whose predictions are known already
  }
}

template <class M, bool is_weighted>
inline void ProblemSearch<M, is_weighted>::pop_round() {
  while (round_expansions_ + num_wanted() < options_.expansions_per_round) {
    if constexpr (is_weighted) drop_stale();
    if (open_.empty()) return meet(SearchStatus::exhausted);
    const std::uint32_t number = open_.top();
    const Node state = pushed_[number];
    if (memory_.is_goal(state)) return meet(SearchStatus::solved);
    if (is_out_of_budget()) return meet(SearchStatus::out_of_budget);
    open_.pop();
    if constexpr (Memory::is_asked) {
      popped_.push_back(number);
      wanted_.push_back(Memory::key(state));
    } else {
      expand_one(state);
    }
  }
}

// Removes entries of states that have been pushed again since.
template <class M, bool is_weighted>
void ProblemSearch<M, is_weighted>::drop_stale() {
  while (!open_.empty() && is_stale(open_.top())) open_.pop();
}

// Whether an obstacle ends the search is known once all before it is expanded; and a round
// that has found something may overcome any but the goal.
template <class M, bool is_weighted>
void ProblemSearch<M, is_weighted>::meet(SearchStatus obstacle) {
  if (num_wanted() > 0) return;
  if (obstacle != SearchStatus::solved && round_expansions_ > 0) return;
  end(obstacle);
  if (obstacle == SearchStatus::solved) last_ = pushed_[open_.top()];
}

template <class M, bool is_weighted>
void ProblemSearch<M, is_weighted>::expand(const std::uint8_t* rows, const double* costs) {
  const std::size_t num = memory_.num_moves();
  for (std::size_t i = 0; i < popped_.size(); ++i) {
    if (is_stale(popped_[i])) continue;
    memory_.answer(rows + i * num * memory_.num_bytes(), costs ? costs + i * num : nullptr);
    expand_one(pushed_[popped_[i]]);
  }
  popped_.clear();
  wanted_.clear();
}

template <class M, bool is_weighted>
inline void ProblemSearch<M, is_weighted>::expand_one(Node state) {
  ++expansions_;
  ++round_expansions_;
  make_room();
  if constexpr (is_weighted) {
    find_cheaper(state);
  } else {
    const std::size_t found =
        memory_.find_unseen(state, pushed_.data() + num_pushed_, asked_.data() + num_asked_);
    num_pushed_ += found;
    num_asked_ += found;
  }
}

template <class M, bool is_weighted>
void ProblemSearch<M, is_weighted>::find_cheaper(Node state) {
  const double here = memory_.known(Memory::key(state)).cost;
  memory_.visit_neighbours(state, [this, here](Node next, bool is_unseen, double move_cost) {
    const double cost = here + move_cost;
    Known& known = memory_.known(Memory::key(next));
    if (!is_unseen && known.cost <= cost) return false;
    if (is_unseen) {
      known.prediction = Known::kUnknown;
      asked_[num_asked_++] = Memory::key(next);
    }
    known.cost = cost;
    known.last_push = static_cast<std::uint32_t>(num_pushed_);
    pushed_[num_pushed_++] = next;
    return true;
  });
}

template <class M, bool is_weighted>
template <class Prediction>
inline void ProblemSearch<M, is_weighted>::push(const Prediction& prediction) {
  if constexpr (is_weighted) {
    push_cheaper(prediction);
  } else if (options_.search) {
    push_unseen(prediction);
  } else {
    push_best(prediction);
  }
  evaluations_ += static_cast<std::int64_t>(num_asked_);
  num_asked_ = 0;
  round_expansions_ = 0;
}

template <class M, bool is_weighted>
template <class Prediction>
inline void ProblemSearch<M, is_weighted>::push_unseen(const Prediction& prediction) {
  for (std::size_t i = 0; i < num_asked_; ++i) open(checked(prediction(i), asked_[i]));
}

// Keeps the most promising of the states found and makes the others unseen again.
template <class M, bool is_weighted>
template <class Prediction>
void ProblemSearch<M, is_weighted>::push_best(const Prediction& prediction) {
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
  Node* const found = pushed_.data() + num_opened_;
  *found = memory_.keep_only({found, num_asked_}, best);
  num_pushed_ = num_opened_ + 1;
  open(smallest);
}

template <class M, bool is_weighted>
template <class Prediction>
void ProblemSearch<M, is_weighted>::push_cheaper(const Prediction& prediction) {
  std::size_t next_asked = 0;
  while (num_opened_ < num_pushed_) {
    const Key state = Memory::key(pushed_[num_opened_]);
    Known& known = memory_.known(state);
    if (std::isnan(known.prediction)) known.prediction = checked(prediction(next_asked++), state);
    open(weighted_priority(known.cost, *options_.weight, known.prediction), known.prediction);
  }
}

template <class M, bool is_weighted>
void ProblemSearch<M, is_weighted>::record(SearchResults& results, StateBytes& path_states) {
  path_.clear();
  if (status_ == SearchStatus::solved) memory_.walk_back(last_, path_);
  record_outcome(memory_, problem_, {status_, expansions_, num_generated()}, path_, results,
                 path_states);
}

template <class M, bool is_weighted>
void ProblemSearch<M, is_weighted>::prefetch_memory() const {
  constexpr std::int64_t kFew = 16;
  memory_.prefetch_memory();
  prefetch(pushed_.data() + num_pushed_, kFew);
  prefetch(asked_.data(), kFew);
  open_.prefetch_first(kFew);
}

}  // namespace mlsearch
