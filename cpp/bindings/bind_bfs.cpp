#include "bindings/mazes.hpp"
#include "domains/maze/bfs.hpp"

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

}  // namespace

void register_bfs(py::module_& module) {
  module.def("distance_fields", &fields, py::arg("walls"), py::arg("goals"), py::arg("num_threads"),
             "Steps from every cell to goals [B, K], int32 [B, K, H, W].");
  module.def("shortest_distances", &between, py::arg("walls"), py::arg("starts"), py::arg("goals"),
             py::arg("num_threads"), "Steps from starts [B] to goals [B], int32 [B].");
}

}  // namespace mlsearch::bindings
