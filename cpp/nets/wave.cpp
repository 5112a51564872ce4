#include "nets/wave.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/floats.hpp"
#include "nets/wave_front.hpp"
#include "nets/wave_kernels.hpp"

namespace mlsearch {
namespace {

// Waves first .. first + num - 1, taken together.
struct Block {
  std::int64_t first, num;
};

std::int64_t num_blocks(std::int64_t num_waves) {
  return (num_waves + kWavesOfBlock - 1) / kWavesOfBlock;
}

Block block_of(std::int64_t number, std::int64_t num_waves) {
  const std::int64_t first = number * kWavesOfBlock;
  return {first, std::min(kWavesOfBlock, num_waves - first)};
}

// From [num, cells] to [cells, 16]; missing waves are 0.
void lay_side_by_side(const float* from, Block block, std::int64_t cells, float* to) {
  std::fill_n(to, cells * kWavesOfBlock, 0.0F);
  for (std::int64_t wave = 0; wave < block.num; ++wave) {
    const float* values = from + (block.first + wave) * cells;
    for (std::int64_t cell = 0; cell < cells; ++cell)
      to[cell * kWavesOfBlock + wave] = values[cell];
  }
}

void lay_one_by_one(const float* from, Block block, std::int64_t cells, float* to) {
  for (std::int64_t wave = 0; wave < block.num; ++wave) {
    float* values = to + (block.first + wave) * cells;
    for (std::int64_t cell = 0; cell < cells; ++cell) {
      values[cell] = from[cell * kWavesOfBlock + wave];
    }
  }
}

// Memory of a thread for the fields of a block, used again from block to block and call to call.
class Fields {
 public:
  Fields(WaveFields shape, std::int64_t num_plain, std::int64_t num_framed)
      : shape_(shape),
        num_plain_(num_plain),
        memory_(of_thread().get(num_plain * shape.size() + num_framed * shape.framed_size())) {
    for (std::int64_t i = 0; i < num_framed; ++i) clear_margin(framed(i));
  }

  [[nodiscard]] float* plain(std::int64_t i) const { return memory_ + i * shape_.size(); }
  [[nodiscard]] float* framed(std::int64_t i) const {
    return memory_ + num_plain_ * shape_.size() + i * shape_.framed_size();
  }
  void clear(std::int64_t i) const { std::fill_n(framed(i), shape_.framed_size(), 0.0F); }

 private:
  void clear_margin(float* field) const {
    const std::int64_t row = shape_.framed_width() * kWavesOfBlock;
    std::fill_n(field, row, 0.0F);
    std::fill_n(field + shape_.framed_size() - row, row, 0.0F);
    for (std::int64_t i = 1; i <= shape_.shape.height; ++i) {
      std::fill_n(field + i * row, kWavesOfBlock, 0.0F);
      std::fill_n(field + (i + 1) * row - kWavesOfBlock, kWavesOfBlock, 0.0F);
    }
  }

  static Workspace& of_thread() {
    thread_local Workspace memory;
    return memory;
  }

  WaveFields shape_;
  std::int64_t num_plain_;
  float* memory_;
};

// Time steps of a block, until all of its waves have ended.
class Spread {
 public:
  Spread(const WaveMedium& medium, const WaveEnd& end, std::int64_t num_waves)
      : medium_(medium), end_(end), num_waves_(num_waves), shape_{medium.shape} {}

  void run(const float* drive, std::int64_t number, float* times, StopToken& stop) {
    const Block block = block_of(number, num_waves_);
    const std::int64_t cells = medium_.shape.cells();
    const Fields fields(shape_, 2, 2);
    float* const driven = fields.plain(0);
    total_ = fields.plain(1);
    lay_side_by_side(drive, block, cells, driven);
    std::fill_n(total_, shape_.size(), 0.0F);
    fields.clear(0);
    float* wave = fields.framed(0);
    float* after = fields.framed(1);
    std::array<float, kWavesOfBlock> change{};
    std::int64_t num_left = block.num;
    has_ended_.fill(false);
    for (std::int64_t step = 0; step < end_.longest; ++step) {
      stop.check();
      wave_kernels().advance(shape_, medium_.kernel, driven, wave, after, total_, change.data());
      if (is_check_due(step)) num_left -= end_still_waves(block, step, change, times);
      if (num_left == 0) return;
      std::swap(wave, after);
    }
    add_last(wave);
    for (std::int64_t i = 0; i < block.num; ++i) {
      if (!has_ended_[static_cast<std::size_t>(i)]) write(block.first, i, end_.longest, times);
    }
  }

 private:
  [[nodiscard]] bool is_check_due(std::int64_t step) const {
    return end_.check_every > 0 && step >= medium_.shape.height && step % end_.check_every == 0;
  }

