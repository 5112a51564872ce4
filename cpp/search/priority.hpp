// What the queue of a weighted search is ordered by.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace mlsearch {

// g + weight * h, computed exactly but for one rounding in float64 and one to float32.
inline float weighted_priority(std::int32_t steps, float weight, float prediction) {
  const double exact = steps + double{weight} * double{prediction};
  constexpr double kLargest = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(exact, -kLargest, kLargest));
}

}  // namespace mlsearch
