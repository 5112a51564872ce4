#include <algorithm>
#include <limits>
#include <map>

#include "bindings/mazes.hpp"
#include "domains/maze/free_cells.hpp"
#include "domains/maze/generate.hpp"

namespace mlsearch::bindings {
namespace {

Generator generator_named(const std::string& name) {
  static const std::map<std::string, Generator> generators{
      {"percolation", Generator::percolation},
      {"depth_first", Generator::depth_first},
      {"wilson", Generator::wilson},
      {"prim", Generator::prim},
  };
  const auto found = generators.find(name);
  if (found != generators.end()) return found->second;
  throw py::value_error("generator: expected percolation, depth_first, wilson or prim, got " +
                        name);
}

void expect(bool is_good, const char* expected, double got) {
  if (!is_good) throw py::value_error(std::string(expected) + ", got " + std::to_string(got));
}

void check_recipe(const MazeRecipe& recipe) {
  const auto [height, width] = recipe.shape;
  const double walls = recipe.wall_probability;
  expect(height >= 2 && height <= max_side, "height: expected 2 to 8192", height);
  expect(width >= 2 && width <= max_side, "width: expected 2 to 8192", width);
  expect(walls >= 0 && walls < 1, "wall_probability: expected 0 <= wall_probability < 1", walls);
  expect(recipe.loops >= 0 && recipe.loops <= 1, "loops: expected 0 to 1", recipe.loops);
  if (recipe.generator == Generator::percolation) {
    expect(recipe.loops == 0, "loops: expected 0 for percolation", recipe.loops);
  } else if (height == 2 && width == 2) {
    throw py::value_error("size: expected at least two rooms (3 x 2 or 2 x 3), got 2 x 2");
  }
}

py::array_t<std::uint8_t> generate_mazes(std::int64_t num, std::int32_t height, std::int32_t width,
                                         const std::string& generator, double wall_probability,
                                         double loops, std::uint64_t seed, std::int64_t first,
                                         int num_threads) {
  const MazeRecipe recipe{generator_named(generator), {height, width}, wall_probability, loops};
  check_recipe(recipe);
  if (num < 1) throw py::value_error("num: expected at least 1, got " + std::to_string(num));
  if (first < 0) throw py::value_error("first: expected at least 0, got " + std::to_string(first));
  py::array_t<std::uint8_t> walls({num, std::int64_t{height}, std::int64_t{width}});
  std::uint8_t* out = walls.mutable_data();
  run_released(num_threads, [&](const Execution& execution) {
    generate(recipe, seed, first, num, out, execution);
  });
  return walls;
}

// Start and goal of problem i are the first two free cells of Stream(seed, i).
py::tuple sample_problems(const py::object& walls, std::int64_t per_maze, std::uint64_t seed,
                          int num_threads) {
  const auto checked = checked_walls(walls);
  if (per_maze < 1 || per_maze > std::numeric_limits<std::int32_t>::max() /
                                     std::max<std::int64_t>(1, checked.shape(0))) {
    throw py::value_error("per_maze: expected at least 1 and fewer than 2^31 problems, got " +
                          std::to_string(per_maze) + " per maze");
  }
  const MazeBatch mazes = maze_batch(checked);
  py::array_t<Cell> starts(mazes.num_mazes * per_maze);
  py::array_t<Cell> goals(mazes.num_mazes * per_maze);
  Cell* start = starts.mutable_data();
  Cell* goal = goals.mutable_data();
  run_released(num_threads, [&](const Execution& execution) {
    draw_problems(mazes, per_maze, seed, start, goal, execution);
  });
  return py::make_tuple(starts, goals);
}

}  // namespace

void register_generate(py::module_& module) {
  module.def("generate", &generate_mazes, py::arg("num"), py::arg("height"), py::arg("width"),
             py::arg("generator"), py::arg("wall_probability"), py::arg("loops"), py::arg("seed"),
             py::arg("first"), py::arg("num_threads"),
             "Random mazes number first .. first + num - 1, uint8 [num, height, width].");
  module.def("sample_problems", &sample_problems, py::arg("walls"), py::arg("per_maze"),
             py::arg("seed"), py::arg("num_threads"),
             "Uniform free starts and goals, int32 [B * per_maze] each.");
}

}  // namespace mlsearch::bindings
