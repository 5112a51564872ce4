// A hash set of rows of bytes that numbers them.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "core/prefetch.hpp"

namespace mlsearch {

// Numbers rows of one size 0, 1, 2, ... in the order in which they are first met. Rows are
// the same only if all their bytes are: the hash decides only where to look.
class RowIndex {
 public:
  // Forgets all rows; those to come have `num_bytes` bytes, at least 1.
  void clear(std::size_t num_bytes) {
    num_bytes_ = num_bytes;
    rows_.clear();
    size_ = 0;
    slots_.assign(slots_.size(), kFree);
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t num_bytes() const { return num_bytes_; }
  [[nodiscard]] const std::uint8_t* operator[](std::size_t number) const {
    return rows_.data() + number * num_bytes_;
  }
  // What the rows need, whatever memory is kept from earlier ones.
  [[nodiscard]] std::size_t bytes() const {
    const std::size_t num_slots = std::max(kFewestSlots, std::bit_ceil(2 * size_));
    return rows_.size() + num_slots * sizeof(std::uint64_t);
  }

  // The number of `row`, which lies outside of this index; it is new if size() grows by it.
  std::uint32_t number_of(const std::uint8_t* row) { return number_of(row, tag_of(row)); }

  // As above, with tag_of(row).
  std::uint32_t number_of(const std::uint8_t* row, std::uint64_t tag) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    std::uint64_t& slot = slots_[place_of(row, tag)];
    if (slot == kFree) {
      rows_.insert(rows_.end(), row, row + num_bytes_);
      slot = tag | ++size_;
    }
    return static_cast<std::uint32_t>(slot) - 1;
  }

  // The upper half of a hash that spreads rows which differ in few bits, wherever they are
  // (the finalizer of SplitMix64, applied to each 8 bytes).
  [[nodiscard]] std::uint64_t tag_of(const std::uint8_t* row) const {
    std::uint64_t hash = num_bytes_;
    for (std::size_t at = 0; at < num_bytes_; at += sizeof hash) {
      std::uint64_t word = 0;
      const std::size_t left = num_bytes_ - at;
      std::memcpy(&word, row + at, left < sizeof word ? left : sizeof word);
      hash = mix(hash ^ word);
    }
    return hash & kTag;
  }

  // Asks for the memory where a row with this tag is looked for.
  void prefetch_place(std::uint64_t tag) const {
    prefetch(&slots_[static_cast<std::size_t>(tag >> 32) & (slots_.size() - 1)], 1);
  }

  // Forgets the row that was met last: no other row was put behind it, so nothing is looked up
  // by way of its slot.
  void remove_last() {
    const std::uint8_t* const row = (*this)[size_ - 1];
    slots_[place_of(row, tag_of(row))] = kFree;
    rows_.resize(--size_ * num_bytes_);
  }

 private:
  // A slot holds the upper half of a hash, then a number + 1.
  static constexpr std::uint64_t kFree = 0;
  static constexpr std::uint64_t kTag = ~std::uint64_t{0xffffffff};
  static constexpr std::size_t kFewestSlots = 64;

  static std::uint64_t mix(std::uint64_t bits) {
    bits += 0x9e3779b97f4a7c15ULL;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9ULL;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebULL;
    return bits ^ (bits >> 31);
  }

  // Where the row is, or the free slot where it belongs.
  [[nodiscard]] std::size_t place_of(const std::uint8_t* row, std::uint64_t tag) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t place = static_cast<std::size_t>(tag >> 32) & mask;
    while (slots_[place] != kFree && !is_at(place, row, tag)) place = (place + 1) & mask;
    return place;
  }

  [[nodiscard]] bool is_at(std::size_t place, const std::uint8_t* row, std::uint64_t tag) const {
    const std::uint64_t slot = slots_[place];
    return (slot & kTag) == tag &&
           std::memcmp((*this)[static_cast<std::uint32_t>(slot) - 1], row, num_bytes_) == 0;
  }

  // Rows are put in again in the order of their numbers, which remove_last() relies on.
  void grow() {
    std::vector<std::uint64_t> taken(size_);
    for (const std::uint64_t slot : slots_) {
      if (slot != kFree) taken[static_cast<std::uint32_t>(slot) - 1] = slot;
    }
    slots_.assign(2 * slots_.size(), kFree);
    const std::size_t mask = slots_.size() - 1;
    for (const std::uint64_t slot : taken) {
      std::size_t place = static_cast<std::size_t>(slot >> 32) & mask;
      while (slots_[place] != kFree) place = (place + 1) & mask;
      slots_[place] = slot;
    }
  }

  std::size_t num_bytes_ = 1;
  std::size_t size_ = 0;
  std::vector<std::uint8_t> rows_;  // by number
  std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(
      kFewestSlots, kFree);  // a power of two, at most half of them taken
};

}  // namespace mlsearch
