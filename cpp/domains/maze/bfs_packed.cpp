#include "domains/maze/bfs_packed.hpp"

#include <algorithm>
#include <bit>

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))

#if !defined(__clang__)  // its own header raises these without cause (GCC bug 105593)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#define MLSEARCH_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,bmi2,gfni")))

namespace mlsearch {
namespace {

constexpr int kDigits = 8;
constexpr int kSlowDigits = 7;    // those from 2 on, and one for the counts after the last level
constexpr int kCountsAtOnce = 4;  // between two looks whether anything has changed
constexpr int kOr3 = 0xFE;        // of ternary logic: a | b | c
constexpr int kOrThenAnd = 0xA8;  // (a | b) & c
constexpr int kXorNot = 0xC3;     // a ^ ~b

// The cells of one colour.
struct Colour {
  __m512i free{};
  __m512i reached{};
  __m512i fast[2]{};  // the digits 0 and 1
};

// The other digits of a colour: they change at every 4th count at most, so they stay in memory.
struct SlowDigits {
  __m512i digits[kSlowDigits]{};
};

// The floods that share a register: two of mazes of four words, or one of eight.
struct Floods {
  Colour near;  // the colour of the goal
  Colour far;
  __m512i aside{};  // how far words rotate from a near cell to the far one beside it
  __m512i last{};   // the far cells reached one count before
};

// How words move by one row: those that leave the last word come into the first, and so on.
struct RowMoves {
  __m512i down, up;
};

template <int kWords>
MLSEARCH_AVX512 inline __m512i next_word(__m512i bits) {  // word i + 1 becomes word i
  return kWords == 4 ? _mm512_permutex_epi64(bits, 0b00'11'10'01)
                     : _mm512_alignr_epi64(bits, bits, 1);
}

template <int kWords>
MLSEARCH_AVX512 inline __m512i previous_word(__m512i bits) {
  return kWords == 4 ? _mm512_permutex_epi64(bits, 0b10'01'00'11)
                     : _mm512_alignr_epi64(bits, bits, 7);
}

// The free cells next to those of the other colour, `bits`; `beside` is `bits` one column aside.
template <int kWords>
MLSEARCH_AVX512 inline __m512i grow(__m512i bits, __m512i beside, const RowMoves& moves,
                                    __m512i free) {
  const __m512i down = _mm512_sllv_epi64(previous_word<kWords>(bits), moves.down);
  const __m512i up = _mm512_srlv_epi64(next_word<kWords>(bits), moves.up);
  const __m512i most = _mm512_ternarylogic_epi64(bits, beside, down, kOr3);
  return _mm512_ternarylogic_epi64(most, up, free, kOrThenAnd);
}

template <int kWords>
MLSEARCH_AVX512 inline void grow_far(Floods& floods, const RowMoves& moves) {
  const __m512i bits = floods.near.reached;
  floods.far.reached =
      grow<kWords>(bits, _mm512_rolv_epi64(bits, floods.aside), moves, floods.far.free);
}

template <int kWords>
MLSEARCH_AVX512 inline void grow_near(Floods& floods, const RowMoves& moves) {
  const __m512i bits = floods.far.reached;
  floods.near.reached =
      grow<kWords>(bits, _mm512_rorv_epi64(bits, floods.aside), moves, floods.near.free);
}

// Flips one digit of the unreached cells.
MLSEARCH_AVX512 inline void flip(__m512i& digit, __m512i reached) {
  digit = _mm512_ternarylogic_epi64(digit, reached, reached, kXorNot);
}

MLSEARCH_AVX512 inline void count(Colour& colour, int number) {
  flip(colour.fast[0], colour.reached);
  if (number % 2 == 0) flip(colour.fast[1], colour.reached);
}

MLSEARCH_AVX512 inline void count_slow(SlowDigits& slow, __m512i reached, int last) {
  for (int digit = 0; digit <= last; ++digit) flip(slow.digits[digit], reached);
}

template <int kWords>
MLSEARCH_AVX512 inline void advance(Floods& floods, int number, const RowMoves& moves) {
  count(floods.near, number);
  count(floods.far, number);
  floods.last = floods.far.reached;
  grow_near<kWords>(floods, moves);
  grow_far<kWords>(floods, moves);
}

// Lets both grow until they are still: each level waits for the one before, and meanwhile the
// processor works on the other register. Before, all cells have been counted once.
template <int kWords>
MLSEARCH_AVX512 inline void flood(Floods& first, Floods& second, SlowDigits (&slow)[4],
                                  const RowMoves& moves) {
  grow_far<kWords>(first, moves);
  grow_far<kWords>(second, moves);
  unsigned blocks = 0;
  __m512i changed;
  do {
    const int last_slow_flip = std::countr_zero(++blocks);
#pragma GCC unroll 4
    for (int number = 2; number < 2 + kCountsAtOnce; ++number) {
      if (number % 4 == 0) {
        count_slow(slow[0], first.near.reached, last_slow_flip);
        count_slow(slow[1], first.far.reached, last_slow_flip);
        count_slow(slow[2], second.near.reached, last_slow_flip);
        count_slow(slow[3], second.far.reached, last_slow_flip);
      }
      advance<kWords>(first, number, moves);
      advance<kWords>(second, number, moves);
    }
    changed = _mm512_or_si512(_mm512_xor_si512(first.last, first.far.reached),
                              _mm512_xor_si512(second.last, second.far.reached));
  } while (_mm512_test_epi64_mask(changed, changed) != 0);
}

// Turns the digits of a colour into bytes: that of bit i of word w at out[64 * w + i], which is
// 0 where the cell was not reached.
MLSEARCH_AVX512 inline void read_digits(const Colour& colour, const SlowDigits& slow,
                                        std::uint8_t* out) {
  __m512i digits[kDigits];
  for (int i = 0; i < kDigits; ++i) {
    const __m512i bits = i < 2 ? colour.fast[i] : slow.digits[i - 2];
    digits[kDigits - 1 - i] = _mm512_and_si512(bits, colour.reached);
  }
  // Brings the eight digits of eight cells together: in 128 bits, eight cells of one word, then
  // the next eight of it.
  __m512i pairs[2][4], fours[4][2];
  for (int i = 0; i < 4; ++i) {
    pairs[0][i] = _mm512_unpacklo_epi8(digits[2 * i], digits[2 * i + 1]);
    pairs[1][i] = _mm512_unpackhi_epi8(digits[2 * i], digits[2 * i + 1]);
  }
  const __m512i each_bit = _mm512_set1_epi64(static_cast<std::int64_t>(0x8040201008040201));
  for (int odd = 0; odd < 2; ++odd) {  // the even words, the odd words
    for (int i = 0; i < 2; ++i) {
      fours[i][0] = _mm512_unpacklo_epi16(pairs[odd][2 * i], pairs[odd][2 * i + 1]);
      fours[i][1] = _mm512_unpackhi_epi16(pairs[odd][2 * i], pairs[odd][2 * i + 1]);
    }
    for (int part = 0; part < 4; ++part) {
      const __m512i& low = fours[0][part / 2];
      const __m512i& high = fours[1][part / 2];
      const __m512i eights =
          part % 2 == 0 ? _mm512_unpacklo_epi32(low, high) : _mm512_unpackhi_epi32(low, high);
      const __m512i bytes = _mm512_gf2p8affine_epi64_epi8(each_bit, eights, 0);
      std::uint8_t* const to = out + 64 * odd + 16 * part;
      const auto store = [to](int word, __m128i cells) {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to + 64 * word), cells);
      };
      store(0, _mm512_castsi512_si128(bytes));
      store(2, _mm512_extracti32x4_epi32(bytes, 1));
      store(4, _mm512_extracti32x4_epi32(bytes, 2));
      store(6, _mm512_extracti32x4_epi32(bytes, 3));
    }
  }
}

// The counts of both colours, by word and bit, with room for reading past the end.
struct Counts {
  alignas(64) std::uint8_t near[8 * 64 + 8];
  alignas(64) std::uint8_t far[8 * 64 + 8];
};

int colour_of(const PackedSource& source) {
  const std::int32_t width = source.maze->shape.width;
  return (source.goal / width + source.goal % width) % 2;
}

// Writes a row whose cells in even columns are counted in `even`. A near cell counted n times is
// at distance 2 n - 2, a far one at 2 n - 1; what was not reached was not counted.
MLSEARCH_AVX512 inline void write_row(const std::uint8_t* even, const std::uint8_t* odd,
                                      bool is_even_near, std::int32_t width, Distance* out) {
  const auto eight = [](const std::uint8_t* counts) {
    return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(counts));
  };
  const __m512i less =
      _mm512_set1_epi64(is_even_near ? static_cast<std::int64_t>(0xFFFFFFFFFFFFFFFE)
                                     : static_cast<std::int64_t>(0xFFFFFFFEFFFFFFFF));
  const __m512i unreached = _mm512_set1_epi32(unreachable);
  for (std::int32_t column = 0; column < width; column += 16) {
    const std::int32_t place = column / 2;
    const __m512i counts =
        _mm512_cvtepu8_epi32(_mm_unpacklo_epi8(eight(even + place), eight(odd + place)));
    const __m512i steps = _mm512_add_epi32(_mm512_add_epi32(counts, counts), less);
    const __m512i distances = _mm512_max_epi32(steps, unreached);
    if (width - column >= 16) {
      _mm512_storeu_si512(out + column, distances);
    } else {
      _mm512_mask_storeu_epi32(out + column, static_cast<__mmask16>((1U << (width - column)) - 1),
                               distances);
    }
  }
}

MLSEARCH_AVX512 inline void write_field(const PackedSource& source, const Counts& counts,
                                        int first_word, int words) {
  const Shape shape = source.maze->shape;
  const int colour = colour_of(source);
  for (std::int32_t row = 0; row < shape.height; ++row) {
    const bool is_even_near = row % 2 == colour;
    const std::int32_t place = 64 * (first_word + row % words) + row / words * row_bits(shape);
    const std::uint8_t* const near = counts.near + place;
    const std::uint8_t* const far = counts.far + place;
    write_row(is_even_near ? near : far, is_even_near ? far : near, is_even_near, shape.width,
              source.out + row * shape.width);
  }
  source.out[source.goal] = 0;  // a goal with no free neighbour has been lost
}

// The words of all floods that share a register, before they are loaded.
struct Words {
  alignas(64) std::uint64_t near_free[8]{}, far_free[8]{}, goal[8]{}, aside[8]{};
};

MLSEARCH_AVX512 inline void place(const PackedSource& source, int first_word, int words,
                                  Words& all) {
  const PackedMaze& maze = *source.maze;
  const int colour = colour_of(source);
  const std::int32_t width = maze.shape.width;
  for (int i = 0; i < words; ++i) {
    all.near_free[first_word + i] = maze.free[colour][i];
    all.far_free[first_word + i] = maze.free[1 - colour][i];
    all.aside[first_word + i] = i % 2 == colour ? 63 : 1;
  }
  const std::int32_t row = source.goal / width;
  const std::int32_t bit = row / words * row_bits(maze.shape) + source.goal % width / 2;
  all.goal[first_word + row % words] = std::uint64_t{1} << bit;
}

MLSEARCH_AVX512 inline Floods begin(const Words& words) {
  Floods floods;
  floods.near.free = _mm512_load_si512(words.near_free);
  floods.far.free = _mm512_load_si512(words.far_free);
  floods.near.reached = _mm512_load_si512(words.goal);
  floods.near.fast[0] = floods.far.fast[0] = _mm512_set1_epi64(-1);  // the first count
  floods.aside = _mm512_load_si512(words.aside);
  return floods;
}

template <int kWords>
MLSEARCH_AVX512 inline RowMoves row_moves(Shape shape) {
  const auto by = static_cast<std::int64_t>(row_bits(shape));
  const __mmask8 first = kWords == 4 ? 0b00010001 : 0b00000001;
  const __mmask8 last = kWords == 4 ? 0b10001000 : 0b10000000;
  return {_mm512_maskz_set1_epi64(first, by), _mm512_maskz_set1_epi64(last, by)};
}

// Fills two registers: with up to four sources of four words, or two of eight.
template <int kWords>
MLSEARCH_AVX512 void fields_together(std::span<const PackedSource> sources) {
  constexpr std::size_t kPerRegister = 8 / kWords;
  Words words[2];
  for (std::size_t i = 0; i < sources.size(); ++i) {
    place(sources[i], static_cast<int>(i % kPerRegister) * kWords, kWords, words[i / kPerRegister]);
  }
  Floods floods[2] = {begin(words[0]), begin(words[1])};
  SlowDigits slow[4];
  flood<kWords>(floods[0], floods[1], slow, row_moves<kWords>(sources[0].maze->shape));
  Counts counts;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (i % kPerRegister == 0) {
      const std::size_t at = i / kPerRegister;
      read_digits(floods[at].near, slow[2 * at], counts.near);
      read_digits(floods[at].far, slow[2 * at + 1], counts.far);
    }
    write_field(sources[i], counts, static_cast<int>(i % kPerRegister) * kWords, kWords);
  }
}

}  // namespace

