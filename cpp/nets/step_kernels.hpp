// What a training step does beside the trunk, compiled for several kinds of registers.
#pragma once

#include <cstdint>

#include "nets/adamw.hpp"

namespace mlsearch {

// The numbers of an AdamW step as each weight needs them.
struct AdamWNumbers {
  float kept;  // part of the weight that decay leaves
  float first_rate;
  float second_decay;
  float second_rate;
  float step_size;
  float root_factor;
  float epsilon;
  float gradient_factor;
};

// What an anchor of the contrastive loss adds, and the sum of its pulls.
struct AnchorLoss {
  float loss;
  float pulls;
};

// Sizes of rows are multiples of 16.
struct StepKernels {
  // Adds `factor` times the sum of rows of a table [.., size] to one row.
  void (*add_rows)(const float* table, const std::int64_t* rows, std::int64_t num_rows,
                   float factor, std::int64_t size, float* to);
  // L2 distances from `num` points [num, size] to others, given transposed: [size, num_others].
  void (*distances)(const float* points, std::int64_t num, const float* others,
                    std::int64_t num_others, std::int64_t size, float* to);
  // From the distances of an anchor to `num` points, of which one is its own, to its pulls: how
  // strongly each is drawn to it, the negated gradient of the loss by a distance, over the
  // distance. Logits are distances divided by -temperature; `factor` weighs the gradient. The row
  // has room for a multiple of 16, where zeros follow.
  AnchorLoss (*pulls)(float* row, std::int64_t num, std::int64_t own, float temperature,
                      float factor);
  // Adds a [num_rows, depth] b [depth, size] to [num_rows, size]; a lies as a_row, a_column say.
  void (*add_product)(const float* a, std::int64_t a_row, std::int64_t a_column, const float* b,
                      std::int64_t num_rows, std::int64_t depth, std::int64_t size, float* to);
  void (*adamw)(const AdamWNumbers& numbers, const AdamWState& state, const float* gradients);
  double (*sum_of_squares)(const float* values, std::int64_t count);
};

// Those for the widest registers.
const StepKernels& step_kernels();

}  // namespace mlsearch
