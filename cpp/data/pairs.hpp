// Training pairs drawn from trajectories, as positions among all their states.
#pragma once

#include <cstdint>
#include <vector>

#include "core/parallel.hpp"
#include "core/rng.hpp"

namespace mlsearch {

// A view of trajectories: trajectory i has the states offsets[i] .. offsets[i + 1] - 1 of all.
struct TrajectoryTable {
  const std::int32_t* worlds;
  const std::int64_t* offsets;  // num_trajectories + 1 of them
  std::int64_t num_trajectories;
};

struct PairOptions {
  std::int64_t batch_size;
  std::int64_t pairs_per_trajectory;  // divides batch_size
  std::uint32_t num_symmetries;       // of a world, at most 256; 1: the identity only
  std::uint64_t seed;
  std::uint64_t symmetry_seed;
  bool to_end;  // whether every positive is the last state of its trajectory
};

// Where the columns of a run of batches are written, batch after batch.
struct PairColumns {
  std::int32_t* trajectory;
  std::int64_t* position;  // of the anchor
  std::int32_t* offset;    // from the anchor to the positive
  std::uint8_t* symmetry;
};

// Draws pairs (s_i, s_{i+k}) of a trajectory s_0 .. s_L. Group g of batch n draws from
// Stream(seed, n * groups_per_batch + g): a trajectory with L >= 1 by below(), then for each of
// its pairs i by below(L) and k by uniform() through the cumulative weights cut at L - i. To the
// end, pair j of P begins at the whole part of (j + uniform()) * (L + 1) / P, so that the pairs of
// a group are spread evenly over all states, the last one included, and k is what is left: 0 .. L.
class PairSampler {
 public:
  // cumulative_weights[k] is the sum of the weights of the offsets 1 .. k; it has an entry for
  // every k from 0 to the longest length. What it reads of the table is copied.
  // Throws std::invalid_argument if no trajectory has a step, or the weights are too few.
  PairSampler(const TrajectoryTable& trajectories, const PairOptions& options,
              std::vector<double> cumulative_weights);

  // The batches first_batch .. first_batch + num_batches - 1.
  void sample(std::int64_t first_batch, std::int64_t num_batches, const PairColumns& out,
              const Execution& execution) const;

 private:
  struct Source {
    std::int64_t begin;  // of its states
    std::int32_t length;
    std::int32_t trajectory;
    std::int32_t world;
  };

  void sample_group(std::uint64_t group, std::int64_t at, const PairColumns& out) const;
  [[nodiscard]] static std::int32_t anchor_at(Stream& stream, std::int32_t length);
  [[nodiscard]] std::int32_t spread_at(double uniform, std::int64_t number,
                                       std::int32_t length) const;
  [[nodiscard]] std::int32_t offset_at(double uniform, std::int32_t longest) const;
  [[nodiscard]] std::uint8_t symmetry_of(std::uint64_t batch, std::int32_t world) const;

  PairOptions options_;
  std::uint64_t groups_per_batch_;
  std::vector<double> cumulative_weights_;
  std::vector<Source> sources_;
};

}  // namespace mlsearch
