#include "mlsearch/bfs.hpp"
#include "pybind11.hpp"

namespace mlsearch::bindings {

void register_bfs(py::module_&) {}

}  // namespace mlsearch::bindings
