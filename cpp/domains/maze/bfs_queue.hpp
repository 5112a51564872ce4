// Distance fields by a queue, for mazes that cannot be packed.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "domains/maze/bfs.hpp"

namespace mlsearch {

// Computes distance fields of mazes of one shape and keeps its scratch memory between them.
class QueueSolver {
 public:
  explicit QueueSolver(Shape shape) : shape_(shape) {}

  // Takes the maze over: its walls are not read later.
  void load(MazeView maze);

  // Writes the distance from every cell of the loaded maze to `goal` into out[shape.cells()].
  void field(Cell goal, Distance* out, StopToken& stop);

 private:
  [[nodiscard]] std::int32_t stride() const { return shape_.width + 1; }

  Shape shape_;
  // 1 for a free cell; one wall stands between two rows, and a row at both ends.
  std::vector<std::uint8_t> free_;
  std::vector<std::uint8_t> unseen_;        // the free cells that a search has not met
  std::unique_ptr<std::uint64_t[]> queue_;  // distance << 32 | index of the padded map
};

}  // namespace mlsearch
