#include "nets/trunk_kernels.hpp"

#include <algorithm>

#include "core/registers.hpp"
#include "nets/dense.hpp"

namespace mlsearch {
namespace {

bool is_cut_off(std::int64_t stage) { return stage == 0 || stage % 2 == 1; }

template <int N, int R>
MLSEARCH_INLINE void forward_rows(const TrunkWeights& weights, const float* const* transposed,
                                  const float* x, std::int64_t num_rows, ChunkTrace trace,
                                  float* out) {
  const auto [hidden, num_blocks, num_out] = weights.shape;
  const std::int64_t num_stages = weights.shape.num_stages();
  for (std::int64_t stage = 0; stage < num_stages; ++stage) {
    float* normed = trace.normed(stage);
    if (stage > 0) {
      multiply<N, R>({{trace.left(stage - 1), hidden},
                      {transposed[stage], hidden},
                      {weights.bias(stage), 0},
                      normed,
                      hidden,
                      num_rows,
                      hidden,
                      hidden});
    }
    const float* in = stage > 0 ? normed : x;
    const float* added = is_cut_off(stage) ? nullptr : trace.left(stage - 2);
    for (std::int64_t i = 0; i < num_rows; ++i) {
      const std::int64_t at = i * hidden;
      const NormForward norm{in + at,
                             weights.gain(stage),
                             weights.shift(stage),
                             added != nullptr ? added + at : nullptr,
                             normed + at,
                             trace.left(stage) + at};
      trace.scales(stage)[i] = norm_forward<N>(norm, hidden);
    }
  }
  multiply<N, R>({{trace.left(num_stages - 1), hidden},
                  {transposed[num_stages], num_out},
                  {weights.bias(num_stages), 0},
                  out,
                  num_out,
                  num_rows,
                  num_out,
                  hidden});
}

// The gradient of the rows that a linear layer took, from that of what it gave.
template <int N, int R>
MLSEARCH_INLINE void linear_backward(const TrunkWeights& weights, std::int64_t linear,
                                     const float* from, std::int64_t num_rows, const float* added,
                                     float* to) {
  const std::int64_t hidden = weights.shape.hidden, outputs = weights.shape.outputs(linear);
  multiply<N, R>({{from, outputs},
                  {weights.weight(linear), hidden},
                  {added, hidden},
                  to,
                  hidden,
                  num_rows,
                  hidden,
                  outputs});
}

template <int N, int R>
MLSEARCH_INLINE void backward_rows(const TrunkWeights& weights, ChunkTrace trace,
                                   const float* out_gradients, std::int64_t num_rows,
                                   ChunkGradients gradients, float* x_gradients) {
  const auto [hidden, num_blocks, num_out] = weights.shape;
  const std::int64_t num_stages = weights.shape.num_stages();
  std::fill_n(gradients.sums(), ChunkGradients::sums_size(weights.shape), 0.0F);
  for (std::int64_t i = 0; i < num_rows; ++i) {
    for (std::int64_t j = 0; j < num_out; ++j)
      gradients.out_sum()[j] += out_gradients[i * num_out + j];
  }
  // Even stages leave their gradient in `outer`, as two stages before it is added; odd in `inner`.
  float* outer = gradients.spare(0);
  float* inner = gradients.spare(1);
  linear_backward<N, R>(weights, num_stages, out_gradients, num_rows, nullptr, outer);
  for (std::int64_t stage = num_stages - 1; stage >= 0; --stage) {
    const bool is_even = stage % 2 == 0;
    float* in_gradients = stage > 0 ? gradients.of_linear(stage) : x_gradients;
    for (std::int64_t i = 0; i < num_rows; ++i) {
      const std::int64_t at = i * hidden;
      norm_backward<N>({(is_even ? outer : inner) + at, trace.normed(stage) + at,
                        trace.scales(stage)[i], weights.gain(stage),
                        is_cut_off(stage) ? trace.left(stage) + at : nullptr, in_gradients + at,
                        gradients.sum(stage, 0), gradients.sum(stage, 1), gradients.sum(stage, 2)},
                       hidden);
    }
    if (stage == 0) break;
    const float* added = is_even ? nullptr : outer;
    linear_backward<N, R>(weights, stage, in_gradients, num_rows, added, is_even ? inner : outer);
  }
}

template <int N, int R>
MLSEARCH_INLINE void outer_product(const float* gradients, std::int64_t num_outputs,
                                   const float* left, std::int64_t num_rows, std::int64_t hidden,
                                   std::int64_t first, std::int64_t num, float* weight_gradients) {
  float* to = weight_gradients + first * hidden;
  multiply<N, R>({{gradients + first, 1, num_outputs},
                  {left, hidden},
                  {to, hidden},
                  to,
                  hidden,
                  num,
                  hidden,
                  num_rows});
}

#define MLSEARCH_TRUNK_KERNELS(name, target, N, R)                                              \
  target void forward_##name(const TrunkWeights& weights, const float* const* transposed,       \
                             const float* x, std::int64_t num_rows, ChunkTrace trace,           \
                             float* out) {                                                      \
    forward_rows<N, R>(weights, transposed, x, num_rows, trace, out);                           \
  }                                                                                             \
  target void backward_##name(const TrunkWeights& weights, ChunkTrace trace,                    \
                              const float* out_gradients, std::int64_t num_rows,                \
                              ChunkGradients gradients, float* x_gradients) {                   \
    backward_rows<N, R>(weights, trace, out_gradients, num_rows, gradients, x_gradients);       \
  }                                                                                             \
  target void outer_##name(const float* gradients, std::int64_t num_outputs, const float* left, \
                           std::int64_t num_rows, std::int64_t hidden, std::int64_t first,      \
                           std::int64_t num, float* to) {                                       \
    outer_product<N, R>(gradients, num_outputs, left, num_rows, hidden, first, num, to);        \
  }                                                                                             \
  constexpr TrunkKernels name##_kernels{&forward_##name, &backward_##name, &outer_##name};

MLSEARCH_EVERY_WIDTH(MLSEARCH_TRUNK_KERNELS)

}  // namespace

const TrunkKernels& trunk_kernels() { return MLSEARCH_WIDEST; }

}  // namespace mlsearch
