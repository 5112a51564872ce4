// Dijkstra's algorithm with buckets instead of a heap (Dial 1969), as wide as the cheapest move:
// no move leads from a bucket into the same one, so that the order within does not matter. Where
// the costs of moves differ much, buckets are wider, and a cell may be expanded again (Meyer &
// Sanders, "Delta-stepping", 2003). Rounded sums grow with their summands, so the answer is the
// same to the last bit in any order.
#include "domains/maze/dijkstra.hpp"

#include <algorithm>
#include <limits>
#include <numbers>

namespace mlsearch {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::int64_t grain_of(Shape shape) { return std::max(1, (1 << 14) / shape.cells()); }

}  // namespace

void CostSolver::load(MazeView maze, const double* entry_costs) {
  const auto size = static_cast<std::size_t>(stride() * (shape_.height + 2));
  unreached_.assign(size, no_path);
  entry_costs_.assign(size, 1.0);
  double cheapest = kInfinity;
  double dearest = 0.0;
  for (Cell cell = 0; cell < shape_.cells(); ++cell) {
    if (!maze.is_free(cell)) continue;
    const double cost = entry_costs ? entry_costs[cell] : 1.0;
    unreached_[index_of(cell)] = kInfinity;
    entry_costs_[index_of(cell)] = cost;
    cheapest = std::min(cheapest, cost);
    dearest = std::max(dearest, cost);
  }
  if (has_diagonals_) dearest *= std::numbers::sqrt2;
  bucket_width_ = std::max(std::min(cheapest, dearest), dearest / kWidest);
}

void CostSolver::field(Cell goal, double* out, StopToken& stop) {
  spread(goal, everywhere, stop);
  for (std::int32_t row = 0; row < shape_.height; ++row) {
    const double* const from = costs_.data() + (row + 1) * stride();
    std::transform(from, from + shape_.width, out + row * shape_.width,
                   [](double cost) { return cost == kInfinity ? no_path : cost; });
  }
}

double CostSolver::between(Cell start, Cell goal, StopToken& stop) {
  spread(goal, start, stop);
  const double cost = costs_[index_of(start)];
  return cost == kInfinity ? no_path : cost;
}

// Finds the costs of all cells, or of those up to `start`.
void CostSolver::spread(Cell goal, Cell start, StopToken& stop) {
  constexpr std::int64_t kCheckInterval = 1 << 13;
  costs_ = unreached_;
  for (auto& bucket : buckets_) bucket.clear();
  num_waiting_ = 0;
  offer(index_of(goal), 0.0);
  std::int64_t num_expanded = 0;
  for (std::uint64_t turn = 0; num_waiting_ > 0; ++turn) {
    std::vector<Entry>& bucket = buckets_[turn % kBuckets];
    for (std::size_t i = 0; i < bucket.size(); ++i) {  // it may grow
      const Entry entry = bucket[i];
      if (entry.cost == costs_[entry.index]) expand(entry);
      if (++num_expanded % kCheckInterval == 0) stop.check();
    }
    num_waiting_ -= static_cast<std::int64_t>(bucket.size());
    bucket.clear();
    if (start == everywhere) continue;
    if (costs_[index_of(start)] / bucket_width_ < static_cast<double>(turn + 1)) return;
  }
}

// Offers the cells that a move leads from to the one of `entry`.
inline void CostSolver::expand(Entry entry) {
  const auto at = static_cast<std::size_t>(entry.index);
  const auto row = static_cast<std::size_t>(stride());
  const double straight = entry.cost + entry_costs_[at];
  offer(at - row, straight);
  offer(at + row, straight);
  offer(at - 1, straight);
  offer(at + 1, straight);
  if (!has_diagonals_) return;
  const double diagonal = entry.cost + std::numbers::sqrt2 * entry_costs_[at];
  const auto is_free = [this](std::size_t index) { return unreached_[index] > 0; };
  const bool left = is_free(at - 1);
  const bool right = is_free(at + 1);
  if (is_free(at - row)) {
    if (left) offer(at - row - 1, diagonal);
    if (right) offer(at - row + 1, diagonal);
  }
  if (is_free(at + row)) {
    if (left) offer(at + row - 1, diagonal);
    if (right) offer(at + row + 1, diagonal);
  }
}

inline void CostSolver::offer(std::size_t index, double cost) {
  if (!(cost < costs_[index])) return;
  costs_[index] = cost;
  const auto turn = static_cast<std::uint64_t>(cost / bucket_width_);
  buckets_[turn % kBuckets].push_back({cost, static_cast<std::uint32_t>(index)});
  ++num_waiting_;
}

void cost_fields(const CostMazes& mazes, const Cell* goals, std::int64_t goals_per_maze,
                 double* out, const Execution& execution) {
  const Shape shape = mazes.mazes.shape;
  parallel_for(mazes.mazes.num_mazes * goals_per_maze, grain_of(shape), execution,
               [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
                 CostSolver solver(shape, mazes.has_diagonals);
                 std::int64_t loaded = -1;
                 for (std::int64_t i = begin; i < end; ++i) {
                   const std::int64_t maze = i / goals_per_maze;
                   if (loaded != maze) solver.load(mazes.mazes[maze], mazes.entry_costs_of(maze));
                   loaded = maze;
                   solver.field(goals[i], out + i * shape.cells(), stop);
                 }
               });
}

void least_costs(const CostMazes& mazes, const Cell* starts, const Cell* goals, std::int64_t num,
                 double* out, const Execution& execution) {
  constexpr std::int64_t kFewest = 8;  // as the memory of each range is made anew
  const Shape shape = mazes.mazes.shape;
  parallel_for(num, std::max(kFewest, grain_of(shape)), execution,
               [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
                 CostSolver solver(shape, mazes.has_diagonals);
                 std::int64_t loaded = -1;
                 for (std::int64_t i = begin; i < end; ++i) {
                   const std::int64_t maze = mazes.mazes.num_mazes == 1 ? 0 : i;
                   if (loaded != maze) solver.load(mazes.mazes[maze], mazes.entry_costs_of(maze));
                   loaded = maze;
                   out[i] = solver.between(starts[i], goals[i], stop);
                 }
               });
}

}  // namespace mlsearch
