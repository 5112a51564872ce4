#include "mlsearch/search.hpp"
#include "pybind11.hpp"

namespace mlsearch::bindings {

void register_search(py::module_&) {}

}  // namespace mlsearch::bindings
