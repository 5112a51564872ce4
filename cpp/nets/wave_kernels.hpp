// A time step of 16 waves, compiled for several kinds of registers.
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
};

// Those for the widest registers.
const WaveKernels& wave_kernels();

}  // namespace mlsearch
