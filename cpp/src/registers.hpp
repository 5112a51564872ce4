// Which registers the kernels that exist in several forms use here.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__)
#define MLSEARCH_X86 1
#define MLSEARCH_AVX2 __attribute__((target("avx2,fma")))
#define MLSEARCH_AVX512 __attribute__((target("avx512f,avx512vl,avx512dq,fma")))
#endif

namespace mlsearch {

enum class Registers { portable, avx2, avx512 };

// The widest that this processor has and use_avx512() does not forbid.
Registers widest_registers();

// The kernels of that width.
template <class Kernels>
const Kernels& widest(const Kernels& portable, const Kernels& avx2, const Kernels& avx512) {
  switch (widest_registers()) {
    case Registers::avx512:
      return avx512;
    case Registers::avx2:
      return avx2;
    default:
      return portable;
  }
}

}  // namespace mlsearch
