#include "nets/wave_kernels.hpp"

#include <algorithm>

#include "core/lanes.hpp"
#include "core/registers.hpp"

namespace mlsearch {
namespace {

constexpr int kTaps = 9;

// From a cell of a framed field to tap number `tap` of its surroundings.
MLSEARCH_INLINE std::int64_t tap_offset(WaveFields fields, int tap) {
  return ((tap / 3 - 1) * fields.framed_width() + tap % 3 - 1) * kWavesOfBlock;
}

// NaN stays NaN, as `larger` gives its second argument then.
template <int N>
MLSEARCH_INLINE Lanes<N> sigmoid(Lanes<N> x) {
  const Lanes<N> zero{};
  const Lanes<N> least = zero - 80.0F;
  const Lanes<N> bounded = larger<N>(least, zero - larger<N>(least, x));
  return 1.0F / (exponential<N>(bounded) + 1.0F);
}

// Calls visit(cell's number, where it is in a framed field) for each cell.
template <class Visit>
MLSEARCH_INLINE void for_cells(WaveFields fields, Visit&& visit) {
  std::int64_t cell = 0;
  for (std::int64_t row = 0; row < fields.shape.height; ++row) {
    std::int64_t framed = fields.framed(row, 0);
    for (std::int64_t column = 0; column < fields.shape.width; ++column) {
      visit(cell, framed);
      cell += kWavesOfBlock;
      framed += kWavesOfBlock;
    }
  }
}

template <int N>
MLSEARCH_INLINE void advance(WaveFields fields, const float* kernel, const float* drive,
                             const float* wave, float* after, float* total, float* change) {
  std::int64_t offsets[kTaps];
  for (int tap = 0; tap < kTaps; ++tap) offsets[tap] = tap_offset(fields, tap);
  for (std::int64_t lane = 0; lane < kWavesOfBlock; lane += N) {
    Lanes<N> largest{};
    for_cells(fields, [&](std::int64_t cell, std::int64_t framed) MLSEARCH_INLINED {
      const float* at = wave + framed + lane;
      Lanes<N> excitation = load<N>(drive + cell + lane);
      for (int tap = 0; tap < kTaps; ++tap) excitation += kernel[tap] * load<N>(at + offsets[tap]);
      const Lanes<N> newer = sigmoid<N>(excitation), older = load<N>(at);
      store<N>(after + framed + lane, newer);
      store<N>(total + cell + lane, load<N>(total + cell + lane) + older);
      largest = larger<N>(largest, (newer - older) * (newer - older));
    });
    store<N>(change + lane, largest);
  }
}

template <int N>
MLSEARCH_INLINE void retreat(WaveFields fields, const float* kernel, const float* wave,
                             const float* before, const float* time_gradients,
                             const float* excited_after, float* excited, float* drive_gradients,
                             double* kernel_gradients) {
  std::int64_t offsets[kTaps];
  for (int tap = 0; tap < kTaps; ++tap) offsets[tap] = tap_offset(fields, tap);
  for (std::int64_t lane = 0; lane < kWavesOfBlock; lane += N) {
    Lanes<N> products[kTaps] = {};
    for_cells(fields, [&](std::int64_t cell, std::int64_t framed) MLSEARCH_INLINED {
      const float* later = excited_after + framed + lane;
      Lanes<N> gradient = Lanes<N>{} - load<N>(time_gradients + cell + lane);
      for (int tap = 0; tap < kTaps; ++tap) gradient += kernel[tap] * load<N>(later - offsets[tap]);
      const Lanes<N> value = load<N>(wave + framed + lane);
      const Lanes<N> of_excitation = gradient * value * (1.0F - value);
      store<N>(excited + framed + lane, of_excitation);
      store<N>(drive_gradients + cell + lane,
               load<N>(drive_gradients + cell + lane) + of_excitation);
      const float* around = before + framed + lane;
      for (int tap = 0; tap < kTaps; ++tap) {
        products[tap] += of_excitation * load<N>(around + offsets[tap]);
      }
    });
    for (int tap = 0; tap < kTaps; ++tap) {
      kernel_gradients[tap] += static_cast<double>(sum<N>(products[tap]));
    }
  }
}

template <int N>
MLSEARCH_INLINE std::uint8_t changed_cells(Lanes<N> squares, std::int64_t lane) {
  if (sum<N>(squares) == 0) return 0;  // a sum that is NaN is a change
  const bool is_first = lane == 0 && squares[0] != 0;
  const bool is_last = lane + N == kCellsOfChunk && squares[N - 1] != 0;
  return static_cast<std::uint8_t>(kAny | (is_first ? kFirst : 0) | (is_last ? kLast : 0));
}

template <int N>
MLSEARCH_INLINE float advance_chunks(WaveChunks layout, const float* kernel, ChunkFields fields,
                                     std::int32_t step, const std::int32_t* chunks,
                                     std::int64_t num, std::uint8_t* changed) {
  std::int64_t offsets[kTaps];
  for (int tap = 0; tap < kTaps; ++tap) {
    offsets[tap] = (tap / 3 - 1) * layout.columns() * kCellsOfChunk + tap % 3 - 1;
  }
  Lanes<N> largest{};
  for (std::int64_t i = 0; i < num; ++i) {
    const auto skipped = static_cast<float>(step - fields.waits[chunks[i]]);
    fields.waits[chunks[i]] = step + 1;
    changed[i] = 0;
    for (std::int64_t lane = 0; lane < kCellsOfChunk; lane += N) {
      const std::int64_t cell = chunks[i] * kCellsOfChunk + lane;
      Lanes<N> excitation = load<N>(fields.drive + cell);
      for (int tap = 0; tap < kTaps; ++tap) {
        excitation += kernel[tap] * load<N>(fields.wave + cell + offsets[tap]);
      }
      const Lanes<N> newer = sigmoid<N>(excitation), older = load<N>(fields.wave + cell);
      store<N>(fields.after + cell, newer);
      store<N>(fields.waited + cell,
               load<N>(fields.waited + cell) + skipped * (1.0F - older) + (1.0F - newer));
      const Lanes<N> squares = (newer - older) * (newer - older);
      largest = larger<N>(largest, squares);
      changed[i] |= changed_cells<N>(squares, lane);
    }
  }
  float found[N];
  store<N>(found, largest);
  return *std::max_element(found, found + N);
}

#define MLSEARCH_WAVE_KERNELS(name, target, N, R)                                                \
  target void advance_##name(WaveFields fields, const float* kernel, const float* drive,         \
                             const float* wave, float* after, float* total, float* change) {     \
    advance<N>(fields, kernel, drive, wave, after, total, change);                               \
  }                                                                                              \
  target void retreat_##name(WaveFields fields, const float* kernel, const float* wave,          \
                             const float* before, const float* time_gradients,                   \
                             const float* excited_after, float* excited, float* drive_gradients, \
                             double* kernel_gradients) {                                         \
    retreat<N>(fields, kernel, wave, before, time_gradients, excited_after, excited,             \
               drive_gradients, kernel_gradients);                                               \
  }                                                                                              \
  target float advance_chunks_##name(WaveChunks layout, const float* kernel, ChunkFields fields, \
                                     std::int32_t step, const std::int32_t* chunks,              \
                                     std::int64_t num, std::uint8_t* changed) {                  \
    return advance_chunks<N>(layout, kernel, fields, step, chunks, num, changed);                \
  }                                                                                              \
  constexpr WaveKernels name##_kernels{&advance_##name, &retreat_##name, &advance_chunks_##name};

MLSEARCH_EVERY_WIDTH(MLSEARCH_WAVE_KERNELS)

}  // namespace

const WaveKernels& wave_kernels() { return MLSEARCH_WIDEST; }

}  // namespace mlsearch
