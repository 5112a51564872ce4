#include "domains/puzzles/solvers/sokoban_search.hpp"

#include <algorithm>
#include <optional>
#include <queue>
#include <tuple>
#include <vector>

#include "domains/puzzles/solvers/assignment.hpp"
#include "domains/puzzles/solvers/row_table.hpp"
#include "domains/puzzles/solvers/sokoban_level.hpp"

namespace mlsearch::solvers {
namespace {

using Floors = std::vector<Floor>;  // the boxes in the order of their floors, then the player

class SokobanSearch {
 public:
  SokobanSearch(const SokobanLevel& level, int num_boxes, std::int64_t max_expansions)
      : level_(level),
        num_boxes_(num_boxes),
        max_expansions_(max_expansions),
        table_(static_cast<int>(sizeof(Floor)) * (num_boxes + 1)),
        has_box_(level.num_floors()),
        steps_(level.num_floors()) {}

  std::int32_t distance(const Floors& start, StopToken& stop) {
    offer(start, 0);
    while (!open_.empty()) {
      const auto [total, remaining, cost, number] = open_.top();
      open_.pop();
      if (remaining == 0) return cost;  // every box is on a target
      if (cost > costs_[number]) continue;
      if (expansions_ == max_expansions_) return -1;
      if (expansions_++ % 256 == 0) stop.check();
      expand(number, cost);
    }
    return -1;
  }

  [[nodiscard]] std::int64_t expansions() const { return expansions_; }

 private:
  // Total and remaining moves, cost, number: smallest total first, then smallest remaining.
  using Entry = std::tuple<int, int, int, Number>;

  void expand(Number number, int cost) {
    Floors state(num_boxes_ + 1);
    std::memcpy(state.data(), table_[number], state.size() * sizeof(Floor));
    for (int i = 0; i < num_boxes_; ++i) has_box_[state[i]] = 1;
    walk(state.back());
    for (int i = 0; i < num_boxes_; ++i) {
      for (int direction = 0; direction < 4; ++direction) push(state, i, direction, cost);
    }
    for (int i = 0; i < num_boxes_; ++i) has_box_[state[i]] = 0;
  }

  // Steps of the player to all floors, -1 where boxes are in the way.
  void walk(Floor player) {
    std::fill(steps_.begin(), steps_.end(), -1);
    queue_.assign(1, player);
    steps_[player] = 0;
    for (std::size_t head = 0; head < queue_.size(); ++head) {
      const Floor floor = queue_[head];
      for (int direction = 0; direction < 4; ++direction) {
        const Floor next = level_.next(floor, direction);
        if (next == kWall || has_box_[next] || steps_[next] >= 0) continue;
        steps_[next] = steps_[floor] + 1;
        queue_.push_back(next);
      }
    }
  }

  void push(const Floors& state, int i, int direction, int cost) {
    const Floor from = state[i];
    const Floor side = level_.next(from, opposite(direction));
    const Floor to = level_.next(from, direction);
    if (side == kWall || to == kWall || steps_[side] < 0 || has_box_[to]) return;
    has_box_[from] = 0;
    has_box_[to] = 1;
    if (!is_stuck(to)) {
      Floors child = state;
      child[i] = to;
      std::sort(child.begin(), child.end() - 1);
      child.back() = from;
      offer(child, cost + steps_[side] + 1);
    }
    has_box_[from] = 1;
    has_box_[to] = 0;
  }

  // Whether a box is in a square of four walls and boxes, not all of which are on targets.
  [[nodiscard]] bool is_stuck(Floor box) const {
    for (int vertical = 0; vertical < 2; ++vertical) {
      for (int horizontal = 2; horizontal < 4; ++horizontal) {
        const Floor side = level_.next(box, horizontal);
        const Floor above = level_.next(box, vertical);
        if (is_movable(side) || is_movable(above)) continue;
        const Floor corner = side != kWall    ? level_.next(side, vertical)
                             : above != kWall ? level_.next(above, horizontal)
                                              : kWall;
        if (is_movable(corner)) continue;
        const bool is_home = level_.is_target(box) && is_home_or_wall(side) &&
                             is_home_or_wall(above) && is_home_or_wall(corner);
        if (!is_home) return true;
      }
    }
    return false;
  }
  [[nodiscard]] bool is_movable(Floor floor) const { return floor != kWall && !has_box_[floor]; }
  [[nodiscard]] bool is_home_or_wall(Floor floor) const {
    return floor == kWall || level_.is_target(floor);
  }

  // Queues a state unless it is dead or was reached by as short a way.
  void offer(const Floors& state, int cost) {
    const auto* row = reinterpret_cast<const std::uint8_t*>(state.data());
    const Number number = table_.insert(row, table_.hash(row));
    if (static_cast<std::size_t>(number) == costs_.size()) {
      costs_.push_back(cost);
      remaining_.push_back(bound(state));
    } else if (cost >= costs_[number]) {
      return;
    }
    costs_[number] = cost;
    const int remaining = remaining_[number];
    if (remaining < kNoWay) open_.emplace(cost + remaining, remaining, cost, number);
  }

  // Every push is a move, and pushes one box: the cheapest matching of boxes and targets.
  int bound(const Floors& state) {
    return assignment_.cheapest(num_boxes_, [&](int box, int target) {
      return level_.pushes(static_cast<std::size_t>(target), state[box], state.back());
    });
  }

  const SokobanLevel& level_;
  int num_boxes_;
  std::int64_t max_expansions_;
  std::int64_t expansions_ = 0;
  RowTable table_;
  std::vector<std::int32_t> costs_;      // of the shortest way so far, by number
  std::vector<std::int32_t> remaining_;  // the bound
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open_;
  Assignment assignment_;
  std::vector<char> has_box_;
  std::vector<std::int32_t> steps_;
  std::vector<Floor> queue_;
};

// The floors where a mask is set; none if there is one out of reach where `other` is not set, for
// a box that the player cannot reach stays where it is.
std::optional<Floors> floors_at(const SokobanLevel& level, const std::uint8_t* mask,
                                const std::uint8_t* other, int num_cells) {
  Floors floors;
  for (int cell = 0; cell < num_cells; ++cell) {
    if (mask[cell] == 0) continue;
    if (level.floor_of(cell) != kWall) {
      floors.push_back(level.floor_of(cell));
    } else if (other[cell] == 0) {
      return std::nullopt;
    }
  }
  std::sort(floors.begin(), floors.end());
  return floors;
}

}  // namespace

void sokoban_distances(const SokobanProblems& problems, std::int64_t max_expansions,
                       std::int32_t* distances, std::int64_t* expansions,
                       const Execution& execution) {
  const int num_cells = problems.height * problems.width;
  parallel_for(problems.count, 1, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   const std::int64_t at = i * num_cells;
                   SokobanLevel level(problems.walls + at, problems.height, problems.width,
                                      problems.players[i]);
                   const auto* boxes = problems.boxes + at;
                   const auto* targets = problems.targets + at;
                   auto start = floors_at(level, boxes, targets, num_cells);
                   const auto ends = floors_at(level, targets, boxes, num_cells);
                   distances[i] = -1;
                   expansions[i] = 0;
                   if (!start || !ends || start->size() != ends->size()) continue;
                   level.set_targets(*ends);
                   const auto num_boxes = static_cast<int>(start->size());
                   start->push_back(level.floor_of(problems.players[i]));
                   SokobanSearch search(level, num_boxes, max_expansions);
                   distances[i] = search.distance(*start, stop);
                   expansions[i] = search.expansions();
                 }
               });
}

}  // namespace mlsearch::solvers
