#include "bindings/mazes.hpp"
#include "domains/maze/bfs.hpp"
#include "domains/maze/dijkstra.hpp"

namespace mlsearch::bindings {
namespace {

py::array_t<Distance> fields(const py::object& walls, const py::object& goals, int num_threads) {
  const auto checked = checked_walls(walls);
  const MazeBatch mazes = maze_batch(checked);
  const auto cells = checked_cells(goals, "goals", {checked.shape(0), any_size}, mazes.shape);
  const py::ssize_t goals_per_maze = cells.shape(1);
  py::array_t<Distance> distances(
      {checked.shape(0), goals_per_maze, checked.shape(1), checked.shape(2)});
  Distance* out = distances.mutable_data();
  run_released(num_threads, [&](const Execution& execution) {
    distance_fields(mazes, cells.data(), goals_per_maze, out, execution);
  });
  return distances;
}

py::array_t<Distance> between(const py::object& walls, const py::object& starts,
                              const py::object& goals, int num_threads) {
  const auto checked = checked_walls(walls);
  const MazeBatch mazes = maze_batch(checked);
  const auto from = checked_cells(starts, "starts", {checked.shape(0)}, mazes.shape);
  const auto to = checked_cells(goals, "goals", {checked.shape(0)}, mazes.shape);
  py::array_t<Distance> distances(checked.shape(0));
  Distance* out = distances.mutable_data();
  run_released(num_threads, [&](const Execution& execution) {
    shortest_distances(mazes, from.data(), to.data(), out, execution);
  });
  return distances;
}

py::array_t<double> bound_cost_fields(const py::object& walls, const py::object& goals,
                                      bool has_diagonals, const py::object& entry_costs,
                                      int num_threads) {
  const auto checked = checked_walls(walls);
  const MoveCosts costs(checked, has_diagonals, entry_costs);
  const CostMazes mazes{maze_batch(checked), costs.has_diagonals, costs.entry_costs()};
  const auto cells = checked_cells(goals, "goals", {checked.shape(0), any_size}, mazes.mazes.shape);
  const py::ssize_t goals_per_maze = cells.shape(1);
  py::array_t<double> fields(
      {checked.shape(0), goals_per_maze, checked.shape(1), checked.shape(2)});
  double* out = fields.mutable_data();
  run_released(num_threads, [&](const Execution& execution) {
    cost_fields(mazes, cells.data(), goals_per_maze, out, execution);
  });
  return fields;
}

py::array_t<double> bound_least_costs(const py::object& walls, const py::object& starts,
                                      const py::object& goals, bool has_diagonals,
                                      const py::object& entry_costs, int num_threads) {
  const auto checked = checked_walls(walls);
  const MoveCosts costs(checked, has_diagonals, entry_costs);
  const CostMazes mazes{maze_batch(checked), costs.has_diagonals, costs.entry_costs()};
  const auto from = checked_cells(starts, "starts", {any_size}, mazes.mazes.shape);
  const auto to = checked_cells(goals, "goals", {from.size()}, mazes.mazes.shape);
  if (checked.shape(0) != 1 && checked.shape(0) != from.size()) {
    throw py::value_error("walls: expected one maze or one for each of the " +
                          std::to_string(from.size()) + " starts");
  }
  py::array_t<double> least(from.size());
  double* out = least.mutable_data();
  run_released(num_threads, [&](const Execution& execution) {
    least_costs(mazes, from.data(), to.data(), from.size(), out, execution);
  });
  return least;
}

}  // namespace

void register_bfs(py::module_& module) {
  module.def("distance_fields", &fields, py::arg("walls"), py::arg("goals"), py::arg("num_threads"),
             "Steps from every cell to goals [B, K], int32 [B, K, H, W].");
  module.def("shortest_distances", &between, py::arg("walls"), py::arg("starts"), py::arg("goals"),
             py::arg("num_threads"), "Steps from starts [B] to goals [B], int32 [B].");
  module.def("cost_fields", &bound_cost_fields, py::arg("walls"), py::arg("goals"),
             py::arg("has_diagonals"), py::arg("entry_costs"), py::arg("num_threads"),
             "Least costs from every cell to goals [B, K], float64 [B, K, H, W].");
  module.def("least_costs", &bound_least_costs, py::arg("walls"), py::arg("starts"),
             py::arg("goals"), py::arg("has_diagonals"), py::arg("entry_costs"),
             py::arg("num_threads"), "Least costs from starts [N] to goals [N], float64 [N].");
}

}  // namespace mlsearch::bindings
