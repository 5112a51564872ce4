// Several floats worked on at once, and code compiled for the registers that a processor has.
//
// Kernels are templates over the number of lanes that are always inlined, so that the function
// they end up in says which instructions they may use.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__GNUC__)
#define MLSEARCH_INLINE inline __attribute__((always_inline))
#else
#define MLSEARCH_INLINE inline
#endif

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"  // wide vectors are never passed to another function
#endif

namespace mlsearch {

#if defined(__GNUC__)

template <int N>
struct Wide {
  typedef float Type __attribute__((vector_size(N * sizeof(float))));
};
template <int N>
using Lanes = typename Wide<N>::Type;

// Lanes where `condition` holds become 0, and so do no others: NaN stays NaN.
template <int N>
MLSEARCH_INLINE Lanes<N> zero_where_below(Lanes<N> value, Lanes<N> tested) {
  return tested < Lanes<N>{} ? Lanes<N>{} : value;
}
template <int N>
MLSEARCH_INLINE Lanes<N> zero_where_not_above(Lanes<N> value, Lanes<N> tested) {
  return tested <= Lanes<N>{} ? Lanes<N>{} : value;
}

#else

template <int N>
struct Lanes {
  float of[N] = {};
  float& operator[](int i) { return of[i]; }
  float operator[](int i) const { return of[i]; }
};

template <int N, class Make>
Lanes<N> each(Make make) {
  Lanes<N> made;
  for (int i = 0; i < N; ++i) made[i] = make(i);
  return made;
}
template <int N>
Lanes<N> operator+(Lanes<N> a, Lanes<N> b) {
  return each<N>([&](int i) { return a[i] + b[i]; });
}
template <int N>
Lanes<N> operator-(Lanes<N> a, Lanes<N> b) {
  return each<N>([&](int i) { return a[i] - b[i]; });
}
template <int N>
Lanes<N> operator*(Lanes<N> a, Lanes<N> b) {
  return each<N>([&](int i) { return a[i] * b[i]; });
}
template <int N>
Lanes<N> operator*(float a, Lanes<N> b) {
  return each<N>([&](int i) { return a * b[i]; });
}
template <int N>
Lanes<N> operator-(Lanes<N> a, float b) {
  return each<N>([&](int i) { return a[i] - b; });
}
template <int N>
Lanes<N>& operator+=(Lanes<N>& a, Lanes<N> b) {
  return a = a + b;
}
template <int N>
Lanes<N> zero_where_below(Lanes<N> value, Lanes<N> tested) {
  return each<N>([&](int i) { return tested[i] < 0 ? 0 : value[i]; });
}
template <int N>
Lanes<N> zero_where_not_above(Lanes<N> value, Lanes<N> tested) {
  return each<N>([&](int i) { return tested[i] <= 0 ? 0 : value[i]; });
}

#endif

template <int N>
MLSEARCH_INLINE Lanes<N> load(const float* from) {
  Lanes<N> lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

template <int N>
MLSEARCH_INLINE void store(float* to, Lanes<N> lanes) {
  std::memcpy(to, &lanes, sizeof lanes);
}

// The sum of the lanes, half by half.
template <int N>
MLSEARCH_INLINE float sum(Lanes<N> lanes) {
  if constexpr (N == 1) {
    return lanes[0];
  } else {
    Lanes<N / 2> halves[2];
    std::memcpy(halves, &lanes, sizeof lanes);
    return sum<N / 2>(halves[0] + halves[1]);
  }
}

}  // namespace mlsearch
