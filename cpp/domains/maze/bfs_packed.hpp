// Distance fields of small mazes in bits: all cells of several floods advance at once.
//
// A lane of a register holds a word of a flood, so eight, four or two floods lie side by side and
// take the same instructions.
#pragma once

#include <cstddef>
#include <span>

#include "domains/maze/bfs.hpp"
#include "domains/maze/packed_maze.hpp"

namespace mlsearch {

// A field to compute: the distances to `goal`, a free cell, written to out[shape.cells()].
struct PackedSource {
  const PackedMaze* maze;
  Cell goal;
  Distance* out;
};

// What packs a maze that fits, and what computes up to `at_once` fields of mazes of one shape,
// which take little longer than one.
struct PackedKernels {
  std::size_t at_once;
  PackedMaze (*pack)(MazeView maze);
  void (*fields)(std::span<const PackedSource> sources);
};
inline constexpr std::size_t most_packed_at_once = 8;

// Those for the widest registers.
const PackedKernels& packed_kernels();

}  // namespace mlsearch
