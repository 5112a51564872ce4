#include "nets/bronet.hpp"

#include <algorithm>

namespace mlsearch {

BroNet::BroNet(FirstLayerShape first, float agent, TrunkShape trunk, const float* weights)
    : first_{first, agent, weights, weights + first.num_weight_rows() * first.hidden},
      trunk_{trunk, {}} {
  const float* part = weights + first.num_weights();
  for (std::int64_t i = 0; i < trunk.num_parts(); ++i) {
    trunk_.parts.push_back(part);
    part += trunk.part_size(i);
  }
}

double BroNet::gradient(const FirstLayerRows& rows, const Loss& loss, float* weight_slopes,
                        const Execution& execution) {
  const std::int64_t num_rows = rows.num_rows();
  const std::int64_t out_size = num_rows * trunk_.shape.out;
  float* const x = x_.get(num_rows * first_.shape.hidden);  // later its gradient
  float* const out = out_.get(out_size);
  float* const out_slopes = out_slopes_.get(out_size);
  std::fill_n(weight_slopes, num_weights(), 0.0F);
  first_layer_forward(first_, rows, x, execution);
  trunk_forward(trunk_, x, num_rows, out, &trace_, trunk_scratch_, execution);
  const double value = loss(out, out_slopes, scratch_);
  trunk_backward(trunk_, trace_, out_slopes, x, weight_slopes + first_.shape.num_weights(),
                 trunk_scratch_, execution);
  first_layer_backward(first_, rows, x, weight_slopes, scratch_, execution);
  return value;
}

}  // namespace mlsearch
