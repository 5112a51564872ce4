#include "nets/step_kernels.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/registers.hpp"
#include "nets/dense.hpp"

namespace mlsearch {
namespace {

// C vectors of columns at once.
template <int N, int C>
MLSEARCH_INLINE void add_columns(const float* table, const std::int64_t* rows,
                                 std::int64_t num_rows, float factor, std::int64_t size,
                                 float* to) {
  Lanes<N> sums[C] = {};
  for (std::int64_t i = 0; i < num_rows; ++i) {
    const float* row = table + rows[i] * size;
    for (int j = 0; j < C; ++j) sums[j] += load<N>(row + j * N);
  }
  for (int j = 0; j < C; ++j) store<N>(to + j * N, load<N>(to + j * N) + factor * sums[j]);
}

template <int N>
MLSEARCH_INLINE void add_rows(const float* table, const std::int64_t* rows, std::int64_t num_rows,
                              float factor, std::int64_t size, float* to) {
  constexpr int kAtOnce = 8;
  std::int64_t j = 0;
  for (; j + kAtOnce * N <= size; j += kAtOnce * N) {
    add_columns<N, kAtOnce>(table + j, rows, num_rows, factor, size, to + j);
  }
  for (; j < size; j += N) add_columns<N, 1>(table + j, rows, num_rows, factor, size, to + j);
}

// Distances of R points to N others.
template <int N, int R>
MLSEARCH_INLINE void distance_tile(const float* points, const float* others,
                                   std::int64_t num_others, std::int64_t size, float* to) {
  Lanes<N> squares[R] = {};
  for (std::int64_t k = 0; k < size; ++k) {
    const Lanes<N> other = load<N>(others + k * num_others);
    for (int i = 0; i < R; ++i) {
      const Lanes<N> difference = other - points[i * size + k];
      squares[i] += difference * difference;
    }
  }
  for (int i = 0; i < R; ++i) {
    float* row = to + i * num_others;
    store<N>(row, squares[i]);
    for (int j = 0; j < N; ++j) row[j] = std::sqrt(row[j]);
  }
}

template <int N>
MLSEARCH_INLINE void distances(const float* points, std::int64_t num, const float* others,
                               std::int64_t num_others, std::int64_t size, float* to) {
  constexpr int kAtOnce = 8;
  for (std::int64_t j = 0; j < num_others; j += N) {
    std::int64_t i = 0;
    for (; i + kAtOnce <= num; i += kAtOnce) {
      distance_tile<N, kAtOnce>(points + i * size, others + j, num_others, size,
                                to + i * num_others + j);
    }
    for (; i < num; ++i) {
      distance_tile<N, 1>(points + i * size, others + j, num_others, size, to + i * num_others + j);
    }
  }
}

// The smallest of numbers that are followed by larger ones up to a multiple of N.
template <int N>
MLSEARCH_INLINE float least_of(const float* values, std::int64_t num) {
  Lanes<N> negated = 0.0F - load<N>(values);
  for (std::int64_t j = N; j < num; j += N)
    negated = larger<N>(negated, 0.0F - load<N>(values + j));
  float largest = negated[0];
  for (int i = 1; i < N; ++i) largest = std::max(largest, negated[i]);
  return -largest;
}

// Powers below e^-87, of points that are far away, count as that.
template <int N>
MLSEARCH_INLINE Lanes<N> power_of(Lanes<N> logit) {
  return exponential<N>(larger<N>(logit, Lanes<N>{} + -87.0F));
}

template <int N>
MLSEARCH_INLINE AnchorLoss pulls(float* row, std::int64_t num, std::int64_t own, float temperature,
                                 float factor) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (std::int64_t j = num; j % 16 != 0; ++j) row[j] = infinity;
  const float least = least_of<N>(row, num), rate = 1.0F / temperature;
  const auto power = [&](std::int64_t j) MLSEARCH_INLINED {
    return power_of<N>(rate * (least - load<N>(row + j)));
  };
  Lanes<N> powers = {};
  for (std::int64_t j = 0; j < num; j += N) powers += power(j);
  const float total = sum<N>(powers), of_own = row[own];
  const float own_part = power_of<1>(rate * (least - load<1>(row + own)))[0] / total;
  Lanes<N> sums = {};
  for (std::int64_t j = 0; j < num; j += N) {
    const Lanes<N> distances = load<N>(row + j);
    const Lanes<N> drawn = (factor / total) * power(j) * (1.0F / distances);
    const Lanes<N> pulled = zero_where_not_above<N>(drawn, distances);
    sums += pulled;
    store<N>(row + j, pulled);
  }
  const float others = row[own];
  row[own] = of_own == 0.0F ? 0.0F : factor * (own_part - 1.0F) / of_own;
  return {std::log(total) - rate * (least - of_own), sum<N>(sums) - others + row[own]};
}

MLSEARCH_INLINE void adamw(const AdamWNumbers& n, const AdamWState& state, const float* gradients) {
  float* const weights = state.weights;
  float* const first = state.first_moments;
  float* const second = state.second_moments;
  for (std::int64_t i = 0; i < state.num_weights; ++i) {
    const float gradient = n.gradient_factor * gradients[i];
    first[i] += n.first_rate * (gradient - first[i]);
    second[i] = n.second_decay * second[i] + n.second_rate * gradient * gradient;
    const float root = std::sqrt(second[i]) * n.root_factor + n.epsilon;
    weights[i] = n.kept * weights[i] - n.step_size * first[i] / root;
  }
}

template <int N>
MLSEARCH_INLINE double sum_of_squares(const float* values, std::int64_t count) {
  Lanes<N> sums[4] = {};
  std::int64_t i = 0;
  for (; i + 4 * N <= count; i += 4 * N) {
    for (int j = 0; j < 4; ++j) {
      const Lanes<N> part = load<N>(values + i + j * N);
      sums[j] += part * part;
    }
  }
  double total = static_cast<double>(sum<N>((sums[0] + sums[1]) + (sums[2] + sums[3])));
  for (; i < count; ++i) total += static_cast<double>(values[i] * values[i]);
  return total;
}

#define MLSEARCH_STEP_KERNELS(name, target, N, R)                                                  \
  target void add_rows_##name(const float* table, const std::int64_t* rows, std::int64_t num_rows, \
                              float factor, std::int64_t size, float* to) {                        \
    add_rows<N>(table, rows, num_rows, factor, size, to);                                          \
  }                                                                                                \
  target void distances_##name(const float* points, std::int64_t num, const float* others,         \
                               std::int64_t num_others, std::int64_t size, float* to) {            \
    distances<N>(points, num, others, num_others, size, to);                                       \
  }                                                                                                \
  target AnchorLoss pulls_##name(float* row, std::int64_t num, std::int64_t own,                   \
                                 float temperature, float factor) {                                \
    return pulls<N>(row, num, own, temperature, factor);                                           \
  }                                                                                                \
  target void add_product_##name(const float* a, std::int64_t a_row, std::int64_t a_column,        \
                                 const float* b, std::int64_t num_rows, std::int64_t depth,        \
                                 std::int64_t size, float* to) {                                   \
    multiply<N, R>(                                                                                \
        {{a, a_row, a_column}, {b, size}, {to, size}, to, size, num_rows, size, depth});           \
  }                                                                                                \
  target void adamw_##name(const AdamWNumbers& numbers, const AdamWState& state,                   \
                           const float* gradients) {                                               \
    adamw(numbers, state, gradients);                                                              \
  }                                                                                                \
  target double sum_of_squares_##name(const float* values, std::int64_t count) {                   \
    return sum_of_squares<N>(values, count);                                                       \
  }                                                                                                \
  constexpr StepKernels name##_kernels{&add_rows_##name, &distances_##name,                        \
                                       &pulls_##name,    &add_product_##name,                      \
                                       &adamw_##name,    &sum_of_squares_##name};

MLSEARCH_EVERY_WIDTH(MLSEARCH_STEP_KERNELS)

}  // namespace

const StepKernels& step_kernels() { return MLSEARCH_WIDEST; }

}  // namespace mlsearch
