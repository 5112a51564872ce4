// A training step of a BroNet: the loss of a batch and its gradient.
#pragma once

#include <cstdint>
#include <functional>

#include "nets/first_layer.hpp"
#include "core/parallel.hpp"
#include "nets/trunk.hpp"

namespace mlsearch {

// Writes the gradient of the network's output to `slopes` and returns the loss.
using Loss = std::function<double(const float* out, float* slopes, Workspace& scratch)>;

// All weights lie one after the other: weight and bias of the first layer, then the trunk's.
class BroNet {
 public:
  BroNet(FirstLayerShape first, float agent, TrunkShape trunk, const float* weights);

  [[nodiscard]] std::int64_t num_weights() const {
    return first_.shape.num_weights() + trunk_.shape.num_weights();
  }
  [[nodiscard]] const FirstLayerShape& first_shape() const { return first_.shape; }
  [[nodiscard]] const TrunkShape& trunk_shape() const { return trunk_.shape; }

  // The loss of some rows; writes its gradient to `weight_slopes` [num_weights]. The same whatever
  // the number of threads. Not to be called by two threads at once.
  double gradient(const FirstLayerRows& rows, const Loss& loss, float* weight_slopes,
                  const Execution& execution);

 private:
  FirstLayer first_;
  TrunkWeights trunk_;
  TrunkTrace trace_;
  TrunkScratch trunk_scratch_;
  Workspace x_, out_, out_slopes_, scratch_;
};

}  // namespace mlsearch
