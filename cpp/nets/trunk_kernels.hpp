// The work on some rows of a trunk, compiled for several kinds of registers.
#pragma once

#include "nets/dense.hpp"
#include "nets/trunk.hpp"

namespace mlsearch {

// Rows that are taken through all stages together. Their number depends on nothing but the shape,
// as sums over rows are made chunk by chunk: few enough for the caches, and enough to read the
// weights of wide layers, which no cache near a core holds, seldom.
inline std::int64_t chunk_rows(TrunkShape shape) { return shape.hidden > 512 ? 128 : 32; }

// The distance from a row of a chunk to the next. It is no power of two, whose multiples would
// share few places of a cache.
inline std::int64_t row_pitch(TrunkShape shape) { return shape.hidden + TrunkShape::lanes; }

// What is kept of a chunk: for each stage the normed rows, what the stage left, and the scales.
struct ChunkTrace {
  TrunkShape shape;
  float* memory;

  static std::int64_t size(TrunkShape shape) {
    return shape.num_stages() * chunk_rows(shape) * (2 * row_pitch(shape) + 1);
  }
  [[nodiscard]] float* normed(std::int64_t stage) const { return matrix(2 * stage); }
  [[nodiscard]] float* left(std::int64_t stage) const { return matrix(2 * stage + 1); }
  [[nodiscard]] float* scales(std::int64_t stage) const {
    return matrix(2 * shape.num_stages()) + stage * chunk_rows(shape);
  }

 private:
  [[nodiscard]] float* matrix(std::int64_t i) const {
    return memory + i * chunk_rows(shape) * row_pitch(shape);
  }
};

// The gradients that the rows of a chunk give: of what each linear layer put out, and the sums
// over the rows that are gradients of gains and biases.
struct ChunkGradients {
  TrunkShape shape;
  float* memory;

  static std::int64_t size(TrunkShape shape) {
    return (shape.num_stages() + 2) * chunk_rows(shape) * row_pitch(shape) + sums_size(shape);
  }
  static std::int64_t sums_size(TrunkShape shape) {
    return 3 * shape.num_stages() * shape.hidden + shape.out;
  }
  [[nodiscard]] float* of_linear(std::int64_t stage) const { return matrix(stage); }
  [[nodiscard]] float* spare(int which) const { return matrix(shape.num_stages() + which); }
  [[nodiscard]] float* sums() const { return matrix(shape.num_stages() + 2); }
  // Of the gain (0) and the bias (1) of a norm, and of the bias of the linear layer before (2).
  [[nodiscard]] float* sum(std::int64_t stage, int which) const {
    return sums() + (3 * stage + which) * shape.hidden;
  }
  [[nodiscard]] float* out_sum() const { return sum(shape.num_stages(), 0); }

 private:
  [[nodiscard]] float* matrix(std::int64_t i) const {
    return memory + i * chunk_rows(shape) * row_pitch(shape);
  }
};

struct TrunkKernels {
  std::int64_t panel;  // columns of a panel of `packed` weights
  // Rows x [num_rows, hidden] to out [num_rows, out]; `packed` are the transposed weights.
  void (*forward)(const TrunkWeights& weights, const float* const* packed, const float* x,
                  std::int64_t num_rows, ChunkTrace trace, float* out);
  // `packed` are the weights as they are.
  void (*backward)(const TrunkWeights& weights, const float* const* packed, ChunkTrace trace,
                   const float* out_gradients, std::int64_t num_rows, ChunkGradients gradients,
                   float* x_gradients);
  // Adds gradients^T left to rows first .. first + num - 1 of the gradient of a weight.
  void (*outer)(Matrix gradients, Matrix left, std::int64_t num_rows, std::int64_t hidden,
                std::int64_t first, std::int64_t num, float* weight_gradients);
};

// Those for the widest registers.
const TrunkKernels& trunk_kernels();

}  // namespace mlsearch