  std::int64_t end_still_waves(Block block, std::int64_t step,
                               const std::array<float, kWavesOfBlock>& change, float* times) {
    std::int64_t ended = 0;
    for (std::int64_t i = 0; i < block.num; ++i) {
      const auto lane = static_cast<std::size_t>(i);
      if (has_ended_[lane] || !(change[lane] < end_.still * end_.still)) continue;
      has_ended_[lane] = true;
      write(block.first, i, step, times);
      ++ended;
    }
    return ended;
  }

  void add_last(const float* wave) {
    std::int64_t cell = 0;
    for (std::int64_t row = 0; row < medium_.shape.height; ++row) {
      const float* from = wave + shape_.framed(row, 0);
      for (std::int64_t i = 0; i < medium_.shape.width * kWavesOfBlock; ++i)
        total_[cell++] += from[i];
    }
  }

  void write(std::int64_t first, std::int64_t wave, std::int64_t num_steps, float* times) const {
    const std::int64_t cells = medium_.shape.cells();
    float* const to = times + (first + wave) * cells;
    for (std::int64_t cell = 0; cell < cells; ++cell) {
      to[cell] = static_cast<float>(num_steps) - total_[cell * kWavesOfBlock + wave];
    }
  }

  const WaveMedium& medium_;
  const WaveEnd& end_;
  std::int64_t num_waves_;
  WaveFields shape_;
  float* total_ = nullptr;
  std::array<bool, kWavesOfBlock> has_ended_{};
};

// The gradient of a block: all waves are made anew and kept, and then gone back over.
void block_gradient(const WaveMedium& medium, const float* drive, Block block,
                    std::int64_t num_steps, const float* time_gradients, float* drive_gradients,
                    double* kernel_gradients, StopToken& stop) {
  const WaveFields shape{medium.shape};
  const std::int64_t cells = medium.shape.cells();
  const Fields fields(shape, 4, num_steps + 3);
  float* const driven = fields.plain(0);
  float* const of_times = fields.plain(1);
  float* const of_drive = fields.plain(2);
  float* const total = fields.plain(3);
  lay_side_by_side(drive, block, cells, driven);
  lay_side_by_side(time_gradients, block, cells, of_times);
  std::fill_n(of_drive, shape.size(), 0.0F);
  std::fill_n(total, shape.size(), 0.0F);
  std::array<float, kWavesOfBlock> change{};
  fields.clear(0);
  fields.clear(num_steps + 1);
  for (std::int64_t step = 0; step < num_steps; ++step) {
    stop.check();
    wave_kernels().advance(shape, medium.kernel, driven, fields.framed(step),
                           fields.framed(step + 1), total, change.data());
  }
  float* later = fields.framed(num_steps + 1);
  float* now = fields.framed(num_steps + 2);
  for (std::int64_t step = num_steps; step > 0; --step) {
    stop.check();
    wave_kernels().retreat(shape, medium.kernel, fields.framed(step), fields.framed(step - 1),
                           of_times, later, now, of_drive, kernel_gradients);
    std::swap(later, now);
  }
  lay_one_by_one(of_drive, block, cells, drive_gradients);
}

}  // namespace

void wave_times(const WaveMedium& medium, const float* drive, std::int64_t num_waves,
                const WaveEnd& end, float* times, const Execution& execution) {
  if (end.check_every > 0 && medium.shape.cells() > kCellsOfSmallMaze) {
    front_times(medium, drive, num_waves, end, times, execution);
    return;
  }
  parallel_for(num_blocks(num_waves), 1, execution,
               [&](std::int64_t begin, std::int64_t last, StopToken& stop) {
                 Spread spread(medium, end, num_waves);
                 for (std::int64_t i = begin; i < last; ++i) spread.run(drive, i, times, stop);
               });
}

void wave_gradient(const WaveMedium& medium, const float* drive, std::int64_t num_waves,
                   std::int64_t num_steps, const float* time_gradients, float* drive_gradients,
                   float* kernel_gradients, const Execution& execution) {
  constexpr std::size_t taps = 9;
  std::vector<std::array<double, taps>> of_kernel(static_cast<std::size_t>(num_blocks(num_waves)));
  parallel_for(num_blocks(num_waves), 1, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   block_gradient(medium, drive, block_of(i, num_waves), num_steps, time_gradients,
                                  drive_gradients, of_kernel[static_cast<std::size_t>(i)].data(),
                                  stop);
                 }
               });
  for (std::size_t tap = 0; tap < taps; ++tap) {
    double total = 0;
    for (const auto& part : of_kernel) total += part[tap];
    kernel_gradients[tap] = static_cast<float>(total);
  }
}

}  // namespace mlsearch
