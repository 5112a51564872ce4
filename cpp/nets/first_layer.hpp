// The first layer of a BroNet, over the walls of a maze and the agents' cells, never written out.
#pragma once

#include <cstdint>
#include <vector>

#include "core/floats.hpp"
#include "core/parallel.hpp"

namespace mlsearch {

struct FirstLayerShape {
  std::int64_t num_cells;
  std::int64_t num_agents;  // of a row, each in a copy of the maze of its own
  std::int64_t hidden;      // a multiple of 16

  [[nodiscard]] std::int64_t num_weight_rows() const { return num_agents * num_cells; }
  [[nodiscard]] std::int64_t num_weights() const { return (num_weight_rows() + 1) * hidden; }
};

// A row puts out the bias, the weight rows of the maze's walls (for each agent those of its copy)
// and `agent` times the weight rows of its agents' cells.
struct FirstLayer {
  FirstLayerShape shape;
  float agent;
  const float* weight;  // [num_weight_rows, hidden]
  const float* bias;    // [hidden]
};

// Rows of some mazes. Pairs of a state and a goal lie in the mazes one after another, as many in
// each. With two agents a pair is a row; with one, all states are rows and then all goals.
struct FirstLayerRows {
  const std::uint8_t* walls;  // [num_mazes, num_cells]: 1 is a wall, 0 is free
  std::int64_t num_mazes;
  std::int64_t num_pairs;            // a multiple of num_mazes
  std::vector<std::int64_t> agents;  // [num_rows, num_agents], weight rows

  // Raises std::invalid_argument if a state or goal, int64 [num_pairs], is no cell.
  FirstLayerRows(FirstLayerShape shape, const std::uint8_t* walls, std::int64_t num_mazes,
                 const std::int64_t* states, const std::int64_t* goals, std::int64_t num_pairs);

  [[nodiscard]] std::int64_t num_rows() const { return num_rows_; }
  [[nodiscard]] std::int64_t maze_of(std::int64_t row) const {
    return row % num_pairs / (num_pairs / num_mazes);
  }

 private:
  std::int64_t num_rows_;
};

// Writes x [num_rows, hidden].
void first_layer_forward(const FirstLayer& layer, const FirstLayerRows& rows, float* x,
                         const Execution& execution);

// Adds the gradients of weight and bias, one after the other, to `weight_slopes`, given that of x.
// The same whatever the number of threads.
void first_layer_backward(const FirstLayer& layer, const FirstLayerRows& rows,
                          const float* x_slopes, float* weight_slopes, Workspace& scratch,
                          const Execution& execution);

}  // namespace mlsearch
