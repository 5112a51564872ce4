#include "mlsearch/pairs.hpp"
#include "pybind11.hpp"

namespace mlsearch::bindings {

void register_pairs(py::module_&) {}

}  // namespace mlsearch::bindings
