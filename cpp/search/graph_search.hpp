// The search of one problem on an implicit graph, driven from outside: it says which states it
// wants neighbours of, then which ones it wants predicted distances for.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "search/graph.hpp"
#include "search/open_list.hpp"
#include "search/state_index.hpp"

namespace mlsearch {

// Use: begin(); then, while advance(): expand(neighbours of wanted()) if it wants any, otherwise
// push(predictions of asked()). The memory is kept from one problem to the next.
//
// Each state that was seen has a number, its node. What the maze search does in one go is in
// two halves here, since neighbours come later: the states of a round are popped first, and
// those that turn out to be outdated once the ones before them are expanded are dropped then.
class GraphSearch {
 public:
  explicit GraphSearch(const SearchOptions& options) : options_(options) {}

  void begin(const GraphProblemBatch& problems, std::int64_t problem);

  // Goes on until neighbours or predictions are needed (true) or the search has ended (false).
  bool advance();

  // The states to give neighbours of; if there are none, predictions are needed.
  [[nodiscard]] std::span<const State> wanted() const { return wanted_; }

  // Takes the neighbours of wanted(), `width` for each of them.
  void expand(const State* rows, std::size_t width);

  // The states to predict distances for, once the round has all its neighbours.
  [[nodiscard]] std::span<const State> asked() const {
    return wanted_.empty() ? std::span<const State>(asked_) : std::span<const State>();
  }

  // Pushes what was found; predictions[i] is the predicted distance of asked()[i].
  void push(const float* predictions);

  // Writes the outcome to its place in `results`.
  void record(SearchResultsOf<State>& results) const;

  [[nodiscard]] std::int64_t problem() const { return problem_; }
  [[nodiscard]] std::size_t num_seen() const { return index_.size(); }
  [[nodiscard]] std::size_t bytes() const;

 private:
  using Node = std::uint32_t;
  static constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

  // What only a weighted search remembers about a node.
  struct Known {
    std::int32_t steps;  // g: length of the shortest path found so far
    float prediction;    // h: kUnknown until it is given
    std::uint32_t last_push;
  };

  void forget();
  void pop_round();
  [[nodiscard]] std::optional<SearchStatus> obstacle();
  void find(Node parent, State child);
  void push_unseen(const float* predictions);
  void push_best(const float* predictions);
  void push_shorter(const float* predictions);
  float checked(float prediction, State state) const;
  [[nodiscard]] std::int64_t num_wanted() const {
    return static_cast<std::int64_t>(wanted_.size());
  }
  [[nodiscard]] bool is_stale(std::uint32_t number) const {
    return options_.weight && known_[pushed_[number]].last_push != number;
  }
  void add_node(Node parent);
  void open(float priority) { open_.push(priority, num_opened_++); }

  const SearchOptions options_;
  StateIndex index_;              // nodes
  std::vector<Node> parents_;     // by node
  std::vector<Known> known_;      // by node; weighted search only
  std::vector<Node> pushed_;      // by insertion number; the last ones may not be open yet
  std::uint32_t num_opened_ = 0;  // how many of pushed_ have been put into open_
  OpenList open_;
  std::vector<std::uint32_t> popped_;  // insertion numbers that wait for their neighbours
  std::vector<State> wanted_;          // their states
  std::int32_t round_expansions_ = 0;
  std::vector<State> asked_;

  std::int64_t problem_ = 0;
  State goal_ = 0;
  bool has_ended_ = false;
  SearchStatus status_{};
  Node last_ = 0;  // the goal's, once it is solved
  std::int32_t expansions_ = 0;
  std::int64_t evaluations_ = 0;
};

}  // namespace mlsearch
