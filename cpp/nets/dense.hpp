// Products of matrices and layer norms of rows, for any number of lanes.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "core/lanes.hpp"
#include "nets/packed.hpp"

namespace mlsearch {

// Entry (i, j) lies at data[i * row + j * column].
struct Matrix {
  const float* data;
  std::ptrdiff_t row;
  std::ptrdiff_t column = 1;
};

// A product c [num_rows, num_columns] = a [num_rows, depth] b [depth, num_columns] + start, where
// the columns of b, c and start lie one after the other. Without start.data it begins at zero.
struct Product {
  Matrix a, b, start;
  float* c;
  std::ptrdiff_t c_row, num_rows, num_columns, depth;
};

// R rows and C vectors of columns of c, kept in registers.
template <int N, int R, int C>
MLSEARCH_INLINE void product_tile(const Product& p, std::ptrdiff_t row, std::ptrdiff_t column) {
  Lanes<N> sums[R][C] = {};
  if (p.start.data != nullptr) {
    const float* start = p.start.data + row * p.start.row + column;
    for (int i = 0; i < R; ++i) {
      for (int j = 0; j < C; ++j) sums[i][j] = load<N>(start + i * p.start.row + j * N);
    }
  }
  const float* a = p.a.data + row * p.a.row;
  const float* b = p.b.data + column;
  for (std::ptrdiff_t k = 0; k < p.depth; ++k, a += p.a.column, b += p.b.row) {
    Lanes<N> factors[C];
    for (int j = 0; j < C; ++j) factors[j] = load<N>(b + j * N);
    for (int i = 0; i < R; ++i) {
      for (int j = 0; j < C; ++j) sums[i][j] += a[i * p.a.row] * factors[j];
    }
  }
  float* c = p.c + row * p.c_row + column;
  for (int i = 0; i < R; ++i) {
    for (int j = 0; j < C; ++j) store<N>(c + i * p.c_row + j * N, sums[i][j]);
  }
}

// Rows that are left are taken by half as many.
template <int N, int R, int C>
MLSEARCH_INLINE void product_columns(const Product& p, std::ptrdiff_t column,
                                     std::ptrdiff_t row = 0) {
  for (; row + R <= p.num_rows; row += R) product_tile<N, R, C>(p, row, column);
  if constexpr (R > 1) product_columns<N, (R + 1) / 2, C>(p, column, row);
}

// num_columns is a multiple of N. Each entry is summed in the order of depth.
template <int N, int R>
MLSEARCH_INLINE void multiply(const Product& p) {
  std::ptrdiff_t column = 0;
  for (; column + 2 * N <= p.num_columns; column += 2 * N) product_columns<N, R, 2>(p, column);
  if (column < p.num_columns) product_columns<N, R, 1>(p, column);
}

// The same for b.data that `pack` wrote in panels of panel_columns<N>; b.row is not read.
template <int N, int R>
MLSEARCH_INLINE void multiply_packed(const Product& p) {
  for (std::ptrdiff_t column = 0; column < p.num_columns; column += panel_columns<N>) {
    Product panel = p;
    panel.num_columns = std::min(panel_columns<N>, p.num_columns - column);
    panel.b = {p.b.data + column * p.depth, panel.num_columns};
    if (p.start.data != nullptr) panel.start.data += column;
    panel.c += column;
    multiply<N, R>(panel);
  }
}

// A layer norm, its affine map and what follows, for one row of `size` numbers.
struct NormForward {
  const float* in;
  const float* gain;
  const float* shift;
  const float* added;  // null: the result is cut off below zero instead
  float* normed;       // may be `in`
  float* out;
};

// Returns the factor by which the row was scaled.
template <int N>
MLSEARCH_INLINE float norm_forward(const NormForward& n, std::ptrdiff_t size) {
  constexpr float epsilon = 1e-5F;
  const float inverse_size = 1.0F / static_cast<float>(size);
  Lanes<N> total{};
  for (std::ptrdiff_t j = 0; j < size; j += N) total += load<N>(n.in + j);
  const float mean = sum<N>(total) * inverse_size;
  Lanes<N> squares{};
  for (std::ptrdiff_t j = 0; j < size; j += N) {
    const Lanes<N> difference = load<N>(n.in + j) - mean;
    squares += difference * difference;
  }
  const float scale = 1.0F / std::sqrt(sum<N>(squares) * inverse_size + epsilon);
  for (std::ptrdiff_t j = 0; j < size; j += N) {
    const Lanes<N> normed = scale * (load<N>(n.in + j) - mean);
    store<N>(n.normed + j, normed);
    const Lanes<N> value = load<N>(n.gain + j) * normed + load<N>(n.shift + j);
    store<N>(n.out + j,
             n.added != nullptr ? load<N>(n.added + j) + value : zero_where_below<N>(value, value));
  }
  return scale;
}

// The gradient of one row through a layer norm, added to the gradients of its weights.
struct NormBackward {
  const float* out_gradients;
  const float* normed;
  float scale;
  const float* gain;
  const float* kept;  // what the norm left if it was cut off below zero, else null
  float* in_gradients;
  float* gain_gradients;
  float* shift_gradients;
  float* in_sums;  // of in_gradients over the rows
};

template <int N>
MLSEARCH_INLINE Lanes<N> gradient_at(const NormBackward& n, std::ptrdiff_t j) {
  const Lanes<N> gradient = load<N>(n.out_gradients + j);
  return n.kept != nullptr ? zero_where_not_above<N>(gradient, load<N>(n.kept + j)) : gradient;
}

template <int N>
MLSEARCH_INLINE void norm_backward(const NormBackward& n, std::ptrdiff_t size) {
  const float inverse_size = 1.0F / static_cast<float>(size);
  Lanes<N> total{}, along{};
  for (std::ptrdiff_t j = 0; j < size; j += N) {
    const Lanes<N> gradient = gradient_at<N>(n, j), normed = load<N>(n.normed + j);
    store<N>(n.shift_gradients + j, load<N>(n.shift_gradients + j) + gradient);
    store<N>(n.gain_gradients + j, load<N>(n.gain_gradients + j) + gradient * normed);
    const Lanes<N> scaled = gradient * load<N>(n.gain + j);
    total += scaled;
    along += scaled * normed;
  }
  const float mean = sum<N>(total) * inverse_size, part = sum<N>(along) * inverse_size;
  for (std::ptrdiff_t j = 0; j < size; j += N) {
    const Lanes<N> scaled = gradient_at<N>(n, j) * load<N>(n.gain + j);
    const Lanes<N> gradient = n.scale * (scaled - mean - part * load<N>(n.normed + j));
    store<N>(n.in_gradients + j, gradient);
    store<N>(n.in_sums + j, load<N>(n.in_sums + j) + gradient);
  }
}

}  // namespace mlsearch
