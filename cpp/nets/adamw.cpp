#include "nets/adamw.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "nets/step_kernels.hpp"

namespace mlsearch {
namespace {

constexpr std::int64_t kWeightsAtOnce = 8192;

}  // namespace

void adamw_step(const AdamW& settings, const AdamWState& state, const float* gradients,
                float factor, const Execution& execution) {
  const auto number = static_cast<double>(settings.number);
  const double first = 1 - std::pow(settings.first_decay, number);
  const double second = 1 - std::pow(settings.second_decay, number);
  const AdamWNumbers numbers{
      .kept = static_cast<float>(1 - settings.rate * settings.weight_decay),
      .first_rate = static_cast<float>(1 - settings.first_decay),
      .second_decay = static_cast<float>(settings.second_decay),
      .second_rate = static_cast<float>(1 - settings.second_decay),
      .step_size = static_cast<float>(settings.rate / first),
      .root_factor = static_cast<float>(1 / std::sqrt(second)),
      .epsilon = static_cast<float>(settings.epsilon),
      .gradient_factor = factor,
  };
  parallel_for(state.num_weights, kWeightsAtOnce, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken&) {
                 const AdamWState part{state.weights + begin, state.first_moments + begin,
                                       state.second_moments + begin, end - begin};
                 step_kernels().adamw(numbers, part, gradients + begin);
               });
}

double norm_of(const float* values, std::int64_t count, const Execution& execution) {
  std::vector<double> squares(static_cast<std::size_t>(count / kWeightsAtOnce + 1));
  parallel_for(count, kWeightsAtOnce, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken&) {
                 squares[static_cast<std::size_t>(begin / kWeightsAtOnce)] =
                     step_kernels().sum_of_squares(values + begin, end - begin);
               });
  return std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0));
}

}  // namespace mlsearch
