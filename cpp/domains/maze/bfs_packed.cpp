#include "domains/maze/bfs_packed.hpp"

#include <algorithm>

#include "core/registers.hpp"
#include "domains/maze/packed_flood.hpp"

namespace mlsearch {
namespace packed {
namespace {

constexpr unsigned kMostInByte = 126;  // counts after which a distance takes a byte

// A byte for each cell of N fields, by colour, word and bit, with room for reading past the end.
template <int N, int W>
struct Bytes {
  std::uint8_t of[N][2][W * 64 + 32];
};

// Writes bytes 0 (the lowest) or 1 of the distances, which are 2 n + `number`; -1 if not reached.
template <int N, int W, bool kIsHigh>
MLSEARCH_INLINE void read_bytes(const Colour<N, W>& colour, unsigned counts, int number,
                                Bytes<N, W>& out) {
  for (int w = 0; w < W; ++w) {
    Words<N> digits[kDigits], words[8];
    read_digits(colour, w, counts, digits);
    const Words<N> unreached = ~colour.reached[w];
    for (int i = 0; i < 8; ++i) words[i] = unreached;
    if constexpr (kIsHigh) {
      words[0] |= digits[7];
    } else {
      words[0] |= Words<N>{} - static_cast<std::uint64_t>(number);
      for (int i = 1; i < 8; ++i) words[i] |= digits[i - 1];
    }
    write_bytes<N>(words, out.of[0][number] + 64 * w, sizeof out.of[0]);
  }
}

// Columns are counted from 1 where this is 1, so that the goal is of the colour of cell (0, 0).
MLSEARCH_INLINE unsigned shift_of(const PackedSource& source) {
  const auto goal = static_cast<unsigned>(source.goal);
  const auto width = static_cast<unsigned>(source.maze->shape.width);
  return (goal / width + goal % width) % 2;
}

// Lays the bytes of both colours in the order of the cells.
template <int W>
MLSEARCH_INLINE void interleave(const std::uint8_t (&bytes)[2][W * 64 + 32], Shape shape,
                                unsigned shift, std::uint8_t* out) {
  const auto height = static_cast<unsigned>(shape.height);
  const auto width = static_cast<unsigned>(shape.width);
  const auto bits = static_cast<unsigned>(row_bits(shape));
  for (unsigned row = 0; row < height; ++row, out += width) {
    const unsigned place = row % W * 64 + row / W * bits;
    const unsigned colour = row % 2 ^ shift;
    const std::uint8_t* const first = bytes[colour] + place;
    const std::uint8_t* const second = bytes[1 - colour] + place + shift;
    for (unsigned column = 0; column < width; column += 32) {
      zip(first + column / 2, second + column / 2, out + column);
    }
  }
}

template <int N, int W, bool kIsLong>
MLSEARCH_INLINE void write_fields(const Colour<N, W>& near, const Colour<N, W>& far,
                                  unsigned counts, std::span<const PackedSource> sources) {
  Bytes<N, W> low, high;
  read_bytes<N, W, false>(near, counts, 0, low);
  read_bytes<N, W, false>(far, counts, 1, low);
  if constexpr (kIsLong) {
    read_bytes<N, W, true>(near, counts, 0, high);
    read_bytes<N, W, true>(far, counts, 1, high);
  }
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const Shape shape = sources[i].maze->shape;
    const unsigned shift = shift_of(sources[i]);
    std::uint8_t lower[kMostCells + 32], upper[kMostCells + 32];
    interleave<W>(low.of[i], shape, shift, lower);
    if constexpr (kIsLong) interleave<W>(high.of[i], shape, shift, upper);
    Distance* const out = sources[i].out;
    for (std::int32_t cell = 0; cell < shape.cells(); ++cell) {
      if constexpr (kIsLong) {
        out[cell] = static_cast<std::int16_t>(lower[cell] | upper[cell] << 8);
      } else {
        out[cell] = static_cast<std::uint8_t>(lower[cell] + 1) - 1;
      }
    }
    out[sources[i].goal] = 0;  // a goal with no free neighbour has been lost
  }
}

// The words of N sources, by lane.
template <int N, int W>
struct Placed {
  std::uint64_t near_free[W][N], far_free[W][N], goal[W][N];
};

template <int N, int W>
MLSEARCH_INLINE void place(const PackedSource& source, int lane, Placed<N, W>& placed) {
  const PackedMaze& maze = *source.maze;
  const unsigned shift = shift_of(source);
  for (std::size_t w = 0; w < W; ++w) {
    const std::uint64_t low = shift == 0 ? maze.free[0][w] : maze.free[1][w] << 1;
    const std::uint64_t high = maze.free[1 - shift][w];
    placed.near_free[w][lane] = w % 2 == 0 ? low : high;
    placed.far_free[w][lane] = w % 2 == 0 ? high : low;
    placed.goal[w][lane] = 0;
  }
  const auto goal = static_cast<unsigned>(source.goal);
  const auto width = static_cast<unsigned>(maze.shape.width);
  const unsigned row = goal / width;
  const unsigned slot = row / W * static_cast<unsigned>(row_bits(maze.shape));
  placed.goal[row % W][lane] = std::uint64_t{1} << (slot + (goal % width + shift) / 2);
}

template <int N, int W>
MLSEARCH_INLINE void fields_of(std::span<const PackedSource> sources) {
  Placed<N, W> placed;
  for (std::size_t i = 0; i < N; ++i) {  // the last one again in lanes that are left
    place(sources[std::min(i, sources.size() - 1)], static_cast<int>(i), placed);
  }
  Colour<N, W> near, far;
  std::memcpy(near.free, placed.near_free, sizeof near.free);
  std::memcpy(far.free, placed.far_free, sizeof far.free);
  std::memcpy(near.reached, placed.goal, sizeof near.reached);
  const unsigned counts = flood<N, W>(near, far, row_bits(sources[0].maze->shape));
  if (counts <= kMostInByte) {
    write_fields<N, W, false>(near, far, counts, sources);
  } else {
    write_fields<N, W, true>(near, far, counts, sources);
  }
}

#define MLSEARCH_DEFINE(name, target, N, R)                                          \
  target PackedMaze name##_pack(MazeView maze) { return pack(maze); }                \
  target void name##_fields(std::span<const PackedSource> sources) {                 \
    constexpr int lanes = lanes_of(N);                                               \
    const int words = packed_words(sources[0].maze->shape);                          \
    return words == 4 ? fields_of<lanes, 4>(sources) : fields_of<lanes, 8>(sources); \
  }                                                                                  \
  constexpr PackedKernels name##_kernels{lanes_of(N), &name##_pack, &name##_fields};
MLSEARCH_EVERY_WIDTH(MLSEARCH_DEFINE)
#undef MLSEARCH_DEFINE

}  // namespace
}  // namespace packed

const PackedKernels& packed_kernels() {
  using namespace packed;
  return MLSEARCH_WIDEST;
}

}  // namespace mlsearch
