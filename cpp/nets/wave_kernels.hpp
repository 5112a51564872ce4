// A time step of 16 waves, or of parts of one, compiled for several kinds of registers.
#pragma once

#include <cstdint>

#include "domains/maze/grid.hpp"

namespace mlsearch {

// Waves of a block, whose values lie side by side for each cell: [cells, 16]. Framed fields have a
// margin of one cell all around: [H + 2, W + 2, 16].
inline constexpr std::int64_t kWavesOfBlock = 16;

struct WaveFields {
  Shape shape;

  [[nodiscard]] std::int64_t size() const { return shape.cells() * kWavesOfBlock; }
  [[nodiscard]] std::int64_t framed_width() const { return std::int64_t{shape.width} + 2; }
  [[nodiscard]] std::int64_t framed_size() const {
    return (std::int64_t{shape.height} + 2) * framed_width() * kWavesOfBlock;
  }
  // Where the values of a cell begin in a framed field.
  [[nodiscard]] std::int64_t framed(std::int64_t row, std::int64_t column) const {
    return ((row + 1) * framed_width() + column + 1) * kWavesOfBlock;
  }
};

// One wave in chunks of 16 cells of a row, with a margin of one chunk all around, so that chunk i
// begins at float 16 i and the cells beyond the last one of a row are never excited.
inline constexpr std::int64_t kCellsOfChunk = 16;

struct WaveChunks {
  Shape shape;

  [[nodiscard]] std::int32_t columns() const {
    return (shape.width + std::int32_t{kCellsOfChunk} - 1) / std::int32_t{kCellsOfChunk} + 2;
  }
  [[nodiscard]] std::int32_t num() const { return (shape.height + 2) * columns(); }
  [[nodiscard]] std::int32_t first_of_row(std::int32_t row) const {
    return (row + 1) * columns() + 1;
  }
  [[nodiscard]] std::int64_t size() const { return num() * kCellsOfChunk; }
};

// Which cells of a chunk a step has changed.
enum Changed : std::uint8_t { kAny = 1, kFirst = 2, kLast = 4 };

// The fields of one wave, each of WaveChunks::size() floats.
struct ChunkFields {
  const float* drive;
  const float* wave;
  float* after;
  float* waited;        // the sum of 1 - wave over the steps that `waits` counts
  std::int32_t* waits;  // of each chunk, the number of steps that `waited` has
};

struct WaveKernels {
  // The step from `wave` to `after`, both framed; adds `wave` to `total` and writes the square of
  // the largest change, [16].
  void (*advance)(WaveFields fields, const float* kernel, const float* drive, const float* wave,
                  float* after, float* total, float* change);
  // One step back: the gradient by what `wave` was made of `before` from (framed, to `excited`),
  // given that of the step after it (framed) and of the waiting times. Adds it to that of the
  // drive, and its products with `before`, summed over the cells, to `kernel_gradients` [9].
  void (*retreat)(WaveFields fields, const float* kernel, const float* wave, const float* before,
                  const float* time_gradients, const float* excited_after, float* excited,
                  float* drive_gradients, double* kernel_gradients);
  // Step number `step` of one wave, from `wave` to `after`, in `num` chunks alone. Writes for each
  // of them which of its cells have changed, and returns the square of the largest change.
  float (*advance_chunks)(WaveChunks layout, const float* kernel, ChunkFields fields,
                          std::int32_t step, const std::int32_t* chunks, std::int64_t num,
                          std::uint8_t* changed);
};

// Those for the widest registers.
const WaveKernels& wave_kernels();

}  // namespace mlsearch
