// A training step of a BroNet: the loss of a batch and its gradient.
#pragma once

#include <cstdint>
#include <functional>

#include "core/parallel.hpp"
#include "nets/sparse_layer.hpp"
#include "nets/trunk.hpp"

namespace mlsearch {

// Writes the gradient of the network's output to `gradients` and returns the loss.
using Loss = std::function<double(const float* out, float* gradients, Workspace& scratch)>;

// All weights lie one after the other: weight and bias of the first layer, then the trunk's.
class BroNet {
 public:
  BroNet(SparseShape first, float agent, TrunkShape trunk, const float* weights);

  [[nodiscard]] std::int64_t num_weights() const {
    return first_.shape.num_weights() + trunk_.shape.num_weights();
  }
  [[nodiscard]] const SparseShape& first_shape() const { return first_.shape; }
  [[nodiscard]] const TrunkShape& trunk_shape() const { return trunk_.shape; }

  // The loss of some rows; writes its gradient to `weight_gradients` [num_weights]. The same
  // whatever the number of threads. Not to be called by two threads at once.
  double gradient(const SparseRows& rows, const Loss& loss, float* weight_gradients,
                  const Execution& execution);

 private:
  SparseLayer first_;
  TrunkWeights trunk_;
  TrunkTrace trace_;
  TrunkScratch trunk_scratch_;
  Workspace x_, out_, out_gradients_, scratch_;
};

}  // namespace mlsearch
