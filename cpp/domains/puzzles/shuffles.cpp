#include "domains/puzzles/shuffles.hpp"

#include <cstring>

#include "core/registers.hpp"

#if defined(MLSEARCH_X86)
#include <immintrin.h>
#define MLSEARCH_AVX2 __attribute__((target("avx2")))
#endif

namespace mlsearch {
namespace {

constexpr std::size_t kPart = 16;
constexpr std::size_t kBlock = 32;
constexpr std::size_t kLongest = 64;

}  // namespace

bool Shuffles::can([[maybe_unused]] std::size_t num_bytes) {
#if defined(MLSEARCH_X86)
  return num_bytes <= kLongest && widest_registers() != Registers::portable;
#else
  return false;
#endif
}

Shuffles::Shuffles(const std::int32_t* moves, std::size_t num_moves, std::size_t num_bytes)
    : num_moves_(num_moves),
      num_bytes_(num_bytes),
      num_parts_((num_bytes + kPart - 1) / kPart),
      num_blocks_((num_bytes + kBlock - 1) / kBlock),
      masks_(num_moves * num_blocks_ * num_parts_ * kBlock, 128) {
  for (std::size_t move = 0; move < num_moves; ++move) {
    for (std::size_t to = 0; to < num_bytes; ++to) {
      const auto from = static_cast<std::size_t>(moves[move * num_bytes + to]);
      const std::size_t block = move * num_blocks_ + to / kBlock;
      const std::size_t mask = block * num_parts_ + from / kPart;
      masks_[mask * kBlock + to % kBlock] = static_cast<std::uint8_t>(from % kPart);
    }
  }
}

#if defined(MLSEARCH_X86)

MLSEARCH_AVX2 void Shuffles::apply(const std::uint8_t* state, std::uint8_t* rows) const {
  alignas(kBlock) std::uint8_t padded[kLongest] = {};
  std::memcpy(padded, state, num_bytes_);
  __m256i parts[kLongest / kPart];  // each twice, as bytes do not cross the halves of a register
  for (std::size_t part = 0; part < num_parts_; ++part) {
    const auto* const from = reinterpret_cast<const __m128i*>(padded + part * kPart);
    parts[part] = _mm256_broadcastsi128_si256(_mm_load_si128(from));
  }
  const std::size_t total = num_moves_ * num_bytes_;
  const auto* mask = reinterpret_cast<const __m256i*>(masks_.data());
  for (std::size_t move = 0; move < num_moves_; ++move) {
    for (std::size_t block = 0; block < num_blocks_; ++block) {
      __m256i found = _mm256_setzero_si256();
      for (std::size_t part = 0; part < num_parts_; ++part, ++mask) {
        const __m256i chosen = _mm256_shuffle_epi8(parts[part], _mm256_loadu_si256(mask));
        found = _mm256_or_si256(found, chosen);
      }
      // What a block has too many of is written over by the next row.
      const std::size_t at = move * num_bytes_ + block * kBlock;
      if (at + kBlock <= total) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(rows + at), found);
      } else {
        _mm256_store_si256(reinterpret_cast<__m256i*>(padded), found);
        std::memcpy(rows + at, padded, total - at);
      }
    }
  }
}

#else

void Shuffles::apply(const std::uint8_t*, std::uint8_t*) const {}

#endif

}  // namespace mlsearch
