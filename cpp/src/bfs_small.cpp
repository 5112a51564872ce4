#include "bfs_small.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>

namespace mlsearch {
namespace {

// A word of zeros at both ends spares the shifts their special cases.
using Bits = std::array<std::uint64_t, 10>;

// The cells of `reached` and their free neighbours.
Bits grow(const Bits& reached, const PackedMaze& maze, int num_words) {
  const int row = maze.stride();
  Bits grown{};
  for (std::size_t i = 1; i <= static_cast<std::size_t>(num_words); ++i) {
    const std::uint64_t here = reached[i];
    const std::uint64_t before = reached[i - 1];
    const std::uint64_t after = reached[i + 1];
    const std::uint64_t sideways = here << 1 | here >> 1 | before >> 63 | after << 63;
    const std::uint64_t upright =
        here << row | here >> row | before >> (64 - row) | after << (64 - row);
    grown[i] = (here | sideways | upright) & maze.free[i - 1];
  }
  return grown;
}

struct Flooded {
  std::array<Bits, max_digits> digits;
  Bits reached;
  int num_digits;
};

Flooded flood(const PackedMaze& maze, int goal_bit, int num_words) {
  Flooded flooded{};
  auto& [digits, reached, num_digits] = flooded;
  const auto goal_word = static_cast<std::size_t>(goal_bit / 64);
  reached[goal_word + 1] = std::uint64_t{1} << goal_bit % 64 & maze.free[goal_word];
  unsigned level = 0;
  for (bool is_growing = true; is_growing;) {
    const int last_flip = std::countr_zero(++level);
    for (std::size_t digit = 0; digit <= static_cast<std::size_t>(last_flip); ++digit) {
      for (std::size_t i = 1; i <= static_cast<std::size_t>(num_words); ++i) {
        digits[digit][i] ^= ~reached[i];
      }
    }
    const Bits grown = grow(reached, maze, num_words);
    is_growing = grown != reached;
    reached = grown;
  }
  num_digits = std::bit_width(level);
  return flooded;
}

constexpr std::uint64_t kOneInEachByte = 0x0101010101010101ULL;

// Eight bits as eight bytes of 0 or 1, the lowest bit first in memory.
std::uint64_t spread(std::uint64_t bits) {
  const std::uint64_t own = (bits & 0xFF) * kOneInEachByte & 0x8040201008040201ULL;
  return (own + 0x7F * kOneInEachByte) >> 7 & kOneInEachByte;
}

// The numbers whose binary digits lie in digits[0 .. count), one byte a cell; count is up to 8.
void read_digits(const Bits* digits, int count, int num_words, std::uint8_t* out) {
  for (int eight = 0; eight < 8 * num_words; ++eight) {
    std::uint64_t bytes = 0;
    for (int digit = 0; digit < count; ++digit) {
      const std::uint64_t word = digits[digit][static_cast<std::size_t>(1 + eight / 8)];
      bytes |= spread(word >> eight % 8 * 8) << digit;
    }
    std::memcpy(out + 8 * eight, &bytes, 8);
  }
}

}  // namespace

PackedMaze pack(MazeView maze) {
  static_assert(std::endian::native == std::endian::little);
  PackedMaze packed{{}, maze.shape};
  const std::int32_t width = maze.shape.width;
  for (std::int32_t row = 0; row < maze.shape.height; ++row) {
    std::uint64_t free = 0;
    std::int32_t column = 0;
    for (; column + 8 <= width; column += 8) {
      std::uint64_t bytes;
      std::memcpy(&bytes, maze.walls + row * width + column, 8);
      // The product collects the lowest bits of eight bytes in its highest byte.
      const std::uint64_t lowest = ~bytes & 0x0101010101010101ULL;
      free |= (lowest * 0x0102040810204080ULL >> 56) << column;
    }
    for (; column < width; ++column) {
      free |= std::uint64_t{maze.is_free(row * width + column)} << column;
    }
    const auto bit = static_cast<unsigned>(row * packed.stride());
    packed.free[bit / 64] |= free << bit % 64;
    if (bit % 64 != 0 && bit / 64 < 7) packed.free[bit / 64 + 1] |= free >> (64 - bit % 64);
  }
  return packed;
}

void packed_field_portable(const PackedMaze& maze, Cell goal, Distance* out) {
  const int num_words = (maze.num_bits() + 63) / 64;
  const Flooded flooded = flood(maze, goal + goal / maze.shape.width, num_words);
  std::array<std::uint8_t, 512> low;
  std::array<std::uint8_t, 512> high{};
  std::array<std::uint8_t, 512> reached;
  const int num_digits = flooded.num_digits;
  read_digits(flooded.digits.data(), std::min(num_digits, 8), num_words, low.data());
  if (num_digits > 8) read_digits(&flooded.digits[8], num_digits - 8, num_words, high.data());
  read_digits(&flooded.reached, 1, num_words, reached.data());
  for (std::int32_t row = 0; row < maze.shape.height; ++row) {
    const std::int32_t first = row * maze.stride();
    for (std::int32_t column = 0; column < maze.shape.width; ++column) {
      const auto i = static_cast<std::size_t>(first + column);
      const Distance mask = reached[i] - 1;  // all ones where nothing was reached
      *out++ = low[i] | high[i] << 8 | mask;
    }
  }
}

namespace {

std::atomic<bool> is_avx512_used{has_avx512()};

}  // namespace

bool use_avx512(bool is_wanted) {
  is_avx512_used = is_wanted && has_avx512();
  return is_avx512_used;
}

void packed_field(const PackedMaze& maze, Cell goal, Distance* out) {
  if (is_avx512_used.load(std::memory_order_relaxed)) {
    packed_field_avx512(maze, goal, out);
  } else {
    packed_field_portable(maze, goal, out);
  }
}

}  // namespace mlsearch
