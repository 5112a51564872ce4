#include "nets/trunk_kernels.hpp"

#include <algorithm>

#include "core/registers.hpp"
#include "nets/dense.hpp"

namespace mlsearch {
namespace {

bool is_cut_off(std::int64_t stage) { return stage == 0 || stage % 2 == 1; }

template <int N, int R>
MLSEARCH_INLINE void forward_rows(const TrunkWeights& weights, const float* const* packed,
                                  const float* x, std::int64_t num_rows, ChunkTrace trace,
                                  float* out) {
  const auto [hidden, num_blocks, num_out] = weights.shape;
  const std::int64_t num_stages = weights.shape.num_stages(), pitch = row_pitch(weights.shape);
  for (std::int64_t stage = 0; stage < num_stages; ++stage) {
    float* normed = trace.normed(stage);
    if (stage > 0) {
      multiply_packed<N, R>({{trace.left(stage - 1), pitch},
                             {packed[stage], hidden},
                             {weights.bias(stage), 0},
                             normed,
                             pitch,
                             num_rows,
                             hidden,
                             hidden});
    }
    const Matrix in = stage > 0 ? Matrix{normed, pitch} : Matrix{x, hidden};
    const float* added = is_cut_off(stage) ? nullptr : trace.left(stage - 2);
    for (std::int64_t i = 0; i < num_rows; ++i) {
      const std::int64_t at = i * pitch;
      const NormForward norm{in.data + i * in.row, weights.gain(stage),
                             weights.shift(stage), added != nullptr ? added + at : nullptr,
                             normed + at,          trace.left(stage) + at};
      trace.scales(stage)[i] = norm_forward<N>(norm, hidden);
    }
  }
  multiply_packed<N, R>({{trace.left(num_stages - 1), pitch},
                         {packed[num_stages], num_out},
                         {weights.bias(num_stages), 0},
                         out,
                         num_out,
                         num_rows,
                         num_out,
                         hidden});
}

// The gradient of the rows that a linear layer took, from that of what it gave.
template <int N, int R>
MLSEARCH_INLINE void linear_backward(TrunkShape shape, std::int64_t linear, const float* packed,
                                     Matrix from, std::int64_t num_rows, const float* added,
                                     float* to) {
  const std::int64_t hidden = shape.hidden, pitch = row_pitch(shape);
  multiply_packed<N, R>(
      {from, {packed, hidden}, {added, pitch}, to, pitch, num_rows, hidden, shape.outputs(linear)});
}

template <int N, int R>
MLSEARCH_INLINE void backward_rows(const TrunkWeights& weights, const float* const* packed,
                                   ChunkTrace trace, const float* out_gradients,
                                   std::int64_t num_rows, ChunkGradients gradients,
                                   float* x_gradients) {
  const auto [hidden, num_blocks, num_out] = weights.shape;
  const std::int64_t num_stages = weights.shape.num_stages(), pitch = row_pitch(weights.shape);
  std::fill_n(gradients.sums(), ChunkGradients::sums_size(weights.shape), 0.0F);
  for (std::int64_t i = 0; i < num_rows; ++i) {
    for (std::int64_t j = 0; j < num_out; ++j)
      gradients.out_sum()[j] += out_gradients[i * num_out + j];
  }
  // Even stages leave their gradient in `outer`, as two stages before it is added; odd in `inner`.
  float* outer = gradients.spare(0);
  float* inner = gradients.spare(1);
  linear_backward<N, R>(weights.shape, num_stages, packed[num_stages], {out_gradients, num_out},
                        num_rows, nullptr, outer);
  for (std::int64_t stage = num_stages - 1; stage >= 0; --stage) {
    const bool is_even = stage % 2 == 0;
    float* in_gradients = stage > 0 ? gradients.of_linear(stage) : x_gradients;
    const std::int64_t in_pitch = stage > 0 ? pitch : hidden;
    for (std::int64_t i = 0; i < num_rows; ++i) {
      const std::int64_t at = i * pitch;
      norm_backward<N>(
          {(is_even ? outer : inner) + at, trace.normed(stage) + at, trace.scales(stage)[i],
           weights.gain(stage), is_cut_off(stage) ? trace.left(stage) + at : nullptr,
           in_gradients + i * in_pitch, gradients.sum(stage, 0), gradients.sum(stage, 1),
           gradients.sum(stage, 2)},
          hidden);
    }
    if (stage == 0) break;
    const float* added = is_even ? nullptr : outer;
    linear_backward<N, R>(weights.shape, stage, packed[stage], {in_gradients, pitch}, num_rows,
                          added, is_even ? inner : outer);
  }
}

template <int N, int R>
MLSEARCH_INLINE void outer_product(Matrix gradients, Matrix left, std::int64_t num_rows,
                                   std::int64_t hidden, std::int64_t first, std::int64_t num,
                                   float* weight_gradients) {
  float* to = weight_gradients + first * hidden;
  multiply<N, R>({{gradients.data + first, 1, gradients.row},
                  left,
                  {to, hidden},
                  to,
                  hidden,
                  num,
                  hidden,
                  num_rows});
}

#define MLSEARCH_TRUNK_KERNELS(name, target, N, R)                                                 \
  target void forward_##name(const TrunkWeights& weights, const float* const* packed,              \
                             const float* x, std::int64_t num_rows, ChunkTrace trace,              \
                             float* out) {                                                         \
    forward_rows<N, R>(weights, packed, x, num_rows, trace, out);                                  \
  }                                                                                                \
  target void backward_##name(const TrunkWeights& weights, const float* const* packed,             \
                              ChunkTrace trace, const float* out_gradients, std::int64_t num_rows, \
                              ChunkGradients gradients, float* x_gradients) {                      \
    backward_rows<N, R>(weights, packed, trace, out_gradients, num_rows, gradients, x_gradients);  \
  }                                                                                                \
  target void outer_##name(Matrix gradients, Matrix left, std::int64_t num_rows,                   \
                           std::int64_t hidden, std::int64_t first, std::int64_t num, float* to) { \
    outer_product<N, R>(gradients, left, num_rows, hidden, first, num, to);                        \
  }                                                                                                \
  constexpr TrunkKernels name##_kernels{panel_columns<N>, &forward_##name, &backward_##name,       \
                                        &outer_##name};

MLSEARCH_EVERY_WIDTH(MLSEARCH_TRUNK_KERNELS)

}  // namespace

const TrunkKernels& trunk_kernels() { return MLSEARCH_WIDEST; }

}  // namespace mlsearch
