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
                 std::int64_t first_maze, std::int64_t first, std::int64_t count, int num_threads,
                 bool has_diagonals, const py::object& entry_costs) {
  const auto walls = checked_walls(walls_object);
  const MoveCosts costs(walls, has_diagonals, entry_costs);
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
    if (!costs.has_diagonals && costs.entry_costs() == nullptr) {
      return sample_trajectories(maze_batch(walls), options, first, count, execution);
    }
    const CostMazes mazes{maze_batch(walls), costs.has_diagonals, costs.entry_costs()};
    return sample_trajectories(mazes, options, first, count, execution);
  });
  return py::make_tuple(array_of(std::move(result.cells)), array_of(std::move(result.offsets)));
}

// The arrays of trajectories, with numbers that make them safe to read.
class Ragged {
 public:
  Ragged(const py::object& worlds_object, const py::object& offsets_object)
      : worlds(checked_array<std::int32_t>(worlds_object, "worlds", {any_size})),
        offsets(checked_array<std::int64_t>(offsets_object, "offsets", {worlds.size() + 1})) {}

  void check(std::int64_t num_states, std::int64_t num_worlds, const Execution& execution) const {
    check_ragged(worlds.data(), offsets.data(), worlds.size(), num_states, num_worlds, execution);
  }

  const py::array_t<std::int32_t> worlds;
  const py::array_t<std::int64_t> offsets;
};

void check_ragged_arrays(const py::object& worlds, const py::object& offsets,
                         std::int64_t num_states, std::int64_t num_worlds, int num_threads) {
  const Ragged ragged(worlds, offsets);
  run_released(num_threads, [&](const Execution& execution) {
    ragged.check(num_states, num_worlds, execution);
  });
}

void check(const py::object& walls_object, const py::object& worlds, const py::object& cells_object,
           const py::object& offsets, int num_threads) {
  const auto walls = checked_walls(walls_object);
  const auto cells = checked_array<Cell>(cells_object, "states", {any_size});
  const Ragged ragged(worlds, offsets);
  const TrajectoryBatch batch{ragged.worlds.data(), cells.data(), ragged.offsets.data(),
                              ragged.worlds.size(), cells.size()};
  run_released(num_threads, [&](const Execution& execution) {
    ragged.check(cells.size(), walls.shape(0), execution);
    check_trajectories(maze_batch(walls), batch, execution);
  });
}

}  // namespace

void register_trajectory(py::module_& module) {
  module.def("sample_trajectories", &sample, py::arg("walls"), py::arg("per_maze"),
             py::arg("has_goal"), py::arg("epsilon"), py::arg("min_length"), py::arg("max_length"),
             py::arg("seed"), py::arg("first_maze"), py::arg("first"), py::arg("count"),
             py::arg("num_threads"), py::arg("has_diagonals") = false,
             py::arg("entry_costs") = py::none(),
             "Cells, int32 [total], and offsets, int64 [count + 1].");
  module.def("check_ragged", &check_ragged_arrays, py::arg("worlds"), py::arg("offsets"),
             py::arg("num_states"), py::arg("num_worlds"), py::arg("num_threads"),
             "Raises ValueError unless each trajectory has a state and is on a world.");
  module.def("check_trajectories", &check, py::arg("walls"), py::arg("worlds"), py::arg("states"),
             py::arg("offsets"), py::arg("num_threads"),
             "Raises ValueError unless every trajectory is a path in its maze.");
}

}  // namespace mlsearch::bindings
