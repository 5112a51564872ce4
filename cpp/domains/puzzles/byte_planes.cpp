#include "domains/puzzles/byte_planes.hpp"

#include <algorithm>
#include <cstring>

#include "core/lanes.hpp"

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define MLSEARCH_ZIPS 1
#endif
#endif

namespace mlsearch {

#if defined(MLSEARCH_ZIPS)

namespace {

constexpr std::size_t kPart = 16;
constexpr std::size_t kLongest = 256;
typedef std::uint8_t Plane __attribute__((vector_size(kPart)));

// The bytes of two planes in turn: those of their first halves, and those of their second.
MLSEARCH_INLINE Plane zipped_low(Plane a, Plane b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
MLSEARCH_INLINE Plane zipped_high(Plane a, Plane b) {
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                 31);
}

// Seen as 8 bits, 4 of the row and 4 of the column, the place of a byte is rotated by one bit.
MLSEARCH_INLINE void zip(const Plane* from, Plane* to) {
  for (std::size_t i = 0; i < 8; ++i) {
    to[2 * i] = zipped_low(from[i], from[i + 8]);
    to[2 * i + 1] = zipped_high(from[i], from[i + 8]);
  }
}

// 16 rows of 16 bytes: four rotations swap row and column.
MLSEARCH_INLINE void transpose(Plane* rows) {
  Plane zipped[kPart];
  for (int twice = 0; twice < 2; ++twice) {
    zip(rows, zipped);
    zip(zipped, rows);
  }
}

// Calls `visit` with where each part of a row begins; the last one ends with the row.
template <class Visit>
MLSEARCH_INLINE void for_parts(std::size_t num_bytes, Visit visit) {
  for (std::size_t at = 0; at < num_bytes; at += kPart) visit(std::min(at, num_bytes - kPart));
}

}  // namespace

BytePlanes::BytePlanes(const std::int32_t* moves, std::size_t num_moves, std::size_t num_bytes)
    : num_moves_(num_moves), num_bytes_(num_bytes) {
  if (num_bytes < kPart || num_bytes > kLongest) return;
  from_.assign(moves, moves + num_moves * num_bytes);
}

bool BytePlanes::pay_for(std::size_t num_changes) const {
  const std::size_t num_parts = (num_bytes_ + kPart - 1) / kPart;
  return !from_.empty() && num_changes > 2 * num_parts * num_moves_;  // measured
}

void BytePlanes::apply(const std::uint8_t* states, std::uint8_t* rows) const {
  Plane planes[kLongest];
  Plane block[kPart];
  for_parts(num_bytes_, [&](std::size_t at) MLSEARCH_INLINED {
    for (std::size_t i = 0; i < kPart; ++i) {
      std::memcpy(&block[i], states + i * num_bytes_ + at, kPart);
    }
    transpose(block);
    std::copy(block, block + kPart, planes + at);
  });
  for (std::size_t move = 0; move < num_moves_; ++move) {
    for_parts(num_bytes_, [&](std::size_t at) MLSEARCH_INLINED {
      const std::uint8_t* const from = from_.data() + move * num_bytes_ + at;
      for (std::size_t i = 0; i < kPart; ++i) block[i] = planes[from[i]];
      transpose(block);
      std::uint8_t* const out = rows + move * num_bytes_ + at;
      for (std::size_t i = 0; i < kPart; ++i) {
        std::memcpy(out + i * num_moves_ * num_bytes_, &block[i], kPart);
      }
    });
  }
}

#else

BytePlanes::BytePlanes(const std::int32_t*, std::size_t num_moves, std::size_t num_bytes)
    : num_moves_(num_moves), num_bytes_(num_bytes) {}

bool BytePlanes::pay_for(std::size_t) const { return false; }

void BytePlanes::apply(const std::uint8_t*, std::uint8_t*) const {}

#endif

}  // namespace mlsearch
