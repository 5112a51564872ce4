// What only a weighted search remembers about a state it has seen.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace mlsearch {

struct Known {
  static constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

  double cost = 0.0;            // g: of the cheapest path found so far
  float prediction = kUnknown;  // h: kUnknown until it is given
  std::uint32_t last_push = 0;
};

// g + weight * h, computed exactly but for one rounding in float64 and one to float32.
inline float weighted_priority(double cost, float weight, float prediction) {
  const double exact = cost + double{weight} * double{prediction};
  constexpr double kLargest = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(exact, -kLargest, kLargest));
}

}  // namespace mlsearch
