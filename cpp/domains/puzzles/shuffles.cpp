#include "domains/puzzles/shuffles.hpp"

#include <algorithm>
#include <cstring>

#include "core/lanes.hpp"
#include "core/registers.hpp"

#if defined(MLSEARCH_X86)
#include <immintrin.h>
#define MLSEARCH_AVX2 __attribute__((target("avx2")))
#define MLSEARCH_VBMI __attribute__((target("avx512f,avx512bw,avx512vbmi")))
#endif

namespace mlsearch {

#if defined(MLSEARCH_X86)

namespace {

constexpr std::size_t kPart = 16;
constexpr std::size_t kBlock = 32;
constexpr std::size_t kLongest = 64;

std::size_t num_of(std::size_t length, std::size_t num_bytes) {
  return (num_bytes + length - 1) / length;
}

// Where piece i of some length begins: the last one ends with the row, unless the row is shorter.
std::size_t begin_of(std::size_t i, std::size_t length, std::size_t num_bytes) {
  return num_bytes < length ? 0 : std::min(i * length, num_bytes - length);
}

// A row that may be shorter than a block, with zeros behind it.
struct Padded {
  Padded(const std::uint8_t* row, std::size_t num_bytes) {
    if (num_bytes < kBlock) std::memcpy(bytes, row, num_bytes);
    begin = num_bytes < kBlock ? bytes : row;
  }
  alignas(kBlock) std::uint8_t bytes[kBlock] = {};
  const std::uint8_t* begin;
};

MLSEARCH_AVX2 inline __m256i block_at(const std::uint8_t* bytes) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
}

// The parts of a state, each twice, as bytes do not cross the halves of a register.
template <std::size_t num_parts>
MLSEARCH_AVX2 inline void load_parts(const std::uint8_t* state, std::size_t num_bytes,
                                     __m256i* parts) {
  for (std::size_t part = 0; part < num_parts; ++part) {
    const std::uint8_t* const from = state + begin_of(part, kPart, num_bytes);
    parts[part] =
        _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  }
}

template <std::size_t num_parts>
MLSEARCH_AVX2 inline __m256i shuffled_block(const __m256i* parts, const std::uint8_t* masks) {
  __m256i found = _mm256_shuffle_epi8(parts[0], block_at(masks));
  for (std::size_t part = 1; part < num_parts; ++part) {
    const __m256i chosen = _mm256_shuffle_epi8(parts[part], block_at(masks + part * kBlock));
    found = _mm256_or_si256(found, chosen);
  }
  return found;
}

MLSEARCH_AVX2 inline bool are_same(__m256i a, __m256i b) {
  return _mm256_movemask_epi8(_mm256_cmpeq_epi8(a, b)) == -1;
}

}  // namespace

Shuffles::Shuffles(const std::int32_t* moves, std::size_t num_moves, std::size_t num_bytes)
    : num_moves_(num_moves), num_bytes_(num_bytes) {
  if (num_bytes > kLongest || widest_registers() == Registers::portable) return;
  if (widest_registers() == Registers::avx512 && __builtin_cpu_supports("avx512vbmi")) {
    prepare_64(moves);
  } else {
    prepare_16(moves);
  }
}

void Shuffles::prepare_64(const std::int32_t* moves) {
  write_ = &Shuffles::write_64;
  compare_ = &Shuffles::compare_64;
  masks_.resize(num_moves_ * kLongest);
  for (std::size_t i = 0; i < num_moves_ * num_bytes_; ++i) {
    masks_[i / num_bytes_ * kLongest + i % num_bytes_] = static_cast<std::uint8_t>(moves[i]);
  }
}

MLSEARCH_VBMI void Shuffles::write_64(const std::uint8_t* state, std::size_t first, std::size_t num,
                                      std::uint8_t* rows) const {
  const __mmask64 in_row = ~std::uint64_t{0} >> (kLongest - num_bytes_);
  const __m512i bytes = _mm512_maskz_loadu_epi8(in_row, state);
  const std::uint8_t* const end = rows + num * num_bytes_;
  for (std::size_t move = first; move < first + num; ++move, rows += num_bytes_) {
    const __m512i from = _mm512_loadu_si512(masks_.data() + move * kLongest);
    const __m512i row = _mm512_maskz_permutexvar_epi8(in_row, from, bytes);
    // What is too many is written over by the next row.
    if (end - rows >= static_cast<std::ptrdiff_t>(kLongest)) {
      _mm512_storeu_si512(rows, row);
    } else {
      _mm512_mask_storeu_epi8(rows, in_row, row);
    }
  }
}

