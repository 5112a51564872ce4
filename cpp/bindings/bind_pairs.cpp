#include <optional>
#include <vector>

#include "bindings/mazes.hpp"
#include "data/pairs.hpp"

namespace mlsearch::bindings {
namespace {

// Throws a ValueError unless every entry lies in 0 .. bound - 1.
template <class T>
void check_below(const py::array_t<T>& array, const char* name, std::int64_t bound) {
  for (py::ssize_t i = 0; i < array.size(); ++i) {
    const std::int64_t value = array.data()[i];
    if (value >= 0 && value < bound) continue;
    throw py::value_error(std::string(name) + ": expected 0 to " + std::to_string(bound - 1) +
                          ", got " + std::to_string(value) + " at flat index " + std::to_string(i));
  }
}

// The core sampler together with the arrays that it reads.
class BoundSampler {
 public:
  BoundSampler(const py::object& maze_index, const py::object& cells, const py::object& offsets,
               const py::object& cumulative_weights, const PairOptions& options)
      : maze_index_(checked_array<std::int32_t>(maze_index, "maze_index", {any_size})),
        cells_(checked_array<Cell>(cells, "cells", {any_size})),
        sampler_(batch(offsets), options, weights(cumulative_weights)),
        batch_size_(options.batch_size) {}

  py::tuple sample(std::int64_t first_batch, std::int64_t num_batches, int num_threads) const {
    if (first_batch < 0) throw py::value_error("first_batch: expected at least 0");
    if (num_batches < 0) throw py::value_error("num_batches: expected at least 0");
    const auto column = [&] { return py::array_t<std::int32_t>({num_batches, batch_size_}); };
    py::array_t<std::int32_t> trajectory = column(), maze = column(), anchor = column(),
                              positive = column(), next = column(), offset = column();
    py::array_t<Symmetry> symmetry({num_batches, batch_size_});
    const PairColumns out{trajectory.mutable_data(), maze.mutable_data(), anchor.mutable_data(),
                          positive.mutable_data(),   next.mutable_data(), offset.mutable_data(),
                          symmetry.mutable_data()};
    run_released(num_threads, [&](const Execution& execution) {
      sampler_.sample(first_batch, num_batches, out, execution);
    });
    return py::make_tuple(trajectory, maze, anchor, positive, next, offset, symmetry);
  }

 private:
  TrajectoryBatch batch(const py::object& offsets_object) const {
    const auto offsets =
        checked_array<std::int64_t>(offsets_object, "offsets", {maze_index_.size() + 1});
    for (py::ssize_t i = 0; i < maze_index_.size(); ++i) {
      const bool is_good = offsets.at(i) >= 0 && offsets.at(i) < offsets.at(i + 1);
      if (!is_good || offsets.at(i + 1) > cells_.size()) {
        throw py::value_error("offsets: expected increasing numbers from 0 to " +
                              std::to_string(cells_.size()));
      }
    }
    return {maze_index_.data(), cells_.data(), offsets.data(), maze_index_.size(), cells_.size()};
  }

  static std::vector<double> weights(const py::object& object) {
    const auto array = checked_array<double>(object, "cumulative_weights", {any_size});
    return {array.data(), array.data() + array.size()};
  }

  const py::array_t<std::int32_t> maze_index_;
  const py::array_t<Cell> cells_;
  const PairSampler sampler_;
  const std::int64_t batch_size_;
};

PairOptions pair_options(std::int64_t batch_size, std::int64_t pairs_per_trajectory,
                         std::uint32_t num_symmetries, std::uint64_t seed,
                         std::uint64_t symmetry_seed) {
  if (batch_size < 1 || pairs_per_trajectory < 1 || batch_size % pairs_per_trajectory != 0) {
    throw py::value_error("pairs_per_trajectory: expected a divisor of batch_size, " +
                          std::to_string(batch_size) + ", got " +
                          std::to_string(pairs_per_trajectory));
  }
  if (num_symmetries < 1 || num_symmetries > 8) {
    throw py::value_error("num_symmetries: expected 1 to 8");
  }
  return {batch_size, pairs_per_trajectory, num_symmetries, seed, symmetry_seed};
}

void encode(const py::object& walls_object, const py::object& maze_index_object,
            const py::object& cells_object, const py::object& symmetry_object, float agent,
            const py::object& out_object, int num_threads) {
  const auto walls = checked_walls(walls_object);
  const MazeBatch mazes = maze_batch(walls);
  const auto maze_index = checked_array<std::int32_t>(maze_index_object, "maze_index", {any_size});
  check_below(maze_index, "maze_index", mazes.num_mazes);
  const auto cells = checked_cells(cells_object, "cells", {maze_index.size()}, mazes.shape);
  std::optional<py::array_t<Symmetry>> symmetry;
  if (!symmetry_object.is_none()) {
    symmetry = checked_array<Symmetry>(symmetry_object, "symmetry", {maze_index.size()});
    check_below(*symmetry, "symmetry", num_symmetries(mazes.shape));
  }
  auto out = checked_array<float>(out_object, "out", {maze_index.size(), mazes.shape.cells()});
  float* encoded = out.mutable_data();
  run_released(num_threads, [&](const Execution& execution) {
    encode_states(mazes, maze_index.data(), cells.data(), symmetry ? symmetry->data() : nullptr,
                  maze_index.size(), agent, encoded, execution);
  });
}

}  // namespace

void register_pairs(py::module_& module) {
  py::class_<BoundSampler>(module, "PairSampler")
      .def(py::init([](const py::object& maze_index, const py::object& cells,
                       const py::object& offsets, const py::object& cumulative_weights,
                       std::int64_t batch_size, std::int64_t pairs_per_trajectory,
                       std::uint32_t num_symmetries, std::uint64_t seed,
                       std::uint64_t symmetry_seed) {
             return BoundSampler(maze_index, cells, offsets, cumulative_weights,
                                 pair_options(batch_size, pairs_per_trajectory, num_symmetries,
                                              seed, symmetry_seed));
           }),
           py::arg("maze_index"), py::arg("cells"), py::arg("offsets"),
           py::arg("cumulative_weights"), py::arg("batch_size"), py::arg("pairs_per_trajectory"),
           py::arg("num_symmetries"), py::arg("seed"), py::arg("symmetry_seed"))
      .def("sample", &BoundSampler::sample, py::arg("first_batch"), py::arg("num_batches"),
           py::arg("num_threads"),
           "Columns [num_batches, batch_size]: trajectory, maze, anchor, positive, next, offset, "
           "symmetry.");
  module.def("encode_states", &encode, py::arg("walls"), py::arg("maze_index"), py::arg("cells"),
             py::arg("symmetry"), py::arg("agent"), py::arg("out"), py::arg("num_threads"),
             "Writes the mazes with the agent in them to out, float32 [M, H * W].");
}

}  // namespace mlsearch::bindings
