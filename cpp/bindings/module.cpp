// The extension module mlsearch._core: one register_<topic> per bind_<topic>.cpp.
#include "bindings/pybind11.hpp"

PYBIND11_MODULE(_core, module) {
  using namespace mlsearch::bindings;
  module.doc() = "Maze kernels of mlsearch; use them through the Python package.";
  register_registers(module);
  register_generate(module);
  register_bfs(module);
  register_trajectory(module);
  register_pairs(module);
  register_search(module);
  register_states(module);
  register_trunk(module);
  register_bronet(module);
  register_wave(module);
  register_puzzles(module);
  register_solvers(module);
}
