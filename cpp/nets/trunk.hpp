// The trunk of a BroNet and its gradient: layer norms, linear layers and residuals in one go.
//
// It is a row of stages 0 .. 2 * num_blocks. Stage 0 normalizes the input; every other stage s
// applies linear layer s to what stage s - 1 left and normalizes that. Then even stages but 0 add
// what stage s - 2 left, all others cut off below zero. A last linear layer makes the output.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/floats.hpp"
#include "core/parallel.hpp"

namespace mlsearch {

struct TrunkShape {
  std::int64_t hidden;  // a multiple of `lanes`
  std::int64_t num_blocks;
  std::int64_t out;  // a multiple of `lanes`

  static constexpr std::int64_t lanes = 16;
  [[nodiscard]] std::int64_t num_stages() const { return 2 * num_blocks + 1; }
  [[nodiscard]] std::int64_t outputs(std::int64_t linear) const {  // of linear layer 1, 2, ...
    return linear == num_stages() ? out : hidden;
  }
  [[nodiscard]] std::int64_t num_parts() const { return 4 * num_stages(); }
  [[nodiscard]] std::int64_t part_size(std::int64_t part) const;
  [[nodiscard]] std::int64_t num_weights() const;
  friend bool operator==(const TrunkShape&, const TrunkShape&) = default;
};

// Views of the weights: gain and bias of norm 0, then for each linear layer its weight
// [outputs, hidden], its bias and, except for the last, gain and bias of the norm behind it.
struct TrunkWeights {
  TrunkShape shape;
  std::vector<const float*> parts;

  [[nodiscard]] const float* gain(std::int64_t stage) const { return part(4 * stage); }
  [[nodiscard]] const float* shift(std::int64_t stage) const { return part(4 * stage + 1); }
  [[nodiscard]] const float* weight(std::int64_t linear) const { return part(4 * linear - 2); }
  [[nodiscard]] const float* bias(std::int64_t linear) const { return part(4 * linear - 1); }

 private:
  [[nodiscard]] const float* part(std::int64_t i) const {
    return parts[static_cast<std::size_t>(i)];
  }
};

// What a forward pass over rows leaves behind for the backward pass.
struct TrunkTrace {
  TrunkShape shape{};
  std::int64_t num_rows = 0;
  Workspace memory;
};

// Memory that both passes need meanwhile.
struct TrunkScratch {
  Workspace packed;
  Workspace gradients;
};

// Writes the output [num_rows, out] of x [num_rows, hidden]; fills `trace` unless it is null.
void trunk_forward(const TrunkWeights& weights, const float* x, std::int64_t num_rows, float* out,
                   TrunkTrace* trace, TrunkScratch& scratch, const Execution& execution);

// Writes rows first .. first + num - 1 of an input, each `hidden` long, to `to`.
using WriteRows = std::function<void(std::int64_t first, std::int64_t num, float* to)>;

// The same of rows that are made where they are used, so that x never lies in memory as a whole.
void trunk_forward(const TrunkWeights& weights, const WriteRows& write, std::int64_t num_rows,
                   float* out, TrunkScratch& scratch, const Execution& execution);

// From the gradient of the output to that of x. The gradients of all weights, one after the other,
// are added to `weight_gradients`. The same whatever the number of threads.
void trunk_backward(const TrunkWeights& weights, const TrunkTrace& trace,
                    const float* out_gradients, float* x_gradients, float* weight_gradients,
                    TrunkScratch& scratch, const Execution& execution);

}  // namespace mlsearch
