#include "core/registers.hpp"

#include <algorithm>
#include <atomic>

namespace mlsearch {
namespace {

Registers widest_there() {
#if defined(MLSEARCH_X86)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return Registers::portable;
  const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  return has_avx512 ? Registers::avx512 : Registers::avx2;
#else
  return Registers::portable;
#endif
}

std::atomic<Registers> widest_allowed{Registers::avx512};

}  // namespace

Registers use_registers(Registers widest) {
  widest_allowed = widest;
  return widest_registers();
}

Registers widest_registers() {
  static const Registers there = widest_there();
  return std::min(there, widest_allowed.load(std::memory_order_relaxed));
}

}  // namespace mlsearch
