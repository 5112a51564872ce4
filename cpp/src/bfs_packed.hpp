// Distance fields of mazes that fit into one AVX-512 register: all cells advance at once.
//
// The reached cells of level t are those of level t - 1 and their free neighbours. A cell at
// distance d is unreached before the levels 1 .. d, so binary digit b of d is the parity of the
// multiples of 2^b among them: at every level t, the digits 0 .. (trailing zeros of t) of the
// unreached cells flip. What is left unreached at the end holds garbage and is masked out.
#pragma once

#include "mlsearch/bfs.hpp"

namespace mlsearch {

// Whether this processor can do it, and use_avx512() has not forbidden it.
bool is_avx512_used();

// Whether a maze fits, with rows shorter than a word.
constexpr bool fits_packed(Shape shape) {
  return shape.width < 63 && shape.height * (shape.width + 1) <= 512;
}

// A field to compute: the distances to `goal`, written to out[shape.cells()].
struct PackedSource {
  const PackedMaze* maze;
  Cell goal;
  Distance* out;
};

// Both may be called only where is_avx512_used(). Two fields take little longer than one; the
// same source may be given twice.
PackedMaze pack(MazeView maze);
void packed_fields(const PackedSource& first, const PackedSource& second);

}  // namespace mlsearch
