// A hash set of rows of bytes that numbers them 0, 1, 2, ... in the order in which they come.
// Two rows are the same if all their bytes are: the hash alone never decides.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "core/large_pages.hpp"
#include "core/prefetch.hpp"
#include "core/rng.hpp"

namespace mlsearch::solvers {

using Number = std::int32_t;
inline constexpr Number kAbsent = -1;

// What a table may take; one with more than 2^31 - 2 rows cannot number them.
struct Limits {
  std::size_t max_bytes = SIZE_MAX;
  std::size_t max_rows = (std::size_t{1} << 31) - 2;
};

class RowTable {
 public:
  // Rows of `row_bytes` bytes each.
  explicit RowTable(int row_bytes, Limits limits = {})
      : row_bytes_(static_cast<std::size_t>(row_bytes)), limits_(limits) {}

  RowTable(RowTable&&) = default;
  RowTable& operator=(RowTable&&) = default;

  [[nodiscard]] Number size() const { return size_; }
  [[nodiscard]] std::size_t bytes() const {
    return chunks_.size() * kRowsPerChunk * row_bytes_ + slots_.size() * sizeof(std::uint64_t);
  }
  [[nodiscard]] const std::uint8_t* operator[](Number number) const {
    const auto n = static_cast<std::size_t>(number);
    return chunks_[n / kRowsPerChunk].get() + n % kRowsPerChunk * row_bytes_;
  }

  [[nodiscard]] std::uint64_t hash(const std::uint8_t* row) const {
    std::uint64_t mixed = row_bytes_;
    std::size_t i = 0;
    const auto mix = [&](std::uint64_t word) {
      mixed = (std::rotl(mixed, 29) ^ word) * 0x9E3779B97F4A7C15ULL;
    };
    for (; i + 8 <= row_bytes_; i += 8) {
      std::uint64_t word;
      std::memcpy(&word, row + i, 8);
      mix(word);
    }
    if (i < row_bytes_) {
      std::uint64_t word = 0;
      std::memcpy(&word, row + i, row_bytes_ - i);
      mix(word);
    }
    return mix64(mixed);
  }

  // Loads what find() will need first, then second.
  void prefetch_slot(std::uint64_t hash) const { prefetch(&slots_[hash & mask()], 1); }
  void prefetch_row(std::uint64_t hash) const {
    const std::uint64_t slot = slots_[hash & mask()];
    if (slot != 0 && tag_of(slot) == tag_of(hash)) {
      prefetch((*this)[number_of(slot)], static_cast<std::int64_t>(row_bytes_));
    }
  }

  // The number of a row, or kAbsent.
  [[nodiscard]] Number find(const std::uint8_t* row, std::uint64_t hash) const {
    const std::uint64_t slot = slots_[place_of(row, hash)];
    return slot == 0 ? kAbsent : number_of(slot);
  }

  // The number of a row, which is new if this is what size() was before; kAbsent if it is new and
  // the limits leave no room for it.
  Number insert(const std::uint8_t* row, std::uint64_t hash) {
    std::size_t place = place_of(row, hash);
    if (slots_[place] != 0) return number_of(slots_[place]);
    if (static_cast<std::size_t>(size_) >= limits_.max_rows) return kAbsent;
    if (!has_room()) {
      if (!grow()) return kAbsent;
      place = place_of(row, hash);
    }
    std::memcpy(chunks_.back().get() + static_cast<std::size_t>(size_) % kRowsPerChunk * row_bytes_,
                row, row_bytes_);
    slots_[place] = (hash >> 32 << 32) | (static_cast<std::uint64_t>(size_) + 1);
    return size_++;
  }

  // Forgets all rows from number `size` on. The newest goes first, so no row that stays was put
  // behind one that goes.
  void truncate(Number size) {
    while (size_ > size) {
      const std::uint8_t* row = (*this)[size_ - 1];
      slots_[place_of(row, hash(row))] = 0;
      --size_;
    }
    const auto kept = static_cast<std::size_t>(size_);
    chunks_.resize((kept + kRowsPerChunk - 1) / kRowsPerChunk);
  }

  // Writes all rows, one after the other.
  void copy_to(std::uint8_t* out) const {
    std::size_t left = static_cast<std::size_t>(size_) * row_bytes_;
    for (const auto& chunk : chunks_) {
      const std::size_t part = std::min(left, kRowsPerChunk * row_bytes_);
      out = std::copy_n(chunk.get(), part, out);
      left -= part;
    }
  }

 private:
  using Slots = std::vector<std::uint64_t, LargePages<std::uint64_t>>;
  static constexpr std::size_t kRowsPerChunk = 1 << 12;

  [[nodiscard]] std::size_t mask() const { return slots_.size() - 1; }
  static std::uint64_t tag_of(std::uint64_t slot) { return slot >> 32; }
  static Number number_of(std::uint64_t slot) {
    return static_cast<Number>(static_cast<std::uint32_t>(slot) - 1);
  }

  // Where a row is, or the free slot where it belongs.
  [[nodiscard]] std::size_t place_of(const std::uint8_t* row, std::uint64_t hash) const {
    std::size_t place = hash & mask();
    for (;; place = (place + 1) & mask()) {
      const std::uint64_t slot = slots_[place];
      if (slot == 0) return place;
      if (tag_of(slot) != tag_of(hash)) continue;
      if (std::memcmp((*this)[number_of(slot)], row, row_bytes_) == 0) return place;
    }
  }

  [[nodiscard]] bool is_crowded() const {
    return 8 * (static_cast<std::size_t>(size_) + 1) > 5 * slots_.size();
  }
  [[nodiscard]] bool has_room() const {
    return !is_crowded() && static_cast<std::size_t>(size_) < chunks_.size() * kRowsPerChunk;
  }

  // Makes room for one more row; false if that would take more than max_bytes.
  bool grow() {
    const std::size_t old_slots = slots_.size();
    const std::size_t slot_bytes = is_crowded() ? 2 * old_slots * sizeof(std::uint64_t) : 0;
    const bool needs_chunk = static_cast<std::size_t>(size_) == chunks_.size() * kRowsPerChunk;
    const std::size_t chunk_bytes = needs_chunk ? kRowsPerChunk * row_bytes_ : 0;
    if (bytes() + slot_bytes + chunk_bytes > limits_.max_bytes) return false;
    if (needs_chunk) {
      chunks_.push_back(std::make_unique_for_overwrite<std::uint8_t[]>(chunk_bytes));
    }
    if (slot_bytes > 0) spread(2 * old_slots);
    return true;
  }

  void spread(std::size_t num_slots) {
    slots_ = Slots();  // the old ones need not wait beside the new
    slots_.resize(num_slots);
    for (Number number = 0; number < size_; ++number) {
      const std::uint64_t hashed = hash((*this)[number]);
      std::size_t place = hashed & mask();
      while (slots_[place] != 0) place = (place + 1) & mask();
      slots_[place] = (hashed >> 32 << 32) | (static_cast<std::uint64_t>(number) + 1);
    }
  }

  std::size_t row_bytes_;
  Limits limits_;
  Number size_ = 0;
  std::vector<std::unique_ptr<std::uint8_t[]>> chunks_;
  // A free slot is 0, any other the upper half of the hash and the number + 1.
  Slots slots_ = Slots(1 << 8);
};

}  // namespace mlsearch::solvers
