// Waves that spread over mazes: an excitable medium, stepped in time, and its gradient.
//
// With wave 0 = 0, step t makes of each cell
//   wave t = sigmoid(drive + sum over its 3 x 3 surroundings of kernel * wave t - 1),
// where all is 0 outside of the maze. What is wanted is how long each cell waits for the wave: the
// number of steps minus the sum of all waves.
#pragma once

#include <cstdint>

#include "core/parallel.hpp"
#include "domains/maze/grid.hpp"

namespace mlsearch {

struct WaveMedium {
  Shape shape;
  const float* kernel;  // [3, 3]
};

// When a wave ends.
struct WaveEnd {
  std::int64_t longest;      // number of steps
  std::int64_t check_every;  // after the height of the maze; 0: only `longest` ends a wave
  float still;               // a wave also ends when, at a check, no cell changes by so much
};

// Up to so many cells, sixteen waves at a time go through all cells in every step. In larger mazes
// a wave that ends when it is still goes by itself and only where it moves: see wave_front.hpp.
inline constexpr std::int32_t kCellsOfSmallMaze = 1024;

// Writes the waiting times [num_waves, H * W] for drives of the same shape. No wave depends on
// another.
void wave_times(const WaveMedium& medium, const float* drive, std::int64_t num_waves,
                const WaveEnd& end, float* times, const Execution& execution);

// From the gradient of the times after `num_steps` steps to that of the drives; writes both and the
// gradient of the kernel, [3, 3]. Computes the waves anew, which is cheaper than to keep them.
// The same whatever the number of threads.
void wave_gradient(const WaveMedium& medium, const float* drive, std::int64_t num_waves,
                   std::int64_t num_steps, const float* time_gradients, float* drive_gradients,
                   float* kernel_gradients, const Execution& execution);

}  // namespace mlsearch
