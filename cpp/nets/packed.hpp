// Matrices laid out for products: panels of columns, one behind the other.
//
// A product goes through all rows of a few columns. Where a row is a power of two long, these lie
// at the same place of many pages, and most of a cache cannot hold them. In a panel they are
// neighbours.
#pragma once

#include <cstddef>

namespace mlsearch {

// The columns of a panel: two vectors of N lanes, or a cache line.
template <int N>
inline constexpr std::ptrdiff_t panel_columns = 2 * N > 16 ? 2 * N : 16;

// Writes the panels of a matrix [rows, columns] to `to`. The panel that begins with column j is a
// matrix [rows, width] at to + j * rows; its width is `panel`, or less for the last one. All sizes
// are multiples of 16.
void pack(const float* from, std::ptrdiff_t rows, std::ptrdiff_t columns, std::ptrdiff_t panel,
          float* to);

// Writes the panels of the transposed matrix, [columns, rows].
void pack_transposed(const float* from, std::ptrdiff_t rows, std::ptrdiff_t columns,
                     std::ptrdiff_t panel, float* to);

}  // namespace mlsearch
