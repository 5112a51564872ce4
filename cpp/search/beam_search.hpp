// The beam search of one problem, driven from outside as ProblemSearch is.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "core/parallel.hpp"
#include "core/prefetch.hpp"
#include "search/open_list.hpp"
#include "search/outcome.hpp"
#include "search/search.hpp"

namespace mlsearch {

// A round is one layer: its states are expanded in the order of their ranks, and of the states
// found, the most promising are the next layer. The memory holds the layers alone: what did not
// go on is unseen again.
template <class M>
class BeamSearch {
 public:
  using Memory = M;
  using Node = typename Memory::Node;
  using Key = typename Memory::Key;

  explicit BeamSearch(const SearchOptions& options)
      : options_(options), width_(static_cast<std::size_t>(options.beam_width.value())) {}

  void begin(const typename Memory::Problems& problems, std::int64_t problem);

  // Goes on until neighbours or predictions are needed (true) or the search has ended (false).
  bool advance(StopToken& stop);

  // The states to give neighbours of; if there are none, predictions are needed.
  [[nodiscard]] std::span<const Key> wanted() const {
    if constexpr (Memory::is_asked) return {nodes_.data() + layer_begin_, num_wanted_};
    return {};
  }

  // Takes the neighbours of wanted(), which the next advance() reads; costs do not matter here.
  void expand(const std::uint8_t* rows, const double*) {
    rows_ = rows;
    num_wanted_ = 0;
  }

  // The states to predict distances for, once the layer is expanded.
  [[nodiscard]] std::span<const Key> asked() const { return {asked_.data(), num_asked_}; }

  // Makes the next layer of what was found; prediction(i) is the predicted distance of asked()[i].
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
    return memory_.bytes() + (layer_end_ + num_asked_ + next_.size()) * sizeof(Node) +
           num_asked_ * sizeof(Key) + keys_.size() * sizeof(PriorityKey) +
           ranked_.size() * sizeof(std::uint32_t);
  }

 private:
  void make_room();
  void expand_layer(StopToken& stop);
  void expand_one(Node state);
  bool end(SearchStatus status) {
    status_ = status;
    has_ended_ = true;
    return false;
  }
  [[nodiscard]] bool is_out_of_budget() const {
    constexpr std::size_t kMost = std::numeric_limits<std::int32_t>::max();
    return expansions_ >= options_.max_expansions || generated_ >= options_.max_generated ||
           static_cast<std::size_t>(generated_) + memory_.num_moves() > kMost;
  }
  [[nodiscard]] std::size_t layer_size() const { return layer_end_ - layer_begin_; }

  const SearchOptions options_;
  const std::size_t width_;
  Memory memory_;
  std::vector<Node> nodes_;  // by layer, then what the current layer has found; room for more
  std::size_t layer_begin_ = 0;
  std::size_t layer_end_ = 0;
  std::vector<Key> asked_;  // what the current layer has found, with room for more
  std::size_t num_asked_ = 0;
  std::size_t num_wanted_ = 0;
  const std::uint8_t* rows_ = nullptr;  // neighbours of the layer, where they are asked for
  std::vector<PriorityKey> keys_;       // orders what was found
  std::vector<std::uint32_t> ranked_;   // what goes on, as numbers into asked_
  std::vector<Node> next_;              // the next layer
  std::int32_t expansions_ = 0;
  std::int32_t generated_ = 0;
  std::int64_t evaluations_ = 0;
  std::int64_t problem_ = 0;
  bool has_ended_ = false;
  SearchStatus status_{};
  Node last_{};  // the goal, once the problem is solved
  std::vector<Key> path_;
};

template <class M>
void BeamSearch<M>::begin(const typename Memory::Problems& problems, std::int64_t problem) {
  const Node start = memory_.begin(problems, problem, {nodes_.data(), layer_end_ + num_asked_});
  problem_ = problem;
  layer_begin_ = layer_end_ = 0;
  num_asked_ = num_wanted_ = 0;
  rows_ = nullptr;
  expansions_ = generated_ = 0;
  evaluations_ = 0;
  has_ended_ = false;
  make_room();
  nodes_[layer_end_++] = last_ = start;
  if (memory_.is_goal(start)) end(SearchStatus::solved);
}

