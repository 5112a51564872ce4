// States as rows of bytes: checks, and the errors of searches over them.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "bindings/pybind11.hpp"
#include "bindings/search.hpp"

namespace mlsearch::bindings {

// `object` as a C-contiguous array of states: rows of `spec`, in the shape `outer`.
inline py::array checked_rows(const py::object& object, const char* name, const StateSpec& spec,
                              const std::vector<py::ssize_t>& outer) {
  const std::vector<py::ssize_t> shape = spec.shape_of(outer);
  const auto fail = [&](const std::string& got) {
    const std::string expected = std::string(name) + ": expected a C-contiguous " +
                                 text_of(spec.dtype) + " array of shape " + shape_text(shape);
    throw py::value_error(expected + ", got " + got);
  };
  if (!py::isinstance<py::array>(object)) fail(text_of(py::type::of(object)));
  const auto array = py::reinterpret_borrow<py::array>(object);
  const std::span<const py::ssize_t> got(array.shape(), static_cast<std::size_t>(array.ndim()));
  if (!array.dtype().equal(spec.dtype)) fail("dtype " + text_of(array.dtype()));
  if (!std::equal(got.begin(), got.end(), shape.begin(), shape.end())) fail(shape_text(got));
  if (!(array.flags() & py::array::c_style)) fail("other strides");
  return array;
}

inline const std::uint8_t* bytes_of(const py::array& array) {
  return static_cast<const std::uint8_t*>(array.data());
}

// What the states of `starts` are: its dtype, and its shape without the first axis.
inline StateSpec spec_of(const py::array& starts) {
  if (starts.ndim() < 1) throw py::value_error("starts: expected shape [N, *S], got []");
  if (std::string("biu").find(starts.dtype().kind()) == std::string::npos) {
    throw py::type_error("starts: expected bool or integers, got dtype " + text_of(starts.dtype()));
  }
  StateSpec spec{starts.dtype(), {starts.shape() + 1, starts.shape() + starts.ndim()}};
  if (spec.num_bytes() == 0) throw py::value_error("starts: expected states of at least one byte");
  return spec;
}

// Which bits of a state count in a goal, from a bool array of its shape; empty for all.
inline StateBytes mask_of(const py::object& goal_mask, const StateSpec& spec) {
  if (goal_mask.is_none()) return {};
  const StateSpec bools{py::dtype::of<bool>(), spec.shape};
  const py::array mask = checked_rows(goal_mask, "goal_mask", bools, {});
  StateBytes bits;
  for (py::ssize_t i = 0; i < mask.size(); ++i) {
    const std::uint8_t value = bytes_of(mask)[i] != 0 ? 255 : 0;
    bits.insert(bits.end(), static_cast<std::size_t>(spec.dtype.itemsize()), value);
  }
  return bits;
}

[[noreturn]] inline void raise(const NonFinitePrediction& error, const StateSpec& spec) {
  raise_error("HeuristicError", "heuristic: predicted distance of problem " +
                                    std::to_string(error.problem) + ", state " +
                                    spec.text(error.state) + " is " + value_name(error.value));
}

// Runs kernel(results, execution) on N problems and returns what it has filled in.
template <class Kernel>
py::tuple searched(py::ssize_t num_problems, const StateSpec& spec, int num_threads,
                   const Kernel& kernel) {
  Output output(num_problems);
  try {
    run_released(num_threads,
                 [&](const Execution& execution) { kernel(output.results, execution); });
  } catch (const NonFinitePrediction& error) {
    raise(error, spec);
  }
  return output.as_tuple(spec);
}

}  // namespace mlsearch::bindings
