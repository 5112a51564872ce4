// Several floats worked on at once, and code compiled for the registers that a processor has.
//
// Kernels are templates over the number of lanes that are always inlined, so that the function
// they end up in says which instructions they may use.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__GNUC__)
#define MLSEARCH_INLINE inline __attribute__((always_inline))
#define MLSEARCH_INLINED __attribute__((always_inline))  // of a lambda
#else
#define MLSEARCH_INLINE inline
#define MLSEARCH_INLINED
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

template <int N>
MLSEARCH_INLINE Lanes<N> larger(Lanes<N> a, Lanes<N> b) {
  return a > b ? a : b;
}

// Of numbers from -87 to 87, to within two units in the last place: 2^n e^r with |r| below 0.35.
// Source: the polynomial is that of Cephes (Moshier 1992), function expf.
template <int N>
MLSEARCH_INLINE Lanes<N> exponential(Lanes<N> x) {
  typedef std::int32_t Bits __attribute__((vector_size(N * sizeof(float))));
  constexpr float rounds = 12582912.0F;  // 1.5 * 2^23: what is added to it becomes an integer
  const Lanes<N> shifted = x * 1.44269504F + rounds;
  const Lanes<N> n = shifted - rounds;
  const Lanes<N> r = x - n * 0.693359375F + n * 2.12194440e-4F;
  Lanes<N> p = r * 1.9875691500e-4F + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  Bits bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  bits = (bits - 0x4B400000 + 127) << 23;
  Lanes<N> power;
  std::memcpy(&power, &bits, sizeof power);
  return (p * r * r + r + 1.0F) * power;
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

template <int N>
Lanes<N> operator+(Lanes<N> a, float b) {
  return each<N>([&](int i) { return a[i] + b; });
}
template <int N>
Lanes<N> operator-(float a, Lanes<N> b) {
  return each<N>([&](int i) { return a - b[i]; });
}
template <int N>
Lanes<N> operator/(float a, Lanes<N> b) {
  return each<N>([&](int i) { return a / b[i]; });
}
template <int N>
Lanes<N> larger(Lanes<N> a, Lanes<N> b) {
  return each<N>([&](int i) { return a[i] > b[i] ? a[i] : b[i]; });
}
template <int N>
Lanes<N> exponential(Lanes<N> x) {
  return each<N>([&](int i) { return std::exp(x[i]); });
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
