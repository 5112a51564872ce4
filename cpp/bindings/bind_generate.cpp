#include "mlsearch/generate.hpp"
#include "pybind11.hpp"

namespace mlsearch::bindings {

void register_generate(py::module_&) {}

}  // namespace mlsearch::bindings
