#include "bfs_packed.hpp"

#include <atomic>
#include <bit>

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))

#if !defined(__clang__)  // its own header raises these without cause (GCC bug 105593)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#define MLSEARCH_AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi2")))

namespace mlsearch {
namespace {

constexpr int kMaxDigits = 10;    // distances below 512, and one digit for the levels at their end
constexpr int kLevelsAtOnce = 8;  // between two looks whether anything has changed
constexpr int kFastDigits = 3;    // those that flip within so many levels

// How the bits of a maze move by one row.
struct Grid {
  __m512i free;
  __m512i row;  // bits in a row, in every lane
};

// The cells of `reached` and their free neighbours.
MLSEARCH_AVX512 inline __m512i grow(__m512i reached, const Grid& grid) {
  const __m512i before = _mm512_alignr_epi64(reached, _mm512_setzero_si512(), 7);
  const __m512i after = _mm512_alignr_epi64(_mm512_setzero_si512(), reached, 1);
  const __m512i right = _mm512_shldi_epi64(reached, before, 1);
  const __m512i left = _mm512_shrdi_epi64(reached, after, 1);
  const __m512i down = _mm512_shldv_epi64(reached, before, grid.row);
  const __m512i up = _mm512_shrdv_epi64(reached, after, grid.row);
  constexpr int or3 = 0xFE;
  constexpr int or_then_and = 0xA8;  // (a | b) & c
  const __m512i sideways = _mm512_ternarylogic_epi64(reached, right, left, or3);
  const __m512i upright = _mm512_or_si512(down, up);
  return _mm512_ternarylogic_epi64(sideways, upright, grid.free, or_then_and);
}

// Flips one digit of the unreached cells.
MLSEARCH_AVX512 inline void flip(__m512i& digit, __m512i reached) {
  constexpr int xor_not = 0xC3;  // a ^ ~b
  digit = _mm512_ternarylogic_epi64(digit, reached, reached, xor_not);
}

struct Flooded {
  alignas(64) std::uint64_t digits[kMaxDigits][8];
  alignas(64) std::uint64_t reached[8];
  int num_digits;
};

// One flood on its way.
struct Flood {
  Grid grid;
  __m512i reached;
  __m512i last{};  // what was reached one level before
  __m512i fast[kFastDigits]{};
  __m512i slow[kMaxDigits - kFastDigits]{};
};

MLSEARCH_AVX512 inline void advance(Flood& flood, int level, int last_slow_flip) {
  flip(flood.fast[0], flood.reached);
  if (level % 2 == 0) flip(flood.fast[1], flood.reached);
  if (level % 4 == 0) flip(flood.fast[2], flood.reached);
  if (level % 8 == 0) {
    for (int digit = 0; digit <= last_slow_flip; ++digit) flip(flood.slow[digit], flood.reached);
  }
  flood.last = flood.reached;
  flood.reached = grow(flood.reached, flood.grid);
}

MLSEARCH_AVX512 inline void store(const Flood& flood, int num_digits, Flooded& flooded) {
  flooded.num_digits = num_digits;
  for (int digit = 0; digit < num_digits; ++digit) {
    const __m512i bits = digit < kFastDigits ? flood.fast[digit] : flood.slow[digit - kFastDigits];
    _mm512_storeu_si512(flooded.digits[digit], _mm512_and_si512(bits, flood.reached));
  }
  _mm512_storeu_si512(flooded.reached, flood.reached);
}

// Two floods side by side: each level waits for the one before, and meanwhile the processor
// works on the other flood.
MLSEARCH_AVX512 inline void flood_both(Flood& first, Flood& second, Flooded (&flooded)[2]) {
  unsigned blocks = 0;
  __m512i changed;
  do {
    const int last_slow_flip = std::countr_zero(++blocks);
#pragma GCC unroll 8
    for (int level = 1; level <= kLevelsAtOnce; ++level) {
      advance(first, level, last_slow_flip);
      advance(second, level, last_slow_flip);
    }
    changed = _mm512_or_si512(_mm512_xor_si512(first.last, first.reached),
                              _mm512_xor_si512(second.last, second.reached));
  } while (_mm512_test_epi64_mask(changed, changed) != 0);
  const int num_digits = std::bit_width(kLevelsAtOnce * blocks - 1);
  store(first, num_digits, flooded[0]);
  store(second, num_digits, flooded[1]);
}

// Turns the digits of 32 cells into 16-bit numbers at a time.
MLSEARCH_AVX512 inline void read_digits(const Flooded& flooded, int num_bits, std::int16_t* out) {
  const auto part = [](const std::uint64_t* bits, int first) {
    return static_cast<__mmask32>(bits[first / 64] >> first % 64);
  };
  for (int first = 0; first < num_bits; first += 32) {
    __m512i distances = _mm512_movm_epi16(~part(flooded.reached, first));
    for (int digit = 0; digit < flooded.num_digits; ++digit) {
      const __m512i value = _mm512_set1_epi16(static_cast<std::int16_t>(1 << digit));
      distances =
          _mm512_mask_add_epi16(distances, part(flooded.digits[digit], first), distances, value);
    }
    _mm512_storeu_si512(out + first, distances);
  }
}

MLSEARCH_AVX512 inline void widen_rows(const std::int16_t* distances, const PackedMaze& maze,
                                       Distance* out) {
  const std::int32_t width = maze.shape.width;
  const auto rest = static_cast<__mmask16>((1U << width % 16) - 1);
  for (std::int32_t row = 0; row < maze.shape.height; ++row) {
    const std::int16_t* from = distances + row * maze.stride();
    Distance* to = out + row * width;
    std::int32_t column = 0;
    for (; column + 16 <= width; column += 16) {
      const __m256i part = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + column));
      _mm512_storeu_si512(to + column, _mm512_cvtepi16_epi32(part));
    }
    if (rest == 0) continue;
    const __m256i part = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + column));
    _mm512_mask_storeu_epi32(to + column, rest, _mm512_cvtepi16_epi32(part));
  }
}

