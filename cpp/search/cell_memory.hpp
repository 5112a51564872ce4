// What the search of one problem in a maze remembers: one byte for each cell of the map.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/prefetch.hpp"
#include "domains/maze/grid.hpp"
#include "domains/maze/moves.hpp"
#include "search/known.hpp"
#include "search/mazes.hpp"

namespace mlsearch {

template <class Moves>
class CellMemory {
 public:
  using Problems = MazeProblems;
  using Key = Cell;  // names a state that was seen

  // A state that was pushed. Its column is kept because dividing for it takes long.
  struct Node {
    Cell cell;
    std::int32_t column;
  };

  static constexpr bool is_asked = false;  // neighbours are known at once
  static Key key(Node node) { return node.cell; }
  [[nodiscard]] static constexpr std::size_t num_moves() { return Moves::num; }
  [[nodiscard]] static constexpr std::size_t num_bytes() { return sizeof(Cell); }

  // Makes every cell of the problem's maze unseen but the start, which is returned.
  // `seen` are all that the last problem has left marked.
  Node begin(const Problems& problems, std::int64_t problem, std::span<const Node> seen) {
    for (const Node node : seen) mark_of(node.cell) = kUnseen;
    marks_.resize(static_cast<std::size_t>(problems.mazes.shape.cells()), kUnseen);
    maze_ = problems.mazes[problems.maze_of(problem)];
    entry_costs_ = problems.entry_costs_of(problem);
    goal_ = problems.goals[problem];
    const Cell start = problems.starts[problem];
    mark_of(start) = kSeenAsStart;
    return {start, start % maze_.shape.width};
  }

  // Weighted search only: what is known about the start.
  void know(Node start) {
    known_.resize(marks_.size());
    known(start.cell) = {};
  }

  [[nodiscard]] Known& known(Key cell) { return known_[static_cast<std::size_t>(cell)]; }
  [[nodiscard]] bool is_goal(Node node) const { return node.cell == goal_; }

  // Marks the unseen neighbours of `state` as seen and writes them down, in move order.
  // Returns how many there are; there has to be room for num_moves().
  //
  // Which neighbours are unseen is hard to predict for a processor, so nothing here branches on
  // it: each neighbour is written down, and counted only if it was unseen.
  std::size_t find_unseen(Node state, Node* pushed, Key* asked) {
    const auto [cell, column] = state;
    std::uint8_t* const marks = marks_.data();
    std::size_t found = 0;
    const auto consider = [&](bool is_open, std::int32_t step, std::int32_t side, int move) {
      const Cell next = is_open ? cell + step : cell;  // which is seen
      const bool is_found = (marks[next] | maze_.walls[next]) == 0;
      marks[next] = is_found ? static_cast<std::uint8_t>(kSeen + move) : marks[next];
      pushed[found] = {next, column + side};
      asked[found] = next;
      found += std::size_t{is_found};
    };
    Moves::for_each(maze_, cell, column, consider);
    return found;
  }

  // Calls visit(neighbour, is_unseen, cost of the move) for each free neighbour. Where it returns
  // true, the way to the neighbour leads through `state` from now on.
  template <class Visit>
  void visit_neighbours(Node state, const Visit& visit) {
    const auto [cell, column] = state;
    const auto consider = [&](bool is_open, std::int32_t step, std::int32_t side, int move) {
      if (!is_open || !maze_.is_free(cell + step)) return;
      const Node next{cell + step, column + side};
      std::uint8_t& mark = mark_of(next.cell);
      const double cost = Moves::cost(move) * entry_cost(entry_costs_, next.cell);
      if (visit(next, mark == kUnseen, cost)) mark = static_cast<std::uint8_t>(kSeen + move);
    };
    Moves::for_each(maze_, cell, column, consider);
  }

  // Makes all states that were just found unseen again, except number `kept`, which is returned.
  Node keep_only(std::span<const Node> found, std::size_t kept) {
    const std::uint8_t mark = mark_of(found[kept].cell);
    for (const Node node : found) mark_of(node.cell) = kUnseen;
    mark_of(found[kept].cell) = mark;
    return found[kept];
  }

  // Makes all states that were just found unseen again, except those numbered in `kept`, which
  // are written to `nodes` in that order.
  void keep_only(std::span<const Node> found, std::span<const std::uint32_t> kept, Node* nodes) {
    for (const std::uint32_t number : kept) {
      *nodes++ = found[number];
      mark_of(found[number].cell) |= kKept;
    }
    for (const Node node : found) {
      std::uint8_t& mark = mark_of(node.cell);
      mark = (mark & kKept) != 0 ? static_cast<std::uint8_t>(mark & ~kKept) : kUnseen;
    }
  }

  // Appends the path to `last`, from its end to its start.
  void walk_back(Node last, std::vector<Key>& path) const {
    Cell cell = last.cell;
    path.push_back(cell);
    for (std::uint8_t mark = mark_of(cell); mark != kSeenAsStart; mark = mark_of(cell)) {
      cell -= Moves::step(maze_.shape.width, mark - kSeen);
      path.push_back(cell);
    }
  }

  // Appends the rows of states.
  void append(std::span<const Key> cells, StateBytes& rows) const {
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(cells.data());
    rows.insert(rows.end(), bytes, bytes + cells.size_bytes());
  }

  // Asks for the memory that expansions will need.
  void prefetch_memory() const {
    prefetch(marks_.data(), static_cast<std::int64_t>(marks_.size()));
    prefetch(maze_.walls, maze_.shape.cells());
  }

  [[nodiscard]] std::size_t bytes() const {
    return marks_.capacity() + known_.capacity() * sizeof(Known);
  }

 private:
  // Marks of cells: not seen yet, or kSeen + the move that led there.
  static constexpr std::uint8_t kUnseen = 0;
  static constexpr std::uint8_t kSeen = 1;
  static constexpr std::uint8_t kSeenAsStart = kSeen + Moves::num;
  static constexpr std::uint8_t kKept = 0x80;  // added to others in keep_only

  [[nodiscard]] std::uint8_t mark_of(Cell cell) const {
    return marks_[static_cast<std::size_t>(cell)];
  }
  [[nodiscard]] std::uint8_t& mark_of(Cell cell) { return marks_[static_cast<std::size_t>(cell)]; }

  MazeView maze_{nullptr, {0, 0}};
  const double* entry_costs_ = nullptr;  // by cell; null where they are 1
  Cell goal_ = 0;
  std::vector<std::uint8_t> marks_;  // by cell
  std::vector<Known> known_;         // by cell; weighted search only
};

}  // namespace mlsearch
