#include "nets/first_layer.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "nets/step_kernels.hpp"

namespace mlsearch {
namespace {

constexpr std::int64_t kMazesAtOnce = 4;
constexpr std::int64_t kCellsAtOnce = 16;

std::int64_t checked(const char* name, std::int64_t cell, std::int64_t num_cells) {
  if (cell >= 0 && cell < num_cells) return cell;
  throw std::invalid_argument(std::string(name) + ": expected cells from 0 to " +
                              std::to_string(num_cells - 1) + ", got " + std::to_string(cell));
}

// Numbers from 0 to count - 1 for which a condition holds. Writes before it knows, as to guess
// is slow: room for one more is needed.
template <class Condition>
std::int64_t list_where(std::int64_t count, std::int64_t* list, Condition&& condition) {
  std::int64_t found = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    list[found] = i;
    found += condition(i) ? 1 : 0;
  }
  return found;
}

// The sums of the gradients of each maze's rows, [num_mazes, hidden].
void sum_by_maze(const FirstLayerRows& rows, std::int64_t hidden, const float* x_slopes,
                 float* sums) {
  std::fill_n(sums, rows.num_mazes * hidden, 0.0F);
  for (std::int64_t row = 0; row < rows.num_rows(); ++row) {
    step_kernels().add_rows(x_slopes, &row, 1, 1.0F, hidden, sums + rows.maze_of(row) * hidden);
  }
}

}  // namespace

FirstLayerRows::FirstLayerRows(FirstLayerShape shape, const std::uint8_t* walls,
                               std::int64_t num_mazes, const std::int64_t* states,
                               const std::int64_t* goals, std::int64_t num_pairs)
    : walls(walls),
      num_mazes(num_mazes),
      num_pairs(num_pairs),
      num_rows_(2 * num_pairs / shape.num_agents) {
  const bool is_apart = shape.num_agents == 1;
  agents.resize(static_cast<std::size_t>(2 * num_pairs));
  for (std::int64_t pair = 0; pair < num_pairs; ++pair) {
    const std::int64_t state = checked("states", states[pair], shape.num_cells);
    const std::int64_t goal = checked("goals", goals[pair], shape.num_cells);
    agents[static_cast<std::size_t>(is_apart ? pair : 2 * pair)] = state;
    agents[static_cast<std::size_t>(is_apart ? num_pairs + pair : 2 * pair + 1)] =
        is_apart ? goal : shape.num_cells + goal;
  }
}

void first_layer_forward(const FirstLayer& layer, const FirstLayerRows& rows, float* x,
                         const Execution& execution) {
  const auto [num_cells, num_agents, hidden] = layer.shape;
  const auto add_rows = step_kernels().add_rows;
  const std::int64_t per_maze = rows.num_pairs / rows.num_mazes;
  const auto body = [&, num_cells = num_cells, num_agents = num_agents, hidden = hidden](
                        std::int64_t begin, std::int64_t end, StopToken&) {
    std::vector<std::int64_t> walls(static_cast<std::size_t>(num_cells + 1));
    std::vector<float> read(static_cast<std::size_t>(hidden));
    for (std::int64_t maze = begin; maze < end; ++maze) {
      const std::uint8_t* of_maze = rows.walls + maze * num_cells;
      const std::int64_t num_walls = list_where(
          num_cells, walls.data(), [of_maze](std::int64_t cell) { return of_maze[cell] != 0; });
      std::copy_n(layer.bias, hidden, read.data());
      for (std::int64_t copy = 0; copy < num_agents; ++copy) {
        add_rows(layer.weight + copy * num_cells * hidden, walls.data(), num_walls, 1.0F, hidden,
                 read.data());
      }
      for (std::int64_t first = maze * per_maze; first < rows.num_rows(); first += rows.num_pairs) {
        for (std::int64_t row = first; row < first + per_maze; ++row) {
          std::copy_n(read.data(), hidden, x + row * hidden);
          add_rows(layer.weight, rows.agents.data() + row * num_agents, num_agents, layer.agent,
                   hidden, x + row * hidden);
        }
      }
    }
  };
  parallel_for(rows.num_mazes, kMazesAtOnce, execution, body);
}

void first_layer_backward(const FirstLayer& layer, const FirstLayerRows& rows,
                          const float* x_slopes, float* weight_slopes, Workspace& scratch,
                          const Execution& execution) {
  const auto [num_cells, num_agents, hidden] = layer.shape;
  const auto add_rows = step_kernels().add_rows;
  float* const sums = scratch.get(rows.num_mazes * hidden);
  sum_by_maze(rows, hidden, x_slopes, sums);
  for (std::int64_t maze = 0; maze < rows.num_mazes; ++maze) {
    add_rows(sums, &maze, 1, 1.0F, hidden, weight_slopes + layer.shape.num_weight_rows() * hidden);
  }
  const auto body = [&, num_cells = num_cells, num_agents = num_agents, hidden = hidden](
                        std::int64_t begin, std::int64_t end, StopToken&) {
    std::vector<std::int64_t> mazes(static_cast<std::size_t>(rows.num_mazes + 1));
    for (std::int64_t weight_row = begin; weight_row < end; ++weight_row) {
      const std::uint8_t* of_cell = rows.walls + weight_row % num_cells;
      const std::int64_t num_walls = list_where(
          rows.num_mazes, mazes.data(),
          [of_cell, num_cells](std::int64_t maze) { return of_cell[maze * num_cells] != 0; });
      add_rows(sums, mazes.data(), num_walls, 1.0F, hidden, weight_slopes + weight_row * hidden);
    }
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(rows.agents.size()); ++i) {
      const std::int64_t weight_row = rows.agents[static_cast<std::size_t>(i)];
      if (weight_row < begin || weight_row >= end) continue;
      const std::int64_t row = i / num_agents;
      add_rows(x_slopes, &row, 1, layer.agent, hidden, weight_slopes + weight_row * hidden);
    }
  };
  parallel_for(layer.shape.num_weight_rows(), kCellsAtOnce, execution, body);
}

}  // namespace mlsearch
