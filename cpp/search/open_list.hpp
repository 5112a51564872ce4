// The priority queue of a search.
#pragma once

#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/prefetch.hpp"

namespace mlsearch {

// Unsigned integers in the order of the finite floats; 0.0 and -0.0 are equal.
inline std::uint32_t ordered_bits(float value) {
  constexpr std::uint32_t kSign = 0x80000000U;
  const auto bits = std::bit_cast<std::uint32_t>(value + 0.0F);
  return bits ^ ((bits & kSign) != 0 ? ~0U : kSign);
}

// Orders by (priority, insertion number), in one comparison.
struct PriorityKey {
  PriorityKey() = default;
  PriorityKey(float priority, std::uint32_t number)
      : bits((std::uint64_t{ordered_bits(priority)} << 32) | number) {}

  [[nodiscard]] std::uint32_t number() const { return static_cast<std::uint32_t>(bits); }
  friend auto operator<=>(const PriorityKey&, const PriorityKey&) = default;

  std::uint64_t bits = 0;
};

// Orders by (priority, prediction, insertion number): among equal f, the smaller h comes first.
struct WeightedKey {
  WeightedKey(float priority, float prediction, std::uint32_t number)
      : bits((std::uint64_t{ordered_bits(priority)} << 32) | ordered_bits(prediction)),
        pushed(number) {}

  [[nodiscard]] std::uint32_t number() const { return pushed; }
  // Without branches: which of two keys is smaller is hard to predict.
  friend bool operator<(const WeightedKey& a, const WeightedKey& b) {
    const int is_tied = static_cast<int>(a.bits == b.bits);
    return (static_cast<int>(a.bits < b.bits) |
            (is_tied & static_cast<int>(a.pushed < b.pushed))) != 0;
  }

  std::uint64_t bits;
  std::uint32_t pushed;
};

// Keys, smallest first, in a 4-ary heap: shallower than a binary one and kinder to the cache.
template <class Key>
class OpenList {
 public:
  void clear() {
    keys_.clear();
    has_hole_ = false;
  }

  // Asks for the memory of the first of them.
  void prefetch_first(std::int64_t count) const { prefetch(keys_.data(), count); }

  [[nodiscard]] bool empty() const { return keys_.size() == std::size_t{has_hole_}; }

  [[nodiscard]] std::size_t bytes() const { return keys_.size() * sizeof(Key); }

  // The first number in order; the list must not be empty.
  [[nodiscard]] std::uint32_t top() {
    fill_hole();
    return keys_.front().number();
  }

  // Removes it. The root stays a hole for now: the next push may well fill it at once.
  void pop() {
    fill_hole();
    has_hole_ = true;
  }

  void push(Key key) {
    if (has_hole_) {
      has_hole_ = false;
      sink_from_top(key);
    } else {
      keys_.push_back(key);
      rise_from_bottom(key);
    }
  }

 private:
  static constexpr std::size_t kArity = 4;

  void fill_hole() {
    if (!has_hole_) return;
    has_hole_ = false;
    const Key key = keys_.back();
    keys_.pop_back();
    if (!keys_.empty()) sink_from_top(key);
  }

  void rise_from_bottom(Key key) {
    Key* const keys = keys_.data();
    std::size_t place = keys_.size() - 1;
    while (place > 0) {
      const std::size_t parent = (place - 1) / kArity;
      if (keys[parent] < key) break;
      keys[place] = keys[parent];
      place = parent;
    }
    keys[place] = key;
  }

  void sink_from_top(Key key) {
    Key* const keys = keys_.data();
    const std::size_t size = keys_.size();
    std::size_t place = 0;
    for (std::size_t child = 1; child < size; child = place * kArity + 1) {
      std::size_t smallest = child;
      if (child + kArity <= size) {
        const std::size_t first = child + (keys[child + 1] < keys[child] ? 1 : 0);
        const std::size_t second = child + 2 + (keys[child + 3] < keys[child + 2] ? 1 : 0);
        smallest = keys[second] < keys[first] ? second : first;
      } else {
        for (std::size_t i = child + 1; i < size; ++i)
          smallest = keys[i] < keys[smallest] ? i : smallest;
      }
      if (key < keys[smallest]) break;
      keys[place] = keys[smallest];
      place = smallest;
    }
    keys[place] = key;
  }

  std::vector<Key> keys_;
  bool has_hole_ = false;  // whether keys_[0] has been popped
};

}  // namespace mlsearch