MLSEARCH_AVX512 inline Flood begin(const PackedSource& source) {
  const PackedMaze& maze = *source.maze;
  const Grid grid{_mm512_loadu_si512(maze.free.data()), _mm512_set1_epi64(maze.stride())};
  const int bit = source.goal + source.goal / maze.shape.width;
  const __m512i goal =
      _mm512_maskz_set1_epi64(static_cast<__mmask8>(1 << bit / 64), std::int64_t{1} << bit % 64);
  return {grid, _mm512_and_si512(goal, grid.free)};
}

bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vbmi2");
}

std::atomic<bool> is_wanted_and_there{has_avx512()};

}  // namespace

bool is_avx512_used() { return is_wanted_and_there.load(std::memory_order_relaxed); }

bool use_avx512(bool is_wanted) {
  is_wanted_and_there = is_wanted && has_avx512();
  return is_avx512_used();
}

MLSEARCH_AVX512 PackedMaze pack(MazeView maze) {
  PackedMaze packed{{}, maze.shape};
  const std::int32_t width = maze.shape.width;
  const __mmask64 inside = (std::uint64_t{1} << width) - 1;
  for (std::int32_t row = 0; row < maze.shape.height; ++row) {
    const __m512i walls = _mm512_maskz_loadu_epi8(inside, maze.walls + row * width);
    const std::uint64_t free = _mm512_mask_testn_epi8_mask(inside, walls, walls);
    const auto bit = static_cast<unsigned>(row * packed.stride());
    packed.free[bit / 64] |= free << bit % 64;
    // What does not fit goes on in the next word; in the last one everything fits.
    if (bit / 64 < 7) packed.free[bit / 64 + 1] |= free >> 1 >> (63 - bit % 64);
  }
  return packed;
}

MLSEARCH_AVX512 void packed_fields(const PackedSource& first, const PackedSource& second) {
  Flood floods[2] = {begin(first), begin(second)};
  Flooded flooded[2];
  flood_both(floods[0], floods[1], flooded);
  alignas(64) std::int16_t distances[512 + 32];
  const PackedSource* sources[2] = {&first, &second};
  for (int i = 0; i < 2; ++i) {
    read_digits(flooded[i], sources[i]->maze->num_bits(), distances);
    widen_rows(distances, *sources[i]->maze, sources[i]->out);
  }
}

}  // namespace mlsearch

#else  // the queue does it all

namespace mlsearch {

bool is_avx512_used() { return false; }
bool use_avx512(bool) { return false; }
PackedMaze pack(MazeView maze) { return {{}, maze.shape}; }
void packed_fields(const PackedSource&, const PackedSource&) {}

}  // namespace mlsearch

#endif
