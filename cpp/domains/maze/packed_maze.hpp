// The free cells of a small maze as bits.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "core/lanes.hpp"
#include "domains/maze/grid.hpp"

namespace mlsearch {

// Words of a packed maze, 0 if it does not fit. Row r lies in word r % words, from bit
// r / words * row_bits(); no row touches the next one.
constexpr std::int32_t row_bits(Shape shape) { return shape.width / 2 + 1; }
constexpr std::int32_t packed_words(Shape shape) {
  if (shape.width >= 64) return 0;
  // A shortest path has at most 3 cells of each 2 x 2; its steps must fit into the digits.
  if (3 * ((shape.height + 1) / 2) * ((shape.width + 1) / 2) > 510) return 0;
  const std::int32_t rows = 64 / row_bits(shape);
  return shape.height <= 4 * rows ? 4 : shape.height <= 8 * rows ? 8 : 0;
}

// Those of even columns, and those of odd columns.
struct PackedMaze {
  std::array<std::array<std::uint64_t, 8>, 2> free;
  Shape shape;
};

namespace packed {

constexpr int kMostCells = 680;  // of a maze that fits

// The bits of eight bytes, each 0 or 1: of the even ones in the lower half, of the odd ones in the
// upper one. The factor brings each byte to a place of its own.
MLSEARCH_INLINE unsigned halves_of(const std::uint8_t* bytes) {
  std::uint64_t eight;
  std::memcpy(&eight, bytes, sizeof eight);
  return static_cast<unsigned>(eight * 0x0110022004400880 >> 56);
}

// The free cells of even number and those of odd number, as bits.
struct Halves {
  std::uint8_t bits[2][kMostCells / 16 + 9]{};

  // 64 bits from number `first` on, some of which are past the end.
  [[nodiscard]] MLSEARCH_INLINE std::uint64_t from(unsigned half, unsigned first) const {
    std::uint64_t word;
    std::memcpy(&word, bits[half] + first / 8, sizeof word);
    return word >> first % 8;
  }
};

MLSEARCH_INLINE void split(MazeView maze, Halves& halves) {
  std::uint8_t free[kMostCells + 16];
  const std::int32_t cells = maze.shape.cells();
  for (std::int32_t i = 0; i < cells; ++i) free[i] = maze.walls[i] == 0;
  std::fill(free + cells, free + cells + 16, std::uint8_t{0});
  for (std::int32_t i = 0; i < cells; i += 16) {
    const unsigned low = halves_of(free + i);
    const unsigned high = halves_of(free + i + 8);
    halves.bits[0][i / 16] = static_cast<std::uint8_t>((low & 15) | high << 4);
    halves.bits[1][i / 16] = static_cast<std::uint8_t>(low >> 4 | (high & 0xF0));
  }
}

MLSEARCH_INLINE PackedMaze pack(MazeView maze) {
  PackedMaze made{{}, maze.shape};
  Halves halves;
  split(maze, halves);
  const auto height = static_cast<unsigned>(maze.shape.height);
  const auto width = static_cast<unsigned>(maze.shape.width);
  const auto words = static_cast<unsigned>(packed_words(maze.shape));
  const auto bits = static_cast<unsigned>(row_bits(maze.shape));
  const std::uint64_t even_inside = (std::uint64_t{1} << (width + 1) / 2) - 1;
  const std::uint64_t odd_inside = (std::uint64_t{1} << width / 2) - 1;
  for (unsigned word = 0; word < words; ++word) {
    std::uint64_t even = 0;
    std::uint64_t odd = 0;
    for (unsigned row = word, slot = 0; row < height; row += words, slot += bits) {
      const unsigned first = row * width;
      even |= (halves.from(first % 2, first / 2) & even_inside) << slot;
      odd |= (halves.from(1 - first % 2, (first + 1) / 2) & odd_inside) << slot;
    }
    made.free[0][word] = even;
    made.free[1][word] = odd;
  }
  return made;
}

}  // namespace packed
}  // namespace mlsearch
