// Checked mazes and cells.
#pragma once

#include <algorithm>

#include "bindings/pybind11.hpp"

namespace mlsearch::bindings {

// `object` as uint8 [B, H, W] with sides that the core can index.
inline py::array_t<std::uint8_t> checked_walls(const py::object& object) {
  auto walls = checked_array<std::uint8_t>(object, "walls", {any_size, any_size, any_size});
  const auto [low, high] = std::minmax({walls.shape(1), walls.shape(2)});
  if (low < 1 || high > max_side) {
    throw py::value_error("walls: expected sides from 1 to " + std::to_string(max_side) +
                          ", got shape " +
                          shape_text({walls.shape(), static_cast<std::size_t>(walls.ndim())}));
  }
  return walls;
}

// `object` as int32 cells of maps of `shape`, walls included.
inline py::array_t<Cell> checked_cells(const py::object& object, const char* name,
                                       std::initializer_list<py::ssize_t> size, Shape shape) {
  auto cells = checked_array<Cell>(object, name, size);
  for (py::ssize_t i = 0; i < cells.size(); ++i) {
    const Cell cell = cells.data()[i];
    if (cell >= 0 && cell < shape.cells()) continue;
    throw py::value_error(std::string(name) + ": expected cells from 0 to " +
                          std::to_string(shape.cells() - 1) + ", got " + std::to_string(cell) +
                          " at flat index " + std::to_string(i));
  }
  return cells;
}

}  // namespace mlsearch::bindings
