// Training pairs drawn from trajectories, and the arrays that encoders read.
#pragma once

#include <cstdint>
#include <vector>

#include "core/parallel.hpp"
#include "data/walks.hpp"
#include "domains/maze/grid.hpp"

namespace mlsearch {

// The dihedral symmetries of a rectangle by number: bit 2 transposes (squares only), then
// bit 0 flips the rows and bit 1 the columns. 0 is the identity, 3 the half turn.
using Symmetry = std::uint8_t;

constexpr std::uint32_t num_symmetries(Shape shape) { return shape.height == shape.width ? 8 : 4; }

struct PairOptions {
  std::int64_t batch_size;
  std::int64_t pairs_per_trajectory;  // divides batch_size
  std::uint32_t num_symmetries;       // 1: the identity only
  std::uint64_t seed;
  std::uint64_t symmetry_seed;
};

// Where the columns of a run of batches are written, batch after batch.
struct PairColumns {
  std::int32_t* trajectory;
  std::int32_t* maze;
  Cell* anchor;
  Cell* positive;
  Cell* next;  // the cell right after the anchor
  std::int32_t* offset;
  Symmetry* symmetry;
};

// Draws pairs (s_i, s_{i+k}) of a trajectory s_0 .. s_L. Group g of batch n draws from
// Stream(seed, n * groups_per_batch + g): a trajectory with L >= 1 by below(), then for each of
// its pairs i by below(L) and k by uniform() through the cumulative weights cut at L - i.
class PairSampler {
 public:
  // cumulative_weights[k] is the sum of the weights of the offsets 1 .. k; it has an entry for
  // every k from 0 to the longest length. The cells must outlive the sampler.
  // Throws std::invalid_argument if no trajectory has a step, or the weights are too few.
  PairSampler(const TrajectoryBatch& trajectories, const PairOptions& options,
              std::vector<double> cumulative_weights);

  // The batches first_batch .. first_batch + num_batches - 1.
  void sample(std::int64_t first_batch, std::int64_t num_batches, const PairColumns& out,
              const Execution& execution) const;

 private:
  struct Source {
    std::int64_t begin;  // of its cells
    std::int32_t length;
    std::int32_t trajectory;
    std::int32_t maze;
  };

  void sample_group(std::uint64_t group, std::int64_t at, const PairColumns& out) const;
  [[nodiscard]] std::int32_t offset_at(double uniform, std::int32_t longest) const;
  [[nodiscard]] Symmetry symmetry_of(std::uint64_t batch, std::int32_t maze) const;

  const Cell* cells_;
  PairOptions options_;
  std::uint64_t groups_per_batch_;
  std::vector<double> cumulative_weights_;
  std::vector<Source> sources_;
};

// Writes for each of `count` states its maze with the agent in it: 1 wall, 0 free, `agent` at
// the state's cell; moved by symmetry[i] unless `symmetry` is null. out is [count, cells].
void encode_states(MazeBatch mazes, const std::int32_t* maze_index, const Cell* cells,
                   const Symmetry* symmetry, std::int64_t count, float agent, float* out,
                   const Execution& execution);

}  // namespace mlsearch
