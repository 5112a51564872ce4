#include "data/pairs.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/rng.hpp"

namespace mlsearch {
namespace {

constexpr std::int64_t kPairsPerRange = 8192;
constexpr std::int64_t kCellsPerRange = 1 << 18;

// Walks the cells of a map in the order in which a symmetry shows them.
struct Traversal {
  std::int32_t first;
  std::int32_t row_step;
  std::int32_t column_step;
};

Traversal traversal(Shape shape, Symmetry symmetry) {
  Traversal result{0, shape.width, 1};
  if (symmetry & 4) std::swap(result.row_step, result.column_step);
  if (symmetry & 1) {
    result.first += result.row_step * (shape.height - 1);
    result.row_step = -result.row_step;
  }
  if (symmetry & 2) {
    result.first += result.column_step * (shape.width - 1);
    result.column_step = -result.column_step;
  }
  return result;
}

Cell transformed(Cell cell, Shape shape, Symmetry symmetry) {
  std::int32_t row = cell / shape.width;
  std::int32_t column = cell % shape.width;
  if (symmetry & 4) std::swap(row, column);
  if (symmetry & 1) row = shape.height - 1 - row;
  if (symmetry & 2) column = shape.width - 1 - column;
  return row * shape.width + column;
}

#if defined(__x86_64__) && defined(__GNUC__)
// The same loop in wider registers takes a quarter less time.
__attribute__((target("avx2"))) void widen_avx2(const std::uint8_t* bytes, Cell count, float* out) {
  for (Cell i = 0; i < count; ++i) out[i] = bytes[i];
}

void widen(const std::uint8_t* bytes, Cell count, float* out) {
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
  if (has_avx2) return widen_avx2(bytes, count, out);
  std::copy_n(bytes, count, out);
}
#else
void widen(const std::uint8_t* bytes, Cell count, float* out) { std::copy_n(bytes, count, out); }
#endif

void encode_walls(MazeView maze, Symmetry symmetry, float* out) {
  if (symmetry == 0) return widen(maze.walls, maze.shape.cells(), out);
  const Traversal order = traversal(maze.shape, symmetry);
  const std::uint8_t* row = maze.walls + order.first;
  for (std::int32_t r = 0; r < maze.shape.height; ++r, row += order.row_step) {
    for (std::int32_t c = 0; c < maze.shape.width; ++c) *out++ = row[c * order.column_step];
  }
}

}  // namespace

PairSampler::PairSampler(const TrajectoryBatch& trajectories, const PairOptions& options,
                         std::vector<double> cumulative_weights)
    : cells_(trajectories.cells),
      options_(options),
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
    sources_.push_back({offsets[i], length, trajectory, trajectories.maze_index[i]});
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
  const Cell* states = cells_ + source.begin;
  const Symmetry symmetry = symmetry_of(group / groups_per_batch_, source.maze);
  for (std::int64_t i = at; i < at + options_.pairs_per_trajectory; ++i) {
    const auto anchor =
        static_cast<std::int32_t>(stream.below(static_cast<std::uint32_t>(source.length)));
    const std::int32_t offset = offset_at(stream.uniform(), source.length - anchor);
    out.trajectory[i] = source.trajectory;
    out.maze[i] = source.maze;
    out.anchor[i] = states[anchor];
    out.next[i] = states[anchor + 1];
    out.positive[i] = states[anchor + offset];
    out.offset[i] = offset;
    out.symmetry[i] = symmetry;
  }
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

// The same for all pairs of a maze in a batch: else it would tell them apart.
Symmetry PairSampler::symmetry_of(std::uint64_t batch, std::int32_t maze) const {
  if (options_.num_symmetries == 1) return 0;
  Stream of_batch(options_.symmetry_seed, batch);
  Stream of_maze(of_batch.bits(), static_cast<std::uint64_t>(maze));
  return static_cast<Symmetry>(of_maze.below(options_.num_symmetries));
}

void encode_states(MazeBatch mazes, const std::int32_t* maze_index, const Cell* cells,
                   const Symmetry* symmetry, std::int64_t count, float agent, float* out,
                   const Execution& execution) {
  const std::int64_t size = mazes.shape.cells();
  parallel_for(count, kCellsPerRange / size + 1, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken&) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   const Symmetry moved = symmetry == nullptr ? Symmetry{0} : symmetry[i];
                   float* encoded = out + i * size;
                   encode_walls(mazes[maze_index[i]], moved, encoded);
                   encoded[transformed(cells[i], mazes.shape, moved)] = agent;
                 }
               });
}

}  // namespace mlsearch
