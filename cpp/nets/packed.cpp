#include "nets/packed.hpp"

#include <algorithm>

namespace mlsearch {
namespace {

constexpr std::ptrdiff_t kSide = 16;

// Transposes kSide x kSide numbers.
void transpose(const float* from, std::ptrdiff_t from_row, float* to, std::ptrdiff_t to_row) {
  for (std::ptrdiff_t y = 0; y < kSide; ++y) {
    for (std::ptrdiff_t x = 0; x < kSide; ++x) to[y * to_row + x] = from[x * from_row + y];
  }
}

}  // namespace

void pack(const float* from, std::ptrdiff_t rows, std::ptrdiff_t columns, std::ptrdiff_t panel,
          float* to) {
  for (std::ptrdiff_t first = 0; first < columns; first += panel) {
    const std::ptrdiff_t width = std::min(panel, columns - first);
    for (std::ptrdiff_t row = 0; row < rows; ++row, to += width) {
      std::copy_n(from + row * columns + first, width, to);
    }
  }
}

void pack_transposed(const float* from, std::ptrdiff_t rows, std::ptrdiff_t columns,
                     std::ptrdiff_t panel, float* to) {
  for (std::ptrdiff_t first = 0; first < rows; first += panel) {
    const std::ptrdiff_t width = std::min(panel, rows - first);
    for (std::ptrdiff_t k = 0; k < columns; k += kSide, to += kSide * width) {
      for (std::ptrdiff_t j = 0; j < width; j += kSide) {
        transpose(from + (first + j) * columns + k, columns, to + j, width);
      }
    }
  }
}

}  // namespace mlsearch
