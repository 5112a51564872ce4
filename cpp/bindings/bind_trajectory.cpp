#include <algorithm>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "bindings/mazes.hpp"
#include "data/walks.hpp"

namespace mlsearch::bindings {
namespace {

// An array that owns the memory of `values`; nothing is copied.
template <class T>
py::array_t<T> array_of(std::vector<T>&& values) {
  auto owned = std::make_unique<std::vector<T>>(std::move(values));
  const auto size = static_cast<py::ssize_t>(owned->size());
  const T* data = owned->data();
  const py::capsule owner(owned.release(),
                          [](void* memory) { delete static_cast<std::vector<T>*>(memory); });
  return py::array_t<T>(size, data, owner);
}

py::tuple sample(const py::object& walls_object, std::int64_t per_maze, bool has_goal,
                 double epsilon, Distance min_length, Distance max_length, std::uint64_t seed,
                 std::int64_t first_maze, std::int64_t first, std::int64_t count, int num_threads) {
  const auto walls = checked_walls(walls_object);
  if (per_maze < 1 || per_maze > std::numeric_limits<std::int32_t>::max() /
                                     std::max<std::int64_t>(1, walls.shape(0))) {
    throw py::value_error("per_maze: expected at least 1 and fewer than 2^31 trajectories, got " +
                          std::to_string(per_maze) + " per maze");
  }
  const std::int64_t total = walls.shape(0) * per_maze;
  const std::int64_t skipped = first_maze < 0 ? -1 : first - first_maze * per_maze;
  if (skipped < 0 || count < 0 || skipped > total - count) {
    throw py::value_error("first: expected trajectories on the mazes that are there");
  }
  const WalkOptions options{per_maze, first_maze, has_goal, epsilon, min_length, max_length, seed};
  RaggedCells result = run_released(num_threads, [&](const Execution& execution) {
    return sample_trajectories(maze_batch(walls), options, first, count, execution);
  });
  return py::make_tuple(array_of(std::move(result.cells)), array_of(std::move(result.offsets)));
}

void check(const py::object& walls_object, const py::object& maze_index_object,
           const py::object& cells_object, const py::object& offsets_object, int num_threads) {
  const auto walls = checked_walls(walls_object);
  const auto maze_index = checked_array<std::int32_t>(maze_index_object, "maze_index", {any_size});
  const auto cells = checked_array<Cell>(cells_object, "cells", {any_size});
  const auto offsets =
      checked_array<std::int64_t>(offsets_object, "offsets", {maze_index.size() + 1});
  const TrajectoryBatch batch{maze_index.data(), cells.data(), offsets.data(), maze_index.size(),
                              cells.size()};
  run_released(num_threads, [&](const Execution& execution) {
    check_trajectories(maze_batch(walls), batch, execution);
  });
}

}  // namespace

void register_trajectory(py::module_& module) {
  module.def("sample_trajectories", &sample, py::arg("walls"), py::arg("per_maze"),
             py::arg("has_goal"), py::arg("epsilon"), py::arg("min_length"), py::arg("max_length"),
             py::arg("seed"), py::arg("first_maze"), py::arg("first"), py::arg("count"),
             py::arg("num_threads"), "Cells, int32 [total], and offsets, int64 [count + 1].");
  module.def("check_trajectories", &check, py::arg("walls"), py::arg("maze_index"),
             py::arg("cells"), py::arg("offsets"), py::arg("num_threads"),
             "Raises ValueError unless every trajectory is a path in its maze.");
}

}  // namespace mlsearch::bindings
