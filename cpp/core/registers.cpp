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

std::atomic<Registers> widest_wanted{Registers::avx512};

bool is_wanted(Registers registers) {
  return widest_wanted.load(std::memory_order_relaxed) >= registers;
}

}  // namespace

bool is_avx512_used() {
  static const bool is_there = has_avx512();
  return is_there && is_wanted(Registers::avx512);
}

bool use_avx512(bool is_wanted) {
  widest_wanted = is_wanted ? Registers::avx512 : Registers::avx2;
  return is_avx512_used();
}

Registers use_registers(Registers widest) {
  widest_wanted = widest;
  return widest_registers();
}

Registers widest_registers() {
#if defined(MLSEARCH_X86)
  const bool has_lengths = __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  if (is_avx512_used() && has_lengths) return Registers::avx512;
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (has_avx2 && is_wanted(Registers::avx2)) return Registers::avx2;
#endif
  return Registers::portable;
}

}  // namespace mlsearch
