// Distance fields of mazes that fit into 512 bits: all cells advance at once, by shifts.
//
// The reached cells of level t are those of level t - 1 and their free neighbours. A cell at
// distance d is unreached before the levels 1 .. d, so binary digit b of d is the parity of the
// multiples of 2^b among them: at every level t, the digits 0 .. (trailing zeros of t) of the
// unreached cells flip. What is left unreached at the end holds garbage and is masked out.
#pragma once

#include "mlsearch/bfs.hpp"

namespace mlsearch {

inline constexpr int max_digits = 10;     // distances below 512, and one digit that stays unused
inline constexpr int levels_at_once = 8;  // between two looks whether anything has changed

// Whether a maze fits, with rows shorter than a word.
constexpr bool fits_packed(Shape shape) {
  return shape.width < 63 && shape.height * (shape.width + 1) <= 512;
}

PackedMaze pack(MazeView maze);

// Writes the field of `goal` to out[shape.cells()].
void packed_field(const PackedMaze& maze, Cell goal, Distance* out);

// Its two ways; the AVX-512 one may be called only where has_avx512() is true.
void packed_field_portable(const PackedMaze& maze, Cell goal, Distance* out);
void packed_field_avx512(const PackedMaze& maze, Cell goal, Distance* out);
bool has_avx512();

}  // namespace mlsearch