MLSEARCH_AVX512 PackedMaze pack(MazeView maze) {
  PackedMaze packed{{}, maze.shape};
  const auto [height, width] = maze.shape;
  const std::int32_t words = packed_words(maze.shape);
  const std::int32_t bits = row_bits(maze.shape);
  const __mmask64 inside = (std::uint64_t{1} << width) - 1;
  constexpr std::uint64_t kEven = 0x5555555555555555;
  for (std::int32_t word = 0; word < words; ++word) {
    std::uint64_t even = 0;
    std::uint64_t odd = 0;
    std::int32_t bit = 0;
    for (std::int32_t row = word; row < height; row += words, bit += bits) {
      const __m512i walls = _mm512_maskz_loadu_epi8(inside, maze.walls + row * width);
      const std::uint64_t free = _mm512_mask_testn_epi8_mask(inside, walls, walls);
      even |= _pext_u64(free, kEven) << bit;
      odd |= _pext_u64(free, ~kEven) << bit;
    }
    const auto colour = static_cast<std::size_t>(word % 2);
    packed.free[colour][static_cast<std::size_t>(word)] = even;
    packed.free[1 - colour][static_cast<std::size_t>(word)] = odd;
  }
  return packed;
}

MLSEARCH_AVX512 void packed_fields(std::span<const PackedSource> sources) {
  if (packed_words(sources[0].maze->shape) == 4) return fields_together<4>(sources);
  for (std::size_t first = 0; first < sources.size(); first += 2) {
    fields_together<8>(sources.subspan(first, std::min<std::size_t>(2, sources.size() - first)));
  }
}

}  // namespace mlsearch

#else  // the queue does it all

namespace mlsearch {

PackedMaze pack(MazeView maze) { return {{}, maze.shape}; }
void packed_fields(std::span<const PackedSource>) {}

}  // namespace mlsearch

#endif
