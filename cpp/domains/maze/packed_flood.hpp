// Floods of several mazes at once, a lane each: which cells are reached, and after how many levels.
//
// Moves change the colour of a cell on a chessboard. So the cells of one colour are kept apart
// from those of the other, and each level grows one colour out of the other: half the bits, and
// the cell beside another one is, on one side, at its own place. Neighbouring rows lie in
// neighbouring words: a move by a row needs no instruction, except between the last and the first.
//
// Levels are counted in binary, for all cells at once, in a Gray code: of its digits, a count
// flips one.
// Source: Gray, US patent 2,632,058 (1953).
#pragma once

#include <bit>

#include "domains/maze/packed_words.hpp"

namespace mlsearch::packed {

constexpr int kDigits = 8;
constexpr int kCountsAtOnce = 4;  // between two looks whether anything has changed

// The cells of one colour of N mazes: word w of maze i is lane i of number w.
template <int N, int W>
struct Colour {
  Words<N> free[W];
  Words<N> reached[W];
  Words<N> digits[kDigits + 1][W]{};  // one more for the counts after the last level
};

// Adds the free cells next to those of the other colour. The cell beside another one in the other
// direction is at the next bit in even rows and at the previous one in odd rows, or the other way
// round.
template <int N, int W, bool kIsNextInEvenRows>
MLSEARCH_INLINE void grow(Colour<N, W>& colour, const Colour<N, W>& other, int row_bits) {
  for (int w = 0; w < W; ++w) {
    const Words<N> bits = other.reached[w];
    const Words<N> above = w > 0 ? other.reached[w - 1] : other.reached[W - 1] << row_bits;
    const Words<N> below = w < W - 1 ? other.reached[w + 1] : other.reached[0] >> row_bits;
    const Words<N> beside = (w % 2 == 0) == kIsNextInEvenRows ? bits >> 1 : bits << 1;
    colour.reached[w] = (bits | beside | (above | below)) & colour.free[w];
  }
}

// Flips a digit of the reached cells.
template <int N, int W>
MLSEARCH_INLINE void flip(Colour<N, W>& colour, int digit) {
  for (int w = 0; w < W; ++w) colour.digits[digit][w] ^= colour.reached[w];
}

template <int N, int W>
MLSEARCH_INLINE bool is_different(const Words<N> (&some)[W], const Words<N> (&others)[W]) {
  Words<N> different{};
  for (int w = 0; w < W; ++w) different |= some[w] ^ others[w];
  std::uint64_t lanes[N];
  std::memcpy(lanes, &different, sizeof lanes);
  std::uint64_t any = 0;
  for (const std::uint64_t lane : lanes) any |= lane;
  return any != 0;
}

// Lets both colours grow until they are still, and returns the number of counts. A cell of `near`
// at distance 2 n has been reached before count n + 1, and so has one of `far` at 2 n + 1.
template <int N, int W>
MLSEARCH_INLINE unsigned flood(Colour<N, W>& near, Colour<N, W>& far, int row_bits) {
  unsigned counts = 0;
  Words<N> last[W];
  grow<N, W, true>(far, near, row_bits);
  do {
#pragma GCC unroll 4
    for (int i = 1; i <= kCountsAtOnce; ++i) {
      ++counts;
      const int digit = i % 2 == 1 ? 0 : i % 4 == 2 ? 1 : std::countr_zero(counts);
      flip(near, digit);
      flip(far, digit);
      for (int w = 0; w < W; ++w) last[w] = far.reached[w];
      grow<N, W, false>(near, far, row_bits);
      grow<N, W, true>(far, near, row_bits);
    }
  } while (is_different<N, W>(last, far.reached));
  return counts;
}

// Reads how many counts passed before cells were reached: the eight digits of one word. The counts
// that followed have flipped them, in Gray code.
template <int N, int W>
MLSEARCH_INLINE void read_digits(const Colour<N, W>& colour, int w, unsigned counts,
                                 Words<N> (&digits)[kDigits]) {
  const unsigned gray = counts ^ (counts >> 1);
  Words<N> binary{};
  for (int digit = kDigits - 1; digit >= 0; --digit) {
    binary ^= colour.digits[digit][w] ^ (Words<N>{} - ((gray >> digit) & 1));
    digits[digit] = binary;
  }
}

}  // namespace mlsearch::packed
