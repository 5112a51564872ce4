#include "mlsearch/trajectory.hpp"
#include "pybind11.hpp"

namespace mlsearch::bindings {

void register_trajectory(py::module_&) {}

}  // namespace mlsearch::bindings
