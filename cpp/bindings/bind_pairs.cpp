#include <utility>
#include <vector>

#include "bindings/pybind11.hpp"
#include "data/pairs.hpp"

namespace mlsearch::bindings {
namespace {

std::vector<double> weights(const py::object& object) {
  const auto array = checked_array<double>(object, "cumulative_weights", {any_size});
  return {array.data(), array.data() + array.size()};
}

PairOptions pair_options(std::int64_t batch_size, std::int64_t pairs_per_trajectory,
                         std::uint32_t num_symmetries, std::uint64_t seed,
                         std::uint64_t symmetry_seed, bool to_end) {
  if (batch_size < 1 || pairs_per_trajectory < 1 || batch_size % pairs_per_trajectory != 0) {
    throw py::value_error("pairs_per_trajectory: expected a divisor of batch_size, " +
                          std::to_string(batch_size) + ", got " +
                          std::to_string(pairs_per_trajectory));
  }
  if (num_symmetries < 1 || num_symmetries > 256) {
    throw py::value_error("num_symmetries: expected 1 to 256");
  }
  return {batch_size, pairs_per_trajectory, num_symmetries, seed, symmetry_seed, to_end};
}

// The core sampler, and how long its columns are.
class BoundSampler {
 public:
  BoundSampler(PairSampler sampler, std::int64_t batch_size)
      : sampler_(std::move(sampler)), batch_size_(batch_size) {}

  py::tuple sample(std::int64_t first_batch, std::int64_t num_batches, int num_threads) const {
    if (first_batch < 0) throw py::value_error("first_batch: expected at least 0");
    if (num_batches < 0) throw py::value_error("num_batches: expected at least 0");
    py::array_t<std::int32_t> trajectory({num_batches, batch_size_});
    py::array_t<std::int64_t> position({num_batches, batch_size_});
    py::array_t<std::int32_t> offset({num_batches, batch_size_});
    py::array_t<std::uint8_t> symmetry({num_batches, batch_size_});
    const PairColumns out{trajectory.mutable_data(), position.mutable_data(), offset.mutable_data(),
                          symmetry.mutable_data()};
    run_released(num_threads, [&](const Execution& execution) {
      sampler_.sample(first_batch, num_batches, out, execution);
    });
    return py::make_tuple(trajectory, position, offset, symmetry);
  }

 private:
  PairSampler sampler_;
  std::int64_t batch_size_;
};

BoundSampler bound_sampler(const py::object& worlds_object, const py::object& offsets_object,
                           const py::object& cumulative_weights, std::int64_t batch_size,
                           std::int64_t pairs_per_trajectory, std::uint32_t num_symmetries,
                           std::uint64_t seed, std::uint64_t symmetry_seed, bool to_end) {
  const auto worlds = checked_array<std::int32_t>(worlds_object, "worlds", {any_size});
  const auto offsets = checked_array<std::int64_t>(offsets_object, "offsets", {worlds.size() + 1});
  for (py::ssize_t i = 0; i < worlds.size(); ++i) {
    if (offsets.at(i) >= 0 && offsets.at(i) < offsets.at(i + 1)) continue;
    throw py::value_error("offsets: expected increasing numbers from 0 on");
  }
  const PairOptions options =
      pair_options(batch_size, pairs_per_trajectory, num_symmetries, seed, symmetry_seed, to_end);
  const TrajectoryTable table{worlds.data(), offsets.data(), worlds.size()};
  return {PairSampler(table, options, weights(cumulative_weights)), batch_size};
}

}  // namespace

void register_pairs(py::module_& module) {
  py::class_<BoundSampler>(module, "PairSampler")
      .def(py::init(&bound_sampler), py::arg("worlds"), py::arg("offsets"),
           py::arg("cumulative_weights"), py::arg("batch_size"), py::arg("pairs_per_trajectory"),
           py::arg("num_symmetries"), py::arg("seed"), py::arg("symmetry_seed"), py::arg("to_end"))
      .def("sample", &BoundSampler::sample, py::arg("first_batch"), py::arg("num_batches"),
           py::arg("num_threads"),
           "Columns [num_batches, batch_size]: trajectory, position, offset, symmetry.");
}

}  // namespace mlsearch::bindings
