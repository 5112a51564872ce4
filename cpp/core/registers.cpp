#include "core/registers.hpp"

#include <atomic>

namespace mlsearch {
namespace {

bool has_avx512() {
#if defined(MLSEARCH_X86)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("bmi2") &&
         __builtin_cpu_supports("gfni");
#else
  return false;
#endif
}

std::atomic<bool> is_wanted_and_there{has_avx512()};

}  // namespace

bool is_avx512_used() { return is_wanted_and_there.load(std::memory_order_relaxed); }

bool use_avx512(bool is_wanted) {
  is_wanted_and_there = is_wanted && has_avx512();
  return is_avx512_used();
}

Registers widest_registers() {
#if defined(MLSEARCH_X86)
  const bool has_lengths = __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  if (is_avx512_used() && has_lengths) return Registers::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Registers::avx2;
#endif
  return Registers::portable;
}

}  // namespace mlsearch
