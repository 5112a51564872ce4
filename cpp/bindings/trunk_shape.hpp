// The sizes of a trunk, checked.
#pragma once

#include <string>
#include <utility>

#include "bindings/pybind11.hpp"
#include "nets/trunk.hpp"

namespace mlsearch::bindings {

inline TrunkShape checked_trunk_shape(TrunkShape shape) {
  for (const auto& [name, value] :
       {std::pair{"hidden", shape.hidden}, std::pair{"out", shape.out}}) {
    if (value > 0 && value % TrunkShape::lanes == 0) continue;
    throw py::value_error(std::string(name) + ": expected a positive multiple of " +
                          std::to_string(TrunkShape::lanes) + ", got " + std::to_string(value));
  }
  if (shape.num_blocks < 0) throw py::value_error("num_blocks: expected at least 0");
  return shape;
}

}  // namespace mlsearch::bindings
