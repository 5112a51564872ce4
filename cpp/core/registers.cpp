#include "core/registers.hpp"

#include "domains/maze/bfs_packed.hpp"

namespace mlsearch {

Registers widest_registers() {
#if defined(MLSEARCH_X86)
  const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                          __builtin_cpu_supports("avx512dq");
  if (is_avx512_used() && has_avx512) return Registers::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Registers::avx2;
#endif
  return Registers::portable;
}

}  // namespace mlsearch
