#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include "bindings/pybind11.hpp"
#include "core/registers.hpp"

namespace mlsearch::bindings {
namespace {

constexpr std::array kNames{"portable", "avx2", "avx512"};  // as in the enum
constexpr auto kVariable = "MLSEARCH_REGISTERS";

std::string name_of(Registers registers) { return kNames[static_cast<std::size_t>(registers)]; }

Registers named(const std::string& name, const std::string& argument) {
  const auto* const found = std::find(kNames.begin(), kNames.end(), name);
  if (found != kNames.end()) return static_cast<Registers>(found - kNames.begin());
  throw py::value_error(argument + ": expected 'portable', 'avx2' or 'avx512', got '" + name + "'");
}

}  // namespace

void register_registers(py::module_& module) {
  if (const char* const widest = std::getenv(kVariable)) use_registers(named(widest, kVariable));
  module.def(
      "use_registers",
      [](const std::string& widest) { return name_of(use_registers(named(widest, "widest"))); },
      py::arg("widest"),
      "Lets kernels use 'portable', 'avx2' or 'avx512' registers at most; returns the widest "
      "that they use now.");
  module.def(
      "registers", [] { return name_of(widest_registers()); },
      "The widest registers that kernels use: 'portable', 'avx2' or 'avx512'.");
}

}  // namespace mlsearch::bindings
