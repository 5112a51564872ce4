// The priority queue of a search.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace mlsearch {

// Insertion numbers ordered by (priority, number), smallest first. Both are packed into one
// 64-bit key, kept in a 4-ary heap: shallower than a binary one and kinder to the cache.
class OpenList {
 public:
  [[nodiscard]] bool empty() const { return keys_.empty(); }
  [[nodiscard]] std::uint32_t top() const { return static_cast<std::uint32_t>(keys_.front()); }
  void clear() { keys_.clear(); }

  void push(float priority, std::uint32_t number) {
    const std::uint64_t key = (std::uint64_t{ordered_bits(priority)} << 32) | number;
    std::size_t hole = keys_.size();
    keys_.push_back(key);
    while (hole > 0) {
      const std::size_t parent = (hole - 1) / kArity;
      if (keys_[parent] < key) break;
      keys_[hole] = keys_[parent];
      hole = parent;
    }
    keys_[hole] = key;
  }

  void pop() {
    const std::uint64_t key = keys_.back();
    keys_.pop_back();
    if (!keys_.empty()) sink_from_top(key);
  }

 private:
  static constexpr std::size_t kArity = 4;

  // Unsigned integers in the order of the finite floats; 0.0 and -0.0 are equal.
  static std::uint32_t ordered_bits(float value) {
    constexpr std::uint32_t kSign = 0x80000000U;
    const auto bits = std::bit_cast<std::uint32_t>(value + 0.0F);
    return (bits & kSign) != 0 ? ~bits : bits | kSign;
  }

  void sink_from_top(std::uint64_t key) {
    const std::size_t size = keys_.size();
    std::size_t hole = 0;
    for (std::size_t child = 1; child < size; child = hole * kArity + 1) {
      const std::size_t smallest = smallest_in(child, std::min(child + kArity, size));
      if (key < keys_[smallest]) break;
      keys_[hole] = keys_[smallest];
      hole = smallest;
    }
    keys_[hole] = key;
  }

  [[nodiscard]] std::size_t smallest_in(std::size_t begin, std::size_t end) const {
    std::size_t smallest = begin;
    for (std::size_t i = begin + 1; i < end; ++i) {
      if (keys_[i] < keys_[smallest]) smallest = i;
    }
    return smallest;
  }

  std::vector<std::uint64_t> keys_;
};

}  // namespace mlsearch
