#include "nets/trunk_kernels.hpp"

#include <algorithm>

#include "nets/dense.hpp"
#include "core/registers.hpp"

namespace mlsearch {
namespace {

bool is_cut_off(std::int64_t stage) { return stage == 0 || stage % 2 == 1; }

template <int N, int R>
MLSEARCH_INLINE void forward_rows(const TrunkWeights& weights, const float* const* turned,
                                  const float* x, std::int64_t num_rows, ChunkTrace trace,
                                  float* out) {
  const auto [hidden, num_blocks, num_out] = weights.shape;
  const std::int64_t num_stages = weights.shape.num_stages();
  for (std::int64_t stage = 0; stage < num_stages; ++stage) {
    float* normed = trace.normed(stage);
    if (stage > 0) {
      multiply<N, R>({{trace.left(stage - 1), hidden},
                      {turned[stage], hidden},
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
                  {turned[num_stages], num_out},
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
                                   const float* out_slopes, std::int64_t num_rows,
                                   ChunkSlopes slopes, float* x_slopes) {
  const auto [hidden, num_blocks, num_out] = weights.shape;
  const std::int64_t num_stages = weights.shape.num_stages();
  std::fill_n(slopes.sums(), ChunkSlopes::sums_size(weights.shape), 0.0F);
  for (std::int64_t i = 0; i < num_rows; ++i) {
    for (std::int64_t j = 0; j < num_out; ++j) slopes.out_sum()[j] += out_slopes[i * num_out + j];
  }
  // Even stages leave their gradient in `outer`, as two stages before it is added; odd in `inner`.
  float* outer = slopes.spare(0);
  float* inner = slopes.spare(1);
  linear_backward<N, R>(weights, num_stages, out_slopes, num_rows, nullptr, outer);
  for (std::int64_t stage = num_stages - 1; stage >= 0; --stage) {
    const bool is_even = stage % 2 == 0;
    float* in_slopes = stage > 0 ? slopes.of_linear(stage) : x_slopes;
    for (std::int64_t i = 0; i < num_rows; ++i) {
      const std::int64_t at = i * hidden;
      norm_backward<N>(
          {(is_even ? outer : inner) + at, trace.normed(stage) + at, trace.scales(stage)[i],
           weights.gain(stage), is_cut_off(stage) ? trace.left(stage) + at : nullptr,
           in_slopes + at, slopes.sum(stage, 0), slopes.sum(stage, 1), slopes.sum(stage, 2)},
          hidden);
    }
    if (stage == 0) break;
    const float* added = is_even ? nullptr : outer;
    linear_backward<N, R>(weights, stage, in_slopes, num_rows, added, is_even ? inner : outer);
  }
}

template <int N, int R>
MLSEARCH_INLINE void outer_product(const float* slopes, std::int64_t num_outputs, const float* left,
                                   std::int64_t num_rows, std::int64_t hidden, std::int64_t first,
                                   std::int64_t num, float* weight_slopes) {
  float* to = weight_slopes + first * hidden;
  multiply<N, R>({{slopes + first, 1, num_outputs},
                  {left, hidden},
                  {to, hidden},
                  to,
                  hidden,
                  num,
                  hidden,
                  num_rows});
}

#define MLSEARCH_TRUNK_KERNELS(name, target, N, R)                                                \
  target void forward_##name(const TrunkWeights& weights, const float* const* turned,             \
                             const float* x, std::int64_t num_rows, ChunkTrace trace,             \
                             float* out) {                                                        \
    forward_rows<N, R>(weights, turned, x, num_rows, trace, out);                                 \
  }                                                                                               \
  target void backward_##name(const TrunkWeights& weights, ChunkTrace trace,                      \
                              const float* out_slopes, std::int64_t num_rows, ChunkSlopes slopes, \
                              float* x_slopes) {                                                  \
    backward_rows<N, R>(weights, trace, out_slopes, num_rows, slopes, x_slopes);                  \
  }                                                                                               \
  target void outer_##name(const float* slopes, std::int64_t num_outputs, const float* left,      \
                           std::int64_t num_rows, std::int64_t hidden, std::int64_t first,        \
                           std::int64_t num, float* to) {                                         \
    outer_product<N, R>(slopes, num_outputs, left, num_rows, hidden, first, num, to);             \
  }                                                                                               \
  constexpr TrunkKernels name##_kernels{&forward_##name, &backward_##name, &outer_##name};

MLSEARCH_EVERY_WIDTH(MLSEARCH_TRUNK_KERNELS)

}  // namespace

const TrunkKernels& trunk_kernels() { return MLSEARCH_WIDEST; }

}  // namespace mlsearch
