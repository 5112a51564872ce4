#include <cstring>
#include <optional>
#include <string>

#include "bindings/mazes.hpp"
#include "bindings/pybind11.hpp"
#include "bindings/search.hpp"
#include "search/mazes.hpp"

namespace mlsearch::bindings {
namespace {

[[noreturn]] void reject_cell(const char* name, std::int64_t problem, Cell cell,
                              const std::string& reason) {
  throw py::value_error(std::string(name) + ": problem " + std::to_string(problem) + ": cell " +
                        std::to_string(cell) + " is " + reason);
}

void check_cells(const char* name, const MazeProblems& problems, const Cell* cells) {
  const Cell num_cells = problems.mazes.shape.cells();
  for (std::int64_t i = 0; i < problems.num_problems; ++i) {
    if (cells[i] < 0 || cells[i] >= num_cells) {
      reject_cell(name, i, cells[i], "outside 0 .. " + std::to_string(num_cells - 1));
    }
    if (!problems.mazes[problems.maze_of(i)].is_free(cells[i])) {
      reject_cell(name, i, cells[i], "a wall");
    }
  }
}

StateSpec cells() { return {py::dtype::of<Cell>(), {}}; }

// The problems of one call; keeps their arrays alive.
class Problems {
 public:
  Problems(const py::object& walls, const py::object& starts, const py::object& goals,
           bool has_diagonals, const py::object& entry_costs)
      : walls_(checked_array<std::uint8_t>(walls, "walls", {any_size, any_size, any_size})),
        starts_(checked_array<Cell>(starts, "starts", {any_size})),
        goals_(checked_array<Cell>(goals, "goals", {starts_.shape(0)})),
        costs_(walls_, has_diagonals, entry_costs) {
    for (const int axis : {1, 2}) {
      if (walls_.shape(axis) < 1 || walls_.shape(axis) > max_side) {
        throw py::value_error("walls: expected sides of 1 to " + std::to_string(max_side) +
                              ", got " + std::to_string(walls_.shape(axis)));
      }
    }
    const py::ssize_t num_mazes = walls_.shape(0);
    if (num_mazes != 1 && num_mazes != starts_.shape(0)) {
      throw py::value_error("walls: expected one maze or one for each of the " +
                            std::to_string(starts_.shape(0)) + " problems, got " +
                            std::to_string(num_mazes));
    }
    check_num_problems(starts_.shape(0));
    check_cells("starts", view(), starts_.data());
    check_cells("goals", view(), goals_.data());
  }

  [[nodiscard]] MazeProblems view() const {
    return {maze_batch(walls_), starts_.data(),       goals_.data(),
            starts_.shape(0),   costs_.has_diagonals, costs_.entry_costs()};
  }

 private:
  py::array_t<std::uint8_t> walls_;
  py::array_t<Cell> starts_;
  py::array_t<Cell> goals_;
  MoveCosts costs_;
};

[[noreturn]] void raise_heuristic_error(const NonFinitePrediction& error,
                                        const MazeProblems& problems) {
  Cell cell = 0;
  std::memcpy(&cell, error.state.data(), sizeof cell);
  const std::int32_t width = problems.mazes.shape.width;
  const std::string message =
      "heuristic: predicted distance of problem " + std::to_string(error.problem) + ", state " +
      std::to_string(cell) + " (row " + std::to_string(cell / width) + ", column " +
      std::to_string(cell % width) + " of maze " + std::to_string(problems.maze_of(error.problem)) +
      ") is " + value_name(error.value);
  raise_error("HeuristicError", message);
}

// Runs kernel(results, execution) and returns what it has filled in.
template <class Kernel>
py::tuple searched(const MazeProblems& problems, int num_threads, const Kernel& kernel) {
  Output output(problems.num_problems);
  try {
    run_released(num_threads,
                 [&](const Execution& execution) { kernel(output.results, execution); });
  } catch (const NonFinitePrediction& error) {
    raise_heuristic_error(error, problems);
  }
  return output.as_tuple(cells());
}

py::tuple bound_search_tables(const py::object& walls, const py::object& starts,
                              const py::object& goals, const py::object& tables, bool search,
                              std::optional<double> weight, std::int64_t expansions_per_round,
                              std::optional<std::int64_t> max_expansions,
                              std::optional<std::int64_t> beam_width,
                              std::optional<std::int64_t> max_generated, int num_threads,
                              bool has_diagonals, const py::object& entry_costs) {
  const SearchOptions options = checked_options(search, weight, expansions_per_round,
                                                max_expansions, beam_width, max_generated);
  const Problems problems(walls, starts, goals, has_diagonals, entry_costs);
  const MazeProblems batch = problems.view();
  const auto values = checked_array<float>(
      tables, "tables", {batch.num_problems, batch.mazes.shape.height, batch.mazes.shape.width});
  return searched(batch, num_threads, [&](SearchResults& results, const Execution& execution) {
    search_tables(batch, values.data(), options, results, execution);
  });
}

py::tuple bound_search_rounds(const py::object& walls, const py::object& starts,
                              const py::object& goals, const py::function& heuristic, bool search,
                              std::optional<double> weight, std::int64_t expansions_per_round,
                              std::optional<std::int64_t> max_expansions,
                              std::optional<std::int64_t> beam_width,
                              std::optional<std::int64_t> max_generated, std::int64_t max_active,
                              int num_threads, bool has_diagonals, const py::object& entry_costs) {
  const SearchOptions options = checked_options(search, weight, expansions_per_round,
                                                max_expansions, beam_width, max_generated);
  check_max_active(max_active);
  const Problems problems(walls, starts, goals, has_diagonals, entry_costs);
  const MazeProblems batch = problems.view();
  const StateSpec spec = cells();
  const Predictor predict = predictor_of(heuristic, spec);
  return searched(batch, num_threads, [&](SearchResults& results, const Execution& execution) {
    search_rounds(batch, predict, {max_active}, options, results, execution);
  });
}

}  // namespace

void register_search(py::module_& module) {
  using namespace py::literals;
  module.def("search_tables", &bound_search_tables, "walls"_a, "starts"_a, "goals"_a, "tables"_a,
             py::kw_only(), "search"_a, "weight"_a, "expansions_per_round"_a, "max_expansions"_a,
             "beam_width"_a = py::none(), "max_generated"_a = py::none(), "num_threads"_a,
             "has_diagonals"_a = false, "entry_costs"_a = py::none());
  module.def("search_rounds", &bound_search_rounds, "walls"_a, "starts"_a, "goals"_a, "heuristic"_a,
             py::kw_only(), "search"_a, "weight"_a, "expansions_per_round"_a, "max_expansions"_a,
             "beam_width"_a = py::none(), "max_generated"_a = py::none(), "max_active"_a,
             "num_threads"_a, "has_diagonals"_a = false, "entry_costs"_a = py::none());
}

}  // namespace mlsearch::bindings
