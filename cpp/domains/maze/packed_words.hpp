// Words of several lanes, and how eight of them become bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/lanes.hpp"

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define MLSEARCH_SHUFFLES 1
#endif
#endif

namespace mlsearch::packed {

// N words that take the same instructions, where the compiler knows such; else N is 1.
#if defined(MLSEARCH_SHUFFLES)
template <int N>
struct WideWords {
  typedef std::uint64_t Type __attribute__((vector_size(N * sizeof(std::uint64_t))));
};
template <int N>
using Words = typename WideWords<N>::Type;
constexpr int lanes_of(int num_floats) { return num_floats / 2; }
#else
template <int N>
using Words = std::uint64_t;
constexpr int lanes_of(int) { return 1; }
#endif

// Swaps bit log2(kBit) of places in a word with bit log2(kStep) of the number of the word.
template <int N, int kStep, int kBit>
MLSEARCH_INLINE void swap_bits(Words<N> (&words)[8], std::uint64_t low) {
  for (int i = 0; i < 8; ++i) {
    if ((i & kStep) != 0) continue;
    const Words<N> swapped = ((words[i] >> kBit) ^ words[i + kStep]) & low;
    words[i + kStep] ^= swapped;
    words[i] ^= swapped << kBit;
  }
}

#if defined(MLSEARCH_SHUFFLES)
typedef std::uint8_t Sixteen __attribute__((vector_size(16)));

// The first halves of two vectors, byte by byte in turn, and the second halves.
MLSEARCH_INLINE Sixteen zip_low(Sixteen a, Sixteen b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
MLSEARCH_INLINE Sixteen zip_high(Sixteen a, Sixteen b) {
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                 31);
}

MLSEARCH_INLINE void zip(Sixteen a, Sixteen b, std::uint8_t* out) {
  const Sixteen low = zip_low(a, b);
  const Sixteen high = zip_high(a, b);
  std::memcpy(out, &low, sizeof low);
  std::memcpy(out + 16, &high, sizeof high);
}

// Writes 16 bytes of `first` and 16 of `second` in turn.
MLSEARCH_INLINE void zip(const std::uint8_t* first, const std::uint8_t* second, std::uint8_t* out) {
  Sixteen a, b;
  std::memcpy(&a, first, sizeof a);
  std::memcpy(&b, second, sizeof b);
  zip(a, b, out);
}

// Writes byte b of word i of each lane to out[stride * lane + 8 * b + i].
template <int N>
MLSEARCH_INLINE void transpose_bytes(Words<N> (&words)[8], std::uint8_t* out, std::size_t stride) {
  Sixteen two[8][N / 2];  // the words of two lanes
  std::memcpy(two, words, sizeof two);
  for (int of = 0; of < N / 2; ++of) {
    Sixteen fours[2][4];  // every fourth word, by lane
    for (int i = 0; i < 4; ++i) {
      fours[0][i] = zip_low(two[i][of], two[i + 4][of]);
      fours[1][i] = zip_high(two[i][of], two[i + 4][of]);
    }
    for (int lane = 0; lane < 2; ++lane) {
      const Sixteen(&v)[4] = fours[lane];
      std::uint8_t* const to = out + stride * static_cast<std::size_t>(2 * of + lane);
      zip(zip_low(v[0], v[2]), zip_low(v[1], v[3]), to);
      zip(zip_high(v[0], v[2]), zip_high(v[1], v[3]), to + 32);
    }
  }
}
#else
MLSEARCH_INLINE void zip(const std::uint8_t* first, const std::uint8_t* second, std::uint8_t* out) {
  for (int i = 0; i < 16; ++i) {
    out[2 * i] = first[i];
    out[2 * i + 1] = second[i];
  }
}

template <int N>
MLSEARCH_INLINE void transpose_bytes(Words<N> (&words)[8], std::uint8_t* out, std::size_t) {
  swap_bits<N, 1, 8>(words, 0x00FF00FF00FF00FF);
  swap_bits<N, 2, 16>(words, 0x0000FFFF0000FFFF);
  swap_bits<N, 4, 32>(words, 0x00000000FFFFFFFF);
  std::memcpy(out, words, sizeof words);
}
#endif

// Writes the bytes of 64 cells in each lane, of which word i holds bit i, to out[stride * lane].
template <int N>
MLSEARCH_INLINE void write_bytes(Words<N> (&words)[8], std::uint8_t* out, std::size_t stride) {
  swap_bits<N, 1, 1>(words, 0x5555555555555555);
  swap_bits<N, 2, 2>(words, 0x3333333333333333);
  swap_bits<N, 4, 4>(words, 0x0F0F0F0F0F0F0F0F);
  transpose_bytes<N>(words, out, stride);
}

}  // namespace mlsearch::packed