MLSEARCH_VBMI void Shuffles::compare_64(const std::uint8_t* state, const std::uint8_t* before,
                                        Step* steps) const {
  const __mmask64 in_row = ~std::uint64_t{0} >> (kLongest - num_bytes_);
  const __m512i bytes = _mm512_maskz_loadu_epi8(in_row, state);
  const __m512i old = _mm512_maskz_loadu_epi8(in_row, before);
  for (std::size_t move = 0; move < num_moves_; ++move) {
    const __m512i from = _mm512_loadu_si512(masks_.data() + move * kLongest);
    const __m512i row = _mm512_maskz_permutexvar_epi8(in_row, from, bytes);
    steps[move] = step_of(_mm512_mask_cmpneq_epi8_mask(in_row, row, bytes) == 0,
                          _mm512_mask_cmpneq_epi8_mask(in_row, row, old) == 0);
  }
}

template <std::size_t num_parts>
MLSEARCH_AVX2 void Shuffles::write_16(const std::uint8_t* state, std::size_t first, std::size_t num,
                                      std::uint8_t* rows) const {
  constexpr std::size_t num_blocks = (num_parts + 1) / 2;
  __m256i parts[num_parts];
  load_parts<num_parts>(Padded(state, num_bytes_).begin, num_bytes_, parts);
  const std::uint8_t* const end = rows + num * num_bytes_;
  const std::uint8_t* masks = masks_.data() + first * num_blocks * num_parts * kBlock;
  for (std::size_t move = 0; move < num; ++move, rows += num_bytes_) {
    for (std::size_t block = 0; block < num_blocks; ++block, masks += num_parts * kBlock) {
      const __m256i found = shuffled_block<num_parts>(parts, masks);
      // What short rows have too many of is written over by the next one.
      std::uint8_t* const out = rows + begin_of(block, kBlock, num_bytes_);
      if (end - out >= static_cast<std::ptrdiff_t>(kBlock)) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), found);
      } else {
        std::memcpy(out, &found, static_cast<std::size_t>(end - out));
      }
    }
  }
}

template <std::size_t num_parts>
MLSEARCH_AVX2 void Shuffles::compare_16(const std::uint8_t* state, const std::uint8_t* before,
                                        Step* steps) const {
  constexpr std::size_t num_blocks = (num_parts + 1) / 2;
  const Padded now(state, num_bytes_);
  const Padded old(before, num_bytes_);
  __m256i parts[num_parts];
  load_parts<num_parts>(now.begin, num_bytes_, parts);
  const std::uint8_t* masks = masks_.data();
  for (std::size_t move = 0; move < num_moves_; ++move) {
    bool stays = true;
    bool returns = true;
    for (std::size_t block = 0; block < num_blocks; ++block, masks += num_parts * kBlock) {
      const __m256i found = shuffled_block<num_parts>(parts, masks);
      const std::size_t begin = begin_of(block, kBlock, num_bytes_);
      stays &= are_same(found, block_at(now.begin + begin));
      returns &= are_same(found, block_at(old.begin + begin));
    }
    steps[move] = step_of(stays, returns);
  }
}

void Shuffles::prepare_16(const std::int32_t* moves) {
  constexpr Write writes[] = {&Shuffles::write_16<1>, &Shuffles::write_16<2>,
                              &Shuffles::write_16<3>, &Shuffles::write_16<4>};
  constexpr Compare compares[] = {&Shuffles::compare_16<1>, &Shuffles::compare_16<2>,
                                  &Shuffles::compare_16<3>, &Shuffles::compare_16<4>};
  const std::size_t num_parts = num_of(kPart, num_bytes_);
  const std::size_t num_blocks = num_of(kBlock, num_bytes_);
  write_ = writes[num_parts - 1];
  compare_ = compares[num_parts - 1];
  masks_.assign(num_moves_ * num_blocks * num_parts * kBlock, 128);
  for (std::size_t block = 0; block < num_moves_ * num_blocks; ++block) {
    const std::size_t begin = begin_of(block % num_blocks, kBlock, num_bytes_);
    const std::int32_t* const row = moves + block / num_blocks * num_bytes_;
    for (std::size_t to = begin; to < std::min(begin + kBlock, num_bytes_); ++to) {
      const auto from = static_cast<std::size_t>(row[to]);
      const std::size_t part = from / kPart;
      masks_[(block * num_parts + part) * kBlock + to - begin] =
          static_cast<std::uint8_t>(from - begin_of(part, kPart, num_bytes_));
    }
  }
}

#else

Shuffles::Shuffles(const std::int32_t*, std::size_t num_moves, std::size_t num_bytes)
    : num_moves_(num_moves), num_bytes_(num_bytes) {}

#endif

}  // namespace mlsearch
