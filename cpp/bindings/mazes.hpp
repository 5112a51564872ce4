// Checked mazes and cells.
#pragma once

#include <algorithm>
#include <limits>

#include "bindings/pybind11.hpp"
#include "domains/maze/dijkstra.hpp"

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

// What the moves of mazes cost; keeps its array alive.
class MoveCosts {
 public:
  // `entry_costs`: float64 in the shape of `walls`, or None where every cell costs 1.
  MoveCosts(const py::array_t<std::uint8_t>& walls, bool has_diagonals,
            const py::object& entry_costs)
      : has_diagonals(has_diagonals) {
    if (entry_costs.is_none()) return;
    costs_ = checked_array<double>(entry_costs, "entry_costs",
                                   {walls.shape(0), walls.shape(1), walls.shape(2)});
    const double* const end = costs_.data() + costs_.size();
    const bool is_good = std::all_of(costs_.data(), end, [](double cost) {
      return cost > 0 && cost <= std::numeric_limits<double>::max();
    });
    if (!is_good) throw py::value_error("entry_costs: expected finite numbers above 0");
  }

  [[nodiscard]] const double* entry_costs() const {
    return costs_.size() > 0 ? costs_.data() : nullptr;
  }

  const bool has_diagonals;

 private:
  py::array_t<double> costs_;
};

}  // namespace mlsearch::bindings
