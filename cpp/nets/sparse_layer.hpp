// The first layer of a BroNet: sums of weight rows, as its inputs are a few active features.
#pragma once

#include <cstdint>
#include <vector>

#include "core/floats.hpp"
#include "core/parallel.hpp"

namespace mlsearch {

struct SparseShape {
  std::int64_t num_features;
  std::int64_t num_active;  // features of a state
  std::int64_t num_copies;  // of all features: 1, or 2 to tell a state from a goal
  std::int64_t hidden;      // a multiple of 16

  [[nodiscard]] std::int64_t num_weight_rows() const { return num_copies * num_features; }
  [[nodiscard]] std::int64_t num_weights() const { return (num_weight_rows() + 1) * hidden; }
};

// A row puts out the bias, the weight rows of its world's features in every copy, and `agent`
// times the weight rows of its states' active features.
struct SparseLayer {
  SparseShape shape;
  float agent;
  const float* weight;  // [num_weight_rows, hidden]
  const float* bias;    // [hidden]
};

// The pairs of a batch: states and goals, int64 [num_pairs, num_active], which lie in the worlds
// one after another, as many in each.
struct SparsePairs {
  const std::uint8_t* worlds;  // [num_worlds, num_features]: 1 for the features of a world
  std::int64_t num_worlds;
  const std::int64_t* states;
  const std::int64_t* goals;
  std::int64_t num_pairs;  // a multiple of num_worlds
  bool share_goals;        // whether all pairs of a world have the goal of its first
};

// With two copies a pair is a row; with one, all states are rows and then all goals. Goals that
// are shared are looked up once a world, if there are two copies.
struct SparseRows {
  const std::uint8_t* worlds;  // [num_worlds, num_features]: 1 for the features of a world
  std::int64_t num_worlds;
  std::int64_t num_pairs;            // a multiple of num_worlds
  std::vector<std::int64_t> active;  // [num_rows, active_per_row], weight rows
  std::vector<std::int64_t> shared;  // [num_worlds, shared_per_world], weight rows

  // Throws std::invalid_argument if states or goals hold what is no feature.
  SparseRows(const SparseShape& shape, const SparsePairs& pairs);

  [[nodiscard]] std::int64_t num_rows() const { return num_rows_; }
  [[nodiscard]] std::int64_t active_per_row() const {
    return static_cast<std::int64_t>(active.size()) / num_rows_;
  }
  [[nodiscard]] std::int64_t shared_per_world() const {
    return static_cast<std::int64_t>(shared.size()) / num_worlds;
  }
  [[nodiscard]] std::int64_t world_of(std::int64_t row) const {
    return row % num_pairs / (num_pairs / num_worlds);
  }

 private:
  std::int64_t num_rows_;
};

// Sums of rows, where a row is `factor` times the sum of some rows of a table and one base row.
struct SparseSums {
  const float* table;  // [table_rows, size]
  std::int64_t table_rows;
  float factor;
  const float* base;  // [base_rows, size]
  std::int64_t base_rows;
  const std::int64_t* base_of;  // [num_rows], which base row
  const std::int64_t* active;   // [num_rows, num_active], which rows of the table
  std::int64_t num_active;
  std::int64_t size;  // a multiple of 16

  // Writes rows first .. first + num - 1. Throws std::invalid_argument if a base row or a row of
  // the table does not exist.
  void write(std::int64_t first, std::int64_t num, float* to) const;
};

// Writes x [num_rows, hidden].
void sparse_forward(const SparseLayer& layer, const SparseRows& rows, float* x, Workspace& scratch,
                    const Execution& execution);

// Adds the gradients of weight and bias, one after the other, to `weight_gradients`, given that
// of x. The result does not depend on the number of threads.
void sparse_backward(const SparseLayer& layer, const SparseRows& rows, const float* x_gradients,
                     float* weight_gradients, Workspace& scratch, const Execution& execution);

}  // namespace mlsearch
