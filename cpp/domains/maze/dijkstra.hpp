// Ground truth where moves have costs: the least cost of a path, by Dijkstra's algorithm.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "core/parallel.hpp"
#include "domains/maze/grid.hpp"

namespace mlsearch {

inline constexpr double no_path = -1.0;  // the cost where there is none, and on walls

// Mazes whose moves have costs: each the cost of the cell that it enters, times the square root
// of 2 on a diagonal.
struct CostMazes {
  MazeBatch mazes;
  bool has_diagonals;  // EightMoves, not FourMoves
  const double*
      entry_costs;  // of the cells of each maze, finite and positive; null where all are 1

  [[nodiscard]] const double* entry_costs_of(std::int64_t maze) const {
    return entry_costs ? entry_costs + maze * mazes.shape.cells() : nullptr;
  }
};

// Computes fields of costs on mazes of one shape and keeps its scratch memory between them.
class CostSolver {
 public:
  static constexpr Cell everywhere = -1;

  CostSolver(Shape shape, bool has_diagonals) : shape_(shape), has_diagonals_(has_diagonals) {}

  // Takes a maze over: its walls and costs are not read later.
  void load(MazeView maze, const double* entry_costs);

  // Writes the least cost from every cell of the loaded maze to `goal` into out[shape.cells()].
  void field(Cell goal, double* out, StopToken& stop);

  // The least cost from `start` to `goal`; cells farther away are not looked at.
  double between(Cell start, Cell goal, StopToken& stop);

 private:
  // Waits for its turn; outdated if its cell has a lower cost by now.
  struct Entry {
    double cost;
    std::uint32_t index;
  };
  static constexpr std::uint64_t kBuckets = 128;  // a power of two
  static constexpr double kWidest = 64.0;         // buckets that one move passes at most

  [[nodiscard]] std::int32_t stride() const { return shape_.width + 1; }
  [[nodiscard]] std::size_t index_of(Cell cell) const {
    return static_cast<std::size_t>(stride() + cell + cell / shape_.width);
  }
  void spread(Cell goal, Cell start, StopToken& stop);
  void expand(Entry entry);
  void offer(std::size_t index, double cost);

  Shape shape_;
  bool has_diagonals_;
  double bucket_width_ = 1.0;
  // On a padded map: one wall stands between two rows, and a row at both ends.
  std::vector<double> entry_costs_;
  std::vector<double> unreached_;  // infinity on free cells, -1 on walls
  std::vector<double> costs_;      // the lowest so far
  std::vector<std::vector<Entry>> buckets_ = std::vector<std::vector<Entry>>(kBuckets);
  std::int64_t num_waiting_ = 0;
};

// For each maze b and each j < goals_per_maze, the costs to goals[b * goals_per_maze + j] from
// every cell, written to out[(b * goals_per_maze + j) * shape.cells()].
void cost_fields(const CostMazes& mazes, const Cell* goals, std::int64_t goals_per_maze,
                 double* out, const Execution& execution);

// The least cost from starts[i] to goals[i], written to out[num]; on maze i, or on the only one.
void least_costs(const CostMazes& mazes, const Cell* starts, const Cell* goals, std::int64_t num,
                 double* out, const Execution& execution);

}  // namespace mlsearch
