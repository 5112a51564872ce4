// Ground truth: shortest numbers of steps, by breadth-first search.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "mlsearch/parallel.hpp"
#include "mlsearch/types.hpp"

namespace mlsearch {

// A maze in 512 bits, 1 for a free cell. A zero bit ends each row, so that a shift of the whole
// moves every cell one step, and none into another row.
struct PackedMaze {
  std::array<std::uint64_t, 8> free;
  Shape shape;

  [[nodiscard]] std::int32_t stride() const { return shape.width + 1; }
  [[nodiscard]] std::int32_t num_bits() const { return shape.height * stride(); }
};

// Computes distance fields of mazes of one shape and keeps its scratch memory between them.
class DistanceSolver {
 public:
  explicit DistanceSolver(Shape shape);

  // Takes the maze over: its walls are not read later.
  void load(MazeView maze);

  // Writes the distance from every cell of the loaded maze to `goal` into out[shape.cells()].
  // `goal` must lie on the map; if it is a wall, every cell is unreachable.
  void field(Cell goal, Distance* out, StopToken& stop);

 private:
  void load_unpacked(MazeView maze);
  void queue_field(Cell goal, Distance* out, StopToken& stop);
  [[nodiscard]] std::int32_t stride() const { return shape_.width + 1; }

  Shape shape_;
  bool is_packed_;
  PackedMaze packed_{};
  // Unpacked: 1 for a free cell; one wall stands between two rows, and a row at both ends.
  std::vector<std::uint8_t> free_;
  std::vector<std::uint8_t> unseen_;        // the free cells that a search has not met
  std::unique_ptr<std::uint64_t[]> queue_;  // distance << 32 | index of the padded map
};

// Lets small mazes use AVX-512 (the default where the processor has it) or not, for tests and
// measurements; the results are the same. Returns whether it is used now.
bool use_avx512(bool is_wanted);

// The field of one goal of one maze, without a solver to keep.
void distance_field(MazeView maze, Cell goal, Distance* out, StopToken& stop);

// For each maze b and each j < goals_per_maze, the field of goals[b * goals_per_maze + j],
// written to out[(b * goals_per_maze + j) * shape.cells()].
void distance_fields(MazeBatch mazes, const Cell* goals, std::int64_t goals_per_maze, Distance* out,
                     const Execution& execution);

// The distance from starts[i] to goals[i] on maze i, for every maze, written to out[num_mazes].
void shortest_distances(MazeBatch mazes, const Cell* starts, const Cell* goals, Distance* out,
                        const Execution& execution);

}  // namespace mlsearch
