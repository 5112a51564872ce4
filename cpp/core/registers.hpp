// Kernels in several forms, one for each kind of registers that processors have.
#pragma once

// DEFINE(name, target, N, R) defines `name_kernels` out of functions that may use the instructions
// of `target`, for N lanes and R rows at once; MLSEARCH_WIDEST is one of these.
#if defined(__x86_64__) && defined(__GNUC__)
#define MLSEARCH_X86 1
#define MLSEARCH_EVERY_WIDTH(DEFINE)                      \
  DEFINE(portable, , 4, 4)                                \
  DEFINE(avx2, __attribute__((target("avx2,fma"))), 8, 6) \
  DEFINE(avx512, __attribute__((target("avx512f,avx512vl,avx512dq,fma"))), 16, 8)
#define MLSEARCH_WIDEST widest(portable_kernels, avx2_kernels, avx512_kernels)
#else
#define MLSEARCH_EVERY_WIDTH(DEFINE) DEFINE(portable, , 4, 4)
#define MLSEARCH_WIDEST portable_kernels
#endif

namespace mlsearch {

enum class Registers { portable, avx2, avx512 };

// Kernels use no registers that are wider than these, for tests and measurements. Returns the
// widest that they use now. A puzzle keeps the kernels that it was made with.
Registers use_registers(Registers widest);

// The widest that this processor has and that are allowed; at first, all are.
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
