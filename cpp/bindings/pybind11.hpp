// What every binding file needs: checked arrays, and kernels run without the GIL.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <initializer_list>
#include <span>
#include <string>

#include "core/parallel.hpp"
#include "domains/maze/grid.hpp"

namespace mlsearch::bindings {

namespace py = pybind11;

// One per file, called by module.cpp.
void register_generate(py::module_& module);
void register_registers(py::module_& module);
void register_bfs(py::module_& module);
void register_trajectory(py::module_& module);
void register_pairs(py::module_& module);
void register_search(py::module_& module);
void register_states(py::module_& module);
void register_trunk(py::module_& module);
void register_bronet(py::module_& module);
void register_wave(py::module_& module);
void register_puzzles(py::module_& module);
void register_solvers(py::module_& module);

inline constexpr py::ssize_t any_size = -1;

// What Python's str makes of it; of a dtype, pybind11 2.13 knows two ways and takes none.
inline std::string text_of(py::handle object) { return std::string(py::str(object)); }

inline std::string shape_text(std::span<const py::ssize_t> shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += shape[i] == any_size ? "any" : std::to_string(shape[i]);
  }
  return text + "]";
}

// `object` as a C-contiguous array of exactly T and `shape` (any_size matches every size).
// Checks in this order: type, dtype, shape, contiguity. Nothing is copied or converted.
template <class T>
py::array_t<T> checked_array(const py::object& object, const char* name,
                             std::initializer_list<py::ssize_t> shape) {
  const auto expected = [&] {  // only made when it is needed: it costs microseconds
    return std::string(name) + ": expected a " + text_of(py::dtype::of<T>()) + " array of shape " +
           shape_text({shape.begin(), shape.size()});
  };
  if (!py::isinstance<py::array>(object)) {
    throw py::type_error(expected() + ", got " + text_of(py::type::of(object)));
  }
  const auto array = py::reinterpret_borrow<py::array>(object);
  if (!array.dtype().is(py::dtype::of<T>()) && !array.dtype().equal(py::dtype::of<T>())) {
    throw py::type_error(expected() + ", got dtype " + text_of(array.dtype()));
  }
  bool is_match = array.ndim() == static_cast<py::ssize_t>(shape.size());
  if (is_match) {
    const py::ssize_t* size = array.shape();
    for (const py::ssize_t wanted : shape) {
      is_match &= wanted == any_size || wanted == *size;
      ++size;
    }
  }
  if (!is_match) {
    const std::span<const py::ssize_t> got(array.shape(), static_cast<std::size_t>(array.ndim()));
    throw py::value_error(expected() + ", got shape " + shape_text(got));
  }
  if (!(array.flags() & py::array::c_style)) {
    throw py::value_error(expected() + ", C-contiguous");
  }
  return py::reinterpret_borrow<py::array_t<T>>(array);
}

// A view of the memory of a checked [B, H, W] array of walls.
inline MazeBatch maze_batch(const py::array_t<std::uint8_t>& walls) {
  return {walls.data(),
          walls.shape(0),
          {static_cast<std::int32_t>(walls.shape(1)), static_cast<std::int32_t>(walls.shape(2))}};
}

// Runs kernel(execution) without the GIL. Between pieces of work the signal handlers of
// Python run, so that Ctrl-C raises KeyboardInterrupt out of the kernel.
template <class Kernel>
auto run_released(int num_threads, Kernel&& kernel) {
  const Execution execution{num_threads, [] {
                              const py::gil_scoped_acquire gil;
                              return PyErr_CheckSignals() != 0;
                            }};
  try {
    const py::gil_scoped_release released;
    return kernel(execution);
  } catch (const std::exception&) {
    // PyErr_CheckSignals has set an error if the caller was interrupted: that comes first.
    if (PyErr_Occurred() != nullptr) throw py::error_already_set();
    throw;
  }
}

}  // namespace mlsearch::bindings
