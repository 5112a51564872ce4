#include "data/pairs.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace mlsearch {
namespace {

constexpr std::int64_t kPairsPerRange = 8192;

}  // namespace

PairSampler::PairSampler(const TrajectoryTable& trajectories, const PairOptions& options,
                         std::vector<double> cumulative_weights)
    : options_(options),
      groups_per_batch_(
          static_cast<std::uint64_t>(options.batch_size / options.pairs_per_trajectory)),
      cumulative_weights_(std::move(cumulative_weights)) {
  const std::int64_t* offsets = trajectories.offsets;
  sources_.reserve(static_cast<std::size_t>(trajectories.num_trajectories));
  for (std::int64_t i = 0; i < trajectories.num_trajectories; ++i) {
    const auto length = static_cast<std::int32_t>(offsets[i + 1] - offsets[i] - 1);
    if (static_cast<std::size_t>(length) >= cumulative_weights_.size()) {
      throw std::invalid_argument("cumulative_weights: none for offset " + std::to_string(length));
    }
    if (length == 0) continue;
    const auto trajectory = static_cast<std::int32_t>(i);
    sources_.push_back({offsets[i], length, trajectory, trajectories.worlds[i]});
  }
  if (sources_.empty()) {
    throw std::invalid_argument("trajectories: expected at least one with a step, got none");
  }
}

void PairSampler::sample(std::int64_t first_batch, std::int64_t num_batches, const PairColumns& out,
                         const Execution& execution) const {
  const std::int64_t pairs = options_.pairs_per_trajectory;
  const std::uint64_t first = static_cast<std::uint64_t>(first_batch) * groups_per_batch_;
  parallel_for(num_batches * (options_.batch_size / pairs), kPairsPerRange / pairs + 1, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken&) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   sample_group(first + static_cast<std::uint64_t>(i), i * pairs, out);
                 }
               });
}

void PairSampler::sample_group(std::uint64_t group, std::int64_t at, const PairColumns& out) const {
  Stream stream(options_.seed, group);
  const Source& source = sources_[stream.below(static_cast<std::uint32_t>(sources_.size()))];
  const std::uint8_t symmetry = symmetry_of(group / groups_per_batch_, source.world);
  for (std::int64_t i = at; i < at + options_.pairs_per_trajectory; ++i) {
    const std::int32_t anchor = options_.to_end ? spread_at(stream.uniform(), i - at, source.length)
                                                : anchor_at(stream, source.length);
    const std::int32_t left = source.length - anchor;
    out.trajectory[i] = source.trajectory;
    out.position[i] = source.begin + anchor;
    out.offset[i] = options_.to_end ? left : offset_at(stream.uniform(), left);
    out.symmetry[i] = symmetry;
  }
}

std::int32_t PairSampler::anchor_at(Stream& stream, std::int32_t length) {
  return static_cast<std::int32_t>(stream.below(static_cast<std::uint32_t>(length)));
}

// Where pair `number` of a group begins, 0 .. length.
std::int32_t PairSampler::spread_at(double uniform, std::int64_t number,
                                    std::int32_t length) const {
  const double part =
      (static_cast<double>(number) + uniform) / static_cast<double>(options_.pairs_per_trajectory);
  return std::min(static_cast<std::int32_t>(part * (length + 1)), length);
}

// The inverse of the distribution function of the offsets 1 .. longest.
std::int32_t PairSampler::offset_at(double uniform, std::int32_t longest) const {
  const double* weights = cumulative_weights_.data() + 1;
  const double target = uniform * weights[longest - 1];
  std::int32_t below = 0;  // binary search without branches: they could not be predicted
  for (std::int32_t left = longest; left > 1;) {
    const std::int32_t half = left / 2;
    below += weights[below + half - 1] <= target ? half : 0;
    left -= half;
  }
  return 1 + below;
}

// The same for all pairs of a world in a batch: else it would tell them apart.
std::uint8_t PairSampler::symmetry_of(std::uint64_t batch, std::int32_t world) const {
  if (options_.num_symmetries == 1) return 0;
  Stream of_batch(options_.symmetry_seed, batch);
  Stream of_world(of_batch.bits(), static_cast<std::uint64_t>(world));
  return static_cast<std::uint8_t>(of_world.below(options_.num_symmetries));
}

}  // namespace mlsearch