// For the neighbours of one more state.
template <class M>
inline void BeamSearch<M>::make_room() {
  const std::size_t more = memory_.num_moves();
  const std::size_t nodes = layer_end_ + num_asked_ + more;
  if (nodes > nodes_.size()) nodes_.resize(2 * nodes);
  if (num_asked_ + more > asked_.size()) asked_.resize(2 * (num_asked_ + more));
}

template <class M>
inline bool BeamSearch<M>::advance(StopToken& stop) {
  if (has_ended_) return false;  // where it began
  if (is_out_of_budget()) return end(SearchStatus::out_of_budget);
  if (Memory::is_asked && rows_ == nullptr) {
    const auto left = static_cast<std::size_t>(options_.max_expansions - expansions_);
    num_wanted_ = std::min(layer_size(), left);
    return true;
  }
  expand_layer(stop);
  rows_ = nullptr;
  if (!has_ended_ && num_asked_ == 0) end(SearchStatus::exhausted);
  return !has_ended_;
}

template <class M>
void BeamSearch<M>::expand_layer(StopToken& stop) {
  constexpr std::int32_t kCheckInterval = 512;
  for (std::size_t i = 0; i < layer_size() && !has_ended_; ++i) {
    if (expansions_ % kCheckInterval == kCheckInterval - 1) stop.check();
    if (is_out_of_budget()) {
      end(SearchStatus::out_of_budget);
      return;
    }
    if constexpr (Memory::is_asked) {
      memory_.answer(rows_ + i * memory_.num_moves() * memory_.num_bytes(), nullptr);
    }
    expand_one(nodes_[layer_begin_ + i]);
  }
}

// Ends the search at the first neighbour that is the goal.
template <class M>
inline void BeamSearch<M>::expand_one(Node state) {
  ++expansions_;
  make_room();
  Node* const found = nodes_.data() + layer_end_ + num_asked_;
  const std::size_t num_found = memory_.find_unseen(state, found, asked_.data() + num_asked_);
  num_asked_ += num_found;
  for (std::size_t i = 0; i < num_found && !has_ended_; ++i) {
    ++generated_;
    last_ = found[i];
    if (memory_.is_goal(last_)) end(SearchStatus::solved);
  }
}

template <class M>
template <class Prediction>
inline void BeamSearch<M>::push(const Prediction& prediction) {
  keys_.resize(num_asked_);
  for (std::size_t i = 0; i < num_asked_; ++i) {
    const float value = checked(prediction(i), memory_, problem_, asked_[i]);
    keys_[i] = {value, static_cast<std::uint32_t>(i)};
  }
  if (keys_.size() > width_) {
    const auto cut = keys_.begin() + static_cast<std::ptrdiff_t>(width_);
    std::nth_element(keys_.begin(), cut, keys_.end());
    keys_.erase(cut, keys_.end());
  }
  std::sort(keys_.begin(), keys_.end());
  ranked_.clear();
  for (const PriorityKey key : keys_) ranked_.push_back(key.number());
  next_.resize(ranked_.size());
  memory_.keep_only({nodes_.data() + layer_end_, num_asked_}, ranked_, next_.data());
  std::copy(next_.begin(), next_.end(), nodes_.begin() + static_cast<std::ptrdiff_t>(layer_end_));
  layer_begin_ = layer_end_;
  layer_end_ += ranked_.size();
  evaluations_ += static_cast<std::int64_t>(num_asked_);
  num_asked_ = 0;
}

template <class M>
void BeamSearch<M>::record(SearchResults& results, StateBytes& path_states) {
  path_.clear();
  if (status_ == SearchStatus::solved) memory_.walk_back(last_, path_);
  record_outcome(memory_, problem_, {status_, expansions_, generated_}, path_, results,
                 path_states);
}

template <class M>
void BeamSearch<M>::prefetch_memory() const {
  constexpr std::int64_t kFew = 16;
  memory_.prefetch_memory();
  prefetch(nodes_.data() + layer_begin_, kFew);
  prefetch(asked_.data(), kFew);
}

}  // namespace mlsearch
