// The optimizer of a training step.
#pragma once

#include <cstdint>

#include "core/parallel.hpp"

namespace mlsearch {

// A step of AdamW (Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization").
struct AdamW {
  double rate;
  double first_decay;   // of the mean of gradients
  double second_decay;  // of the mean of their squares
  double epsilon;
  double weight_decay;
  std::int64_t number;  // of the step, from 1
};

// What a step reads and changes, each [num_weights].
struct AdamWState {
  float* weights;
  float* first_moments;
  float* second_moments;
  std::int64_t num_weights;
};

// Takes a step along `factor` times the gradients.
void adamw_step(const AdamW& settings, const AdamWState& state, const float* gradients,
                float factor, const Execution& execution);

// The L2 norm; the same whatever the number of threads.
double norm_of(const float* values, std::int64_t count, const Execution& execution);

}  // namespace mlsearch
