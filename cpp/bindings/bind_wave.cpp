#include <algorithm>
#include <string>
#include <utility>

#include "bindings/pybind11.hpp"
#include "nets/wave.hpp"
#include "nets/wave_front.hpp"

namespace mlsearch::bindings {
namespace {

using Array = py::array_t<float>;

struct BoundWaves {
  Array drive, kernel;

  BoundWaves(const py::object& drives, const py::object& weights)
      : drive(checked_array<float>(drives, "drive", {any_size, any_size, any_size})),
        kernel(checked_array<float>(weights, "kernel", {3, 3})) {
    if (std::max(drive.shape(1), drive.shape(2)) > max_side || drive.size() == 0) {
      throw py::value_error("drive: expected at least one wave and sides from 1 to " +
                            std::to_string(max_side));
    }
  }

  [[nodiscard]] WaveMedium medium() const {
    return {{static_cast<std::int32_t>(drive.shape(1)), static_cast<std::int32_t>(drive.shape(2))},
            kernel.data()};
  }
  [[nodiscard]] Array like_drive() const {
    return Array({drive.shape(0), drive.shape(1), drive.shape(2)});
  }
};

std::int64_t checked_steps(const char* name, std::int64_t number) {
  if (number >= 0) return number;
  throw py::value_error(std::string(name) + ": expected at least 0, got " + std::to_string(number));
}

Array bound_wave_times(const py::object& drive, const py::object& kernel, std::int64_t longest,
                       std::int64_t check_every, float still, int num_threads) {
  const BoundWaves waves(drive, kernel);
  const WaveEnd end{checked_steps("longest", longest), checked_steps("check_every", check_every),
                    still};
  Array times = waves.like_drive();
  float* const to = times.mutable_data();
  run_released(num_threads, [&](const Execution& execution) {
    wave_times(waves.medium(), waves.drive.data(), waves.drive.shape(0), end, to, execution);
  });
  return times;
}

Array bound_waves_after(const py::object& drive, const py::object& kernel, std::int64_t num_steps,
                        int num_threads) {
  const BoundWaves waves(drive, kernel);
  checked_steps("num_steps", num_steps);
  Array after = waves.like_drive();
  float* const to = after.mutable_data();
  run_released(num_threads, [&](const Execution& execution) {
    front_waves(waves.medium(), waves.drive.data(), waves.drive.shape(0), num_steps, to, execution);
  });
  return after;
}

py::tuple bound_wave_gradient(const py::object& drive, const py::object& kernel,
                              std::int64_t num_steps, const py::object& time_gradients,
                              int num_threads) {
  const BoundWaves waves(drive, kernel);
  const auto gradients =
      checked_array<float>(time_gradients, "time_gradients",
                           {waves.drive.shape(0), waves.drive.shape(1), waves.drive.shape(2)});
  checked_steps("num_steps", num_steps);
  Array of_drive = waves.like_drive();
  Array of_kernel({3, 3});
  float* const to_drive = of_drive.mutable_data();
  float* const to_kernel = of_kernel.mutable_data();
  run_released(num_threads, [&](const Execution& execution) {
    wave_gradient(waves.medium(), waves.drive.data(), waves.drive.shape(0), num_steps,
                  gradients.data(), to_drive, to_kernel, execution);
  });
  return py::make_tuple(std::move(of_drive), std::move(of_kernel));
}

}  // namespace

void register_wave(py::module_& module) {
  module.def("wave_times", &bound_wave_times, py::arg("drive"), py::arg("kernel"),
             py::arg("longest"), py::arg("check_every"), py::arg("still"), py::arg("num_threads"),
             "How long each cell waits for a wave: float32 [N, H, W] to the same.");
  module.def("waves_after", &bound_waves_after, py::arg("drive"), py::arg("kernel"),
             py::arg("num_steps"), py::arg("num_threads"),
             "The waves themselves after num_steps: float32 [N, H, W] to the same.");
  module.def("wave_gradient", &bound_wave_gradient, py::arg("drive"), py::arg("kernel"),
             py::arg("num_steps"), py::arg("time_gradients"), py::arg("num_threads"),
             "The gradients of drive and kernel, from that of the times after num_steps.");
}

}  // namespace mlsearch::bindings
