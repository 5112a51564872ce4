#include "nets/bronet.hpp"

#include <algorithm>

namespace mlsearch {

BroNet::BroNet(SparseShape first, float agent, TrunkShape trunk, const float* weights)
    : first_{first, agent, weights, weights + first.num_weight_rows() * first.hidden},
      trunk_{trunk, {}} {
  const float* part = weights + first.num_weights();
  for (std::int64_t i = 0; i < trunk.num_parts(); ++i) {
    trunk_.parts.push_back(part);
    part += trunk.part_size(i);
  }
}

double BroNet::gradient(const SparseRows& rows, const Loss& loss, float* weight_gradients,
                        const Execution& execution) {
  const std::int64_t num_rows = rows.num_rows();
  const std::int64_t out_size = num_rows * trunk_.shape.out;
  float* const x = x_.get(num_rows * first_.shape.hidden);  // later its gradient
  float* const out = out_.get(out_size);
  float* const out_gradients = out_gradients_.get(out_size);
  std::fill_n(weight_gradients, num_weights(), 0.0F);
  sparse_forward(first_, rows, x, scratch_, execution);
  trunk_forward(trunk_, x, num_rows, out, &trace_, trunk_scratch_, execution);
  const double value = loss(out, out_gradients, scratch_);
  trunk_backward(trunk_, trace_, out_gradients, x, weight_gradients + first_.shape.num_weights(),
                 trunk_scratch_, execution);
  sparse_backward(first_, rows, x, weight_gradients, scratch_, execution);
  return value;
}

}  // namespace mlsearch
