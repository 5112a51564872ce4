// Distance fields of small mazes in AVX-512 registers: all cells advance at once.
//
// Moves change the colour of a cell on a chessboard. So the cells of one colour are kept apart
// from those of the other, and each level of a flood grows one colour out of the other: half the
// bits, and the cell beside another one is, on one side, at its own place. Two floods fit into
// one register where a maze has four words for each colour.
//
// Distances are counted in binary, for all cells at once: before every second level, the digits
// 0 .. (trailing zeros of the number of that count) of the unreached cells flip.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "domains/maze/bfs.hpp"

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

// The free cells of a small maze as bits, those of even row + column apart from the odd ones.
struct PackedMaze {
  std::array<std::array<std::uint64_t, 8>, 2> free;
  Shape shape;
};

// A field to compute: the distances to `goal`, a free cell, written to out[shape.cells()].
struct PackedSource {
  const PackedMaze* maze;
  Cell goal;
  Distance* out;
};

// So many fields take little longer than one.
inline constexpr std::size_t sources_at_once = 4;

// Both may be called only where is_avx512_used() and the mazes fit; sources are of one shape.
PackedMaze pack(MazeView maze);
void packed_fields(std::span<const PackedSource> sources);

}  // namespace mlsearch
