#include "domains/puzzles/solvers/permutations.hpp"

#include <atomic>
#include <stdexcept>
#include <string>
#include <utility>

namespace mlsearch::solvers {
namespace {

using Hashes = std::span<const std::uint64_t>;

const auto see_nothing = [](const std::uint8_t*, Hashes) {};

void distances_to(std::span<const std::int32_t> backwards, std::size_t num_nodes, std::int32_t goal,
                  std::int32_t* distances, StopToken& stop) {
  const std::size_t num_moves = backwards.size() / num_nodes;
  std::fill_n(distances, num_nodes, -1);
  std::vector<std::int32_t> queue;
  queue.reserve(num_nodes);
  queue.push_back(goal);
  distances[goal] = 0;
  for (std::size_t head = 0; head < queue.size(); ++head) {
    if (head % 4096 == 0) stop.check();
    const auto node = static_cast<std::size_t>(queue[head]);
    for (const std::int32_t next : backwards.subspan(node * num_moves, num_moves)) {
      if (distances[next] >= 0) continue;
      distances[next] = distances[node] + 1;
      queue.push_back(next);
    }
  }
}

}  // namespace

class TwoSided::Search {
 public:
  Search(Permutations moves, const std::uint8_t* goal, Limits around_goal, Limits around_start)
      : moves_(std::move(moves)),
        around_goal_(moves_.inverse(), goal, around_goal),
        goal_limits_(around_goal),
        start_limits_(around_start) {}

  std::int32_t distance(const std::uint8_t* start, const Execution& execution) {
    const Number met = goals().find(start, goals().hash(start));
    if (met != kAbsent) return depth_of(met);
    Layers<Permutations> around_start(moves_, start, start_limits_);
    // Here the distance is larger than both depths together.
    while (!around_start.is_full() && around_start.width() > 0 && around_goal_.width() > 0) {
      const bool is_goal_next = can_grow() && around_goal_.width() <= around_start.width();
      const bool is_met =
          is_goal_next ? grow_goal(around_start, execution) : grow(around_start, execution);
      if (is_met) return met_at_;
    }
    return end_alone(around_start, execution) ? met_at_ : -1;
  }

  [[nodiscard]] int size() const { return static_cast<int>(moves_.size()); }

 private:
  [[nodiscard]] const RowTable& goals() const { return around_goal_.table(); }

  [[nodiscard]] int depth_of(Number number) const {
    int depth = 0;
    while (depth < around_goal_.depth() && around_goal_.begin_of(depth + 1) <= number) ++depth;
    return depth;
  }

  // Whether another layer around the goal fits, going by how fast the layers have grown.
  [[nodiscard]] bool can_grow() const {
    if (around_goal_.is_full() || around_goal_.width() == 0) return false;
    const int depth = around_goal_.depth();
    if (depth < 2) return true;
    const double width = around_goal_.width();
    const double before = around_goal_.begin_of(depth) - around_goal_.begin_of(depth - 1);
    const double next = goals().size() + width * width / before;
    const double bytes = static_cast<double>(goals().bytes()) / goals().size();
    return next * bytes <= 1.2 * static_cast<double>(goal_limits_.max_bytes) &&
           next <= static_cast<double>(goal_limits_.max_rows);
  }

  bool grow(Layers<Permutations>& around_start, const Execution& execution) {
    std::atomic<bool> is_met = false;
    const auto size = static_cast<std::size_t>(moves_.size());
    const int depth = around_start.depth();
    around_start.grow(execution, [&](const std::uint8_t* rows, Hashes hashes) {
      for (const std::uint64_t hash : hashes) goals().prefetch_slot(hash);
      for (const std::uint64_t hash : hashes) goals().prefetch_row(hash);
      for (std::size_t i = 0; i < hashes.size(); ++i) {
        if (goals().find(rows + i * size, hashes[i]) != kAbsent) is_met = true;
      }
    });
    met_at_ = depth + 1 + around_goal_.depth();
    return is_met;
  }

  bool grow_goal(const Layers<Permutations>& around_start, const Execution& execution) {
    const int before = around_goal_.depth();
    around_goal_.grow(execution, see_nothing);
    if (around_goal_.depth() == before) return false;
    const RowTable& starts = around_start.table();
    std::atomic<bool> is_met = false;
    const Number begin = around_start.begin_of(around_start.depth());
    parallel_for(starts.size() - begin, 1 << 12, execution,
                 [&](std::int64_t from, std::int64_t to, StopToken& stop) {
                   stop.check();
                   for (auto i = static_cast<Number>(from); i < to; ++i) {
                     const std::uint8_t* row = starts[begin + i];
                     if (goals().find(row, goals().hash(row)) != kAbsent) is_met = true;
                   }
                 });
    met_at_ = around_start.depth() + around_goal_.depth();
    return is_met;
  }

  // With all layers that fit around the start: adds those that still fit around the goal, then
  // looks at the children of the last layer around the start again.
  bool end_alone(Layers<Permutations>& around_start, const Execution& execution) {
    if (around_start.width() == 0 || !can_grow()) return false;
    while (can_grow()) {
      if (grow_goal(around_start, execution)) return true;
    }
    return grow(around_start, execution);
  }

  Permutations moves_;
  Layers<Permutations> around_goal_;
  Limits goal_limits_;
  Limits start_limits_;
  std::int32_t met_at_ = -1;
};

template <class Moves>
Layers<Moves> all_states(const Moves& moves, const std::uint8_t* start, std::size_t max_bytes,
                         const Execution& execution) {
  Layers<Moves> layers(moves, start, {.max_bytes = max_bytes});
  while (!layers.is_full() && layers.width() > 0) layers.grow(execution, see_nothing);
  if (!layers.is_full()) return layers;
  throw std::length_error("max_bytes: expected room for all states, got " +
                          std::to_string(max_bytes) + " bytes, which end within depth " +
                          std::to_string(layers.depth() + 1) + ", after " +
                          std::to_string(layers.table().size()) + " states");
}

template Layers<Permutations> all_states(const Permutations&, const std::uint8_t*, std::size_t,
                                         const Execution&);
template Layers<SlidingTiles> all_states(const SlidingTiles&, const std::uint8_t*, std::size_t,
                                         const Execution&);

TwoSided::TwoSided(Permutations moves, const std::uint8_t* goal, Limits around_goal,
                   Limits around_start)
    : search_(std::make_unique<Search>(std::move(moves), goal, around_goal, around_start)) {}

TwoSided::~TwoSided() = default;

int TwoSided::size() const { return search_->size(); }

void TwoSided::distances(const std::uint8_t* starts, std::int64_t count, std::int32_t* distances,
                         const Execution& execution) {
  for (std::int64_t i = 0; i < count; ++i) {
    distances[i] = search_->distance(starts + i * search_->size(), execution);
  }
}

void graph_distances(std::span<const std::int32_t> backwards, std::int64_t num_nodes,
                     const std::int32_t* goals, std::int64_t count, std::int32_t* distances,
                     const Execution& execution) {
  parallel_for(count, 1, execution, [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
    for (std::int64_t i = begin; i < end; ++i) {
      distances_to(backwards, static_cast<std::size_t>(num_nodes), goals[i],
                   distances + i * num_nodes, stop);
    }
  });
}

}  // namespace mlsearch::solvers
