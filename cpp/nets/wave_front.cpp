#include "nets/wave_front.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace mlsearch {
namespace {

constexpr float kNeverExcited = -1e30F;
constexpr std::int64_t kRangesOfCall = 64;  // each range of waves shares the memory of one front
constexpr std::int32_t kAlways = std::numeric_limits<std::int32_t>::max();

// Calls visit(front, where the wave's first cell is, stop) for each wave.
template <class Visit>
void for_waves(const WaveMedium& medium, const WaveEnd& end, std::int64_t num_waves,
               const Execution& execution, Visit&& visit) {
  const std::int64_t grain = std::max<std::int64_t>(1, num_waves / kRangesOfCall);
  parallel_for(num_waves, grain, execution,
               [&](std::int64_t begin, std::int64_t last, StopToken& stop) {
                 WaveFront front(medium, end);
                 for (std::int64_t i = begin; i < last; ++i) {
                   visit(front, std::int64_t{i} * medium.shape.cells(), stop);
                 }
               });
}

}  // namespace

WaveFront::WaveFront(const WaveMedium& medium, const WaveEnd& end)
    : medium_(medium),
      end_(end),
      layout_{medium.shape},
      memory_(floats(4 * layout_.size())),
      drive_(memory_.get()),
      wave_(drive_ + layout_.size()),
      after_(wave_ + layout_.size()),
      waited_(after_ + layout_.size()),
      waits_(static_cast<std::size_t>(layout_.num())),
      listed_(waits_.size()) {
  chunks_.reserve(waits_.size());
  before_.reserve(waits_.size());
  changed_.resize(waits_.size());
}

void WaveFront::run(const float* drive, float* times, StopToken& stop) {
  begin(drive);
  list_all();
  for (std::int64_t step = 0; step < end_.longest; ++step) {
    stop.check();
    if (chunks_.empty()) return write(next_check(step), times);
    const float change = advance(step);
    if (is_check_due(step) && change < end_.still * end_.still) return write(step, times);
    list_around_changes(static_cast<std::int32_t>(step));
  }
  write(end_.longest, times);
}

void WaveFront::run_to_end(const float* drive, float* wave, StopToken& stop) {
  begin(drive);
  list_all();
  for (std::int64_t step = 0; step < end_.longest && !chunks_.empty(); ++step) {
    stop.check();
    advance(step);
    list_around_changes(static_cast<std::int32_t>(step));
  }
  for (std::int32_t row = 0; row < layout_.shape.height; ++row) {
    wave =
        std::copy_n(wave_ + layout_.first_of_row(row) * kCellsOfChunk, layout_.shape.width, wave);
  }
}

// Returns the square of the largest change.
float WaveFront::advance(std::int64_t step) {
  const ChunkFields fields{drive_, wave_, after_, waited_, waits_.data()};
  const float change = wave_kernels().advance_chunks(
      layout_, medium_.kernel, fields, static_cast<std::int32_t>(step), chunks_.data(),
      static_cast<std::int64_t>(chunks_.size()), changed_.data());
  std::swap(wave_, after_);
  return change;
}

void WaveFront::begin(const float* drive) {
  std::fill_n(drive_, layout_.size(), kNeverExcited);
  for (float* field : {wave_, after_, waited_}) std::fill_n(field, layout_.size(), 0.0F);
  for (std::int32_t row = 0; row < layout_.shape.height; ++row) {
    std::copy_n(drive + std::int64_t{row} * layout_.shape.width, layout_.shape.width,
                drive_ + layout_.first_of_row(row) * kCellsOfChunk);
  }
  std::fill(waits_.begin(), waits_.end(), 0);
}

void WaveFront::list_all() {
  std::fill(listed_.begin(), listed_.end(), kAlways);  // the margin is never listed
  chunks_.clear();
  for (std::int32_t row = 0; row < layout_.shape.height; ++row) {
    const std::int32_t first = layout_.first_of_row(row);
    for (std::int32_t chunk = first; chunk < first + layout_.columns() - 2; ++chunk) {
      listed_[static_cast<std::size_t>(chunk)] = 0;
      chunks_.push_back(chunk);
    }
  }
}

void WaveFront::list_around_changes(std::int32_t step) {
  std::swap(chunks_, before_);
  chunks_.clear();
  const std::int32_t row = layout_.columns();
  for (std::size_t i = 0; i < before_.size(); ++i) {
    if (changed_[i] == 0) continue;
    const std::int32_t left = (changed_[i] & kFirst) != 0 ? -1 : 0;
    const std::int32_t right = (changed_[i] & kLast) != 0 ? 1 : 0;
    for (std::int32_t chunk : {before_[i] - row, before_[i], before_[i] + row}) {
      for (std::int32_t by = left; by <= right; ++by) list(chunk + by, step + 1);
    }
  }
}

void WaveFront::list(std::int32_t chunk, std::int32_t step) {
  std::int32_t& listed = listed_[static_cast<std::size_t>(chunk)];
  if (listed >= step) return;
  listed = step;
  chunks_.push_back(chunk);
}

bool WaveFront::is_check_due(std::int64_t step) const {
  return step >= medium_.shape.height && step % end_.check_every == 0;
}

// Nothing changes any more from this step on: when does the wave end?
std::int64_t WaveFront::next_check(std::int64_t step) const {
  const std::int64_t earliest = std::max<std::int64_t>(step, medium_.shape.height);
  const std::int64_t due = (earliest + end_.check_every - 1) / end_.check_every * end_.check_every;
  return std::min(due, end_.longest);
}

void WaveFront::write(std::int64_t num_steps, float* times) const {
  const std::int32_t width = layout_.shape.width;
  for (std::int32_t row = 0; row < layout_.shape.height; ++row) {
    for (std::int32_t column = 0; column < width; ++column) {
      const std::int32_t chunk = layout_.first_of_row(row) + column / std::int32_t{kCellsOfChunk};
      const std::int64_t cell = layout_.first_of_row(row) * kCellsOfChunk + column;
      const std::int64_t left = num_steps - waits_[static_cast<std::size_t>(chunk)];
      *times++ = waited_[cell] + static_cast<float>(left) * (1.0F - wave_[cell]);
    }
  }
}

void front_times(const WaveMedium& medium, const float* drive, std::int64_t num_waves,
                 const WaveEnd& end, float* times, const Execution& execution) {
  for_waves(medium, end, num_waves, execution,
            [&](WaveFront& front, std::int64_t first_cell, StopToken& stop) {
              front.run(drive + first_cell, times + first_cell, stop);
            });
}

void front_waves(const WaveMedium& medium, const float* drive, std::int64_t num_waves,
                 std::int64_t num_steps, float* waves, const Execution& execution) {
  for_waves(medium, WaveEnd{num_steps, 0, 0}, num_waves, execution,
            [&](WaveFront& front, std::int64_t first_cell, StopToken& stop) {
              front.run_to_end(drive + first_cell, waves + first_cell, stop);
            });
}

}  // namespace mlsearch
