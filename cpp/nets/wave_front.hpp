// Waves that are computed only where they move.
//
// A cell changes in a step only if one of its 3 x 3 surroundings has changed in the step before.
// Ahead of a front nothing has, and behind it nothing does any more, so that a wave costs about as
// many steps of a cell as its front is thick: its time grows with the area of the maze, and not
// with the area times the length of the ways in it.
#pragma once

#include <cstdint>
#include <vector>

#include "core/floats.hpp"
#include "nets/wave.hpp"
#include "nets/wave_kernels.hpp"

namespace mlsearch {

// One wave after the other in the same medium, in memory that is used again.
class WaveFront {
 public:
  WaveFront(const WaveMedium& medium, const WaveEnd& end);

  // Writes the waiting times [H * W] for the drive of one wave.
  void run(const float* drive, float* times, StopToken& stop);

  // Writes the wave itself after end.longest steps, [H * W].
  void run_to_end(const float* drive, float* wave, StopToken& stop);

 private:
  void begin(const float* drive);
  void list_all();
  float advance(std::int64_t step);
  void list_around_changes(std::int32_t step);
  void list(std::int32_t chunk, std::int32_t step);
  [[nodiscard]] bool is_check_due(std::int64_t step) const;
  [[nodiscard]] std::int64_t next_check(std::int64_t step) const;
  void write(std::int64_t num_steps, float* times) const;

  const WaveMedium& medium_;
  const WaveEnd& end_;
  WaveChunks layout_;
  Floats memory_;
  float *drive_, *wave_, *after_, *waited_;
  std::vector<std::int32_t> waits_, listed_, chunks_, before_;  // listed_: in which step
  std::vector<std::uint8_t> changed_;
};

// Writes the waves after `num_steps` steps, [num_waves, H * W]: of drives without a spark, what
// cells are at rest.
void front_waves(const WaveMedium& medium, const float* drive, std::int64_t num_waves,
                 std::int64_t num_steps, float* waves, const Execution& execution);

// As wave_times, for any size of maze; end.check_every is at least 1. Moves each wave by itself.
void front_times(const WaveMedium& medium, const float* drive, std::int64_t num_waves,
                 const WaveEnd& end, float* times, const Execution& execution);

}  // namespace mlsearch
