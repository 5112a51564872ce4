// What the search of one problem remembers where states are rows of bytes: all rows it has seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

#include "domains/world.hpp"
#include "search/known.hpp"
#include "search/row_index.hpp"
#include "search/search.hpp"

namespace mlsearch {

// Problems in worlds whose states are rows of one size: one world for each, or one for all.
template <World W>
struct StateProblems {
  std::span<const W> worlds;
  const std::uint8_t* starts;  // rows
  const std::uint8_t* goals;
  std::int64_t num_problems;
  const std::uint8_t* goal_mask;  // a row of 0 and 255: which bits count in a goal; null for all
  const double* move_costs = nullptr;  // num_moves() of them; null where moves cost 1

  [[nodiscard]] const W& world_of(std::int64_t problem) const {
    return worlds[worlds.size() == 1 ? 0 : static_cast<std::size_t>(problem)];
  }
};

template <World W>
class StateMemory {
 public:
  using Problems = StateProblems<W>;
  using Node = std::uint32_t;  // the number of a row
  using Key = Node;

  static constexpr bool is_asked = std::is_same_v<W, Asked>;  // neighbours come from outside
  static Key key(Node node) { return node; }
  [[nodiscard]] std::size_t num_moves() const { return world_.num_moves(); }
  [[nodiscard]] std::size_t num_bytes() const { return world_.num_bytes(); }

  // Forgets the last problem. The start of the next one is returned.
  Node begin(const Problems& problems, std::int64_t problem, std::span<const Node>) {
    world_ = problems.world_of(problem);
    goal_ = problems.goals + static_cast<std::size_t>(problem) * num_bytes();
    goal_mask_ = problems.goal_mask;
    costs_ = problems.move_costs;
    parents_.assign(1, 0);
    known_.clear();
    index_.clear(num_bytes());
    return index_.number_of(problems.starts + static_cast<std::size_t>(problem) * num_bytes());
  }

  // Weighted search only: what is known about the start.
  void know(Node) { known_.emplace_back(); }

  [[nodiscard]] Known& known(Key key) { return known_[key]; }

  [[nodiscard]] bool is_goal(Node node) const {
    const std::uint8_t* const row = index_[node];
    if (goal_mask_ == nullptr) return std::memcmp(row, goal_, num_bytes()) == 0;
    for (std::size_t i = 0; i < num_bytes(); ++i) {
      if (((row[i] ^ goal_[i]) & goal_mask_[i]) != 0) return false;
    }
    return true;
  }

  // What the next expansion finds, and what its moves cost, where the world is asked.
  void answer(const std::uint8_t* rows, const double* costs) {
    world_.answer(rows);
    costs_ = costs;
  }

  // Remembers the unseen neighbours of `state` and writes them down, in move order.
  // Returns how many there are; there has to be room for num_moves().
  std::size_t find_unseen(Node state, Node* pushed, Key* asked) {
    std::size_t found = 0;
    for_each_neighbour(state, [&](Node child, bool is_unseen, std::size_t) {
      if (!is_unseen) return;
      pushed[found] = asked[found] = child;
      ++found;
    });
    return found;
  }

  // Calls visit(neighbour, is_unseen, cost of the move) for each neighbour. Where it returns true,
  // the way to the neighbour leads through `state` from now on.
  template <class Visit>
  void visit_neighbours(Node state, const Visit& visit) {
    for_each_neighbour(state, [&](Node child, bool is_unseen, std::size_t move) {
      if (is_unseen) known_.emplace_back();
      const double cost = costs_ ? costs_[move] : 1.0;
      if (visit(child, is_unseen, cost)) parents_[child] = state;
    });
  }

  // Makes all states that were just found unseen again, except number `kept`, which is returned.
  Node keep_only(std::span<const Node> found, std::size_t kept) {
    const auto number = static_cast<std::uint32_t>(kept);
    Node node{};
    keep_only(found, {&number, 1}, &node);
    return node;
  }

  // Makes all states that were just found unseen again, except those numbered in `kept`, which
  // are written to `nodes` in that order.
  void keep_only(std::span<const Node> found, std::span<const std::uint32_t> kept, Node* nodes) {
    rows_.clear();
    kept_parents_.clear();
    for (const std::uint32_t number : kept) {
      append({&found[number], 1}, rows_);
      kept_parents_.push_back(parents_[found[number]]);
    }
    for (std::size_t i = 0; i < found.size(); ++i) index_.remove_last();
    parents_.resize(index_.size());
    for (std::size_t i = 0; i < kept.size(); ++i) {
      nodes[i] = index_.number_of(rows_.data() + i * num_bytes());
      parents_.push_back(kept_parents_[i]);
    }
  }

  // Appends the path to `last`, from its end to its start.
  void walk_back(Node last, std::vector<Key>& path) const {
    for (Node node = last; node != 0; node = parents_[node]) path.push_back(node);
    path.push_back(0);
  }

  // Appends the rows of states.
  void append(std::span<const Key> keys, StateBytes& rows) const {
    for (const Key key : keys) rows.insert(rows.end(), index_[key], index_[key] + num_bytes());
  }

  void prefetch_memory() const {}

  [[nodiscard]] std::size_t bytes() const {
    return index_.bytes() + (parents_.size() + kept_parents_.size()) * sizeof(Node) +
           known_.size() * sizeof(Known) + rows_.size();
  }

 private:
  template <class Body>
  void for_each_neighbour(Node state, const Body& body) {
    rows_.resize(num_moves() * num_bytes());
    tags_.resize(num_moves());
    world_.neighbours(index_[state], rows_.data());
    // Rows are looked up once the memory for all of them was asked for: it is rarely in a cache.
    for (std::size_t move = 0; move < num_moves(); ++move) {
      tags_[move] = index_.tag_of(rows_.data() + move * num_bytes());
      index_.prefetch_place(tags_[move]);
    }
    for (std::size_t move = 0; move < num_moves(); ++move) {
      const Node child = index_.number_of(rows_.data() + move * num_bytes(), tags_[move]);
      const bool is_unseen = child == parents_.size();
      if (is_unseen) parents_.push_back(state);
      body(child, is_unseen, move);
    }
  }

  W world_{};
  const std::uint8_t* goal_ = nullptr;
  const std::uint8_t* goal_mask_ = nullptr;
  const double* costs_ = nullptr;    // by move, of this expansion or of all; null where they are 1
  RowIndex index_;                   // numbers the states that were seen; the start is number 0
  std::vector<Node> parents_;        // by number
  std::vector<Node> kept_parents_;   // in keep_only
  std::vector<Known> known_;         // by number; weighted search only
  std::vector<std::uint64_t> tags_;  // by move
  std::vector<std::uint8_t> rows_;   // neighbours of the state that is expanded, or what is kept
};

}  // namespace mlsearch
