// A hash set of states that numbers them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "search/graph.hpp"

namespace mlsearch {

// Numbers states 0, 1, 2, ... in the order in which they are first met.
class StateIndex {
 public:
  void clear() {
    states_.clear();
    slots_.assign(slots_.size(), kFree);
  }

  [[nodiscard]] std::size_t size() const { return states_.size(); }
  [[nodiscard]] State operator[](std::size_t number) const { return states_[number]; }
  [[nodiscard]] std::size_t bytes() const {
    return states_.capacity() * sizeof(State) + slots_.capacity() * sizeof(std::uint32_t);
  }

  // The number of `state`; it is new if this is what size() was before.
  std::uint32_t number_of(State state) {
    if (2 * (states_.size() + 1) > slots_.size()) grow();
    std::uint32_t& slot = slots_[slot_of(state)];
    if (slot == kFree) {
      states_.push_back(state);
      slot = static_cast<std::uint32_t>(states_.size());
    }
    return slot - 1;
  }

  // Forgets the state that was met last: no other state was put behind it, so nothing is
  // looked up by way of its slot.
  void remove_last() {
    slots_[slot_of(states_.back())] = kFree;
    states_.pop_back();
  }

 private:
  static constexpr std::uint32_t kFree = 0;  // any other slot holds a number + 1
  static constexpr std::size_t kFewestSlots = 64;

  // Spreads states that are close together or differ in their high bits only
  // (the finalizer of SplitMix64).
  static std::size_t hash(State state) {
    auto bits = static_cast<std::uint64_t>(state);
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9ULL;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebULL;
    return static_cast<std::size_t>(bits ^ (bits >> 31));
  }

  // Where `state` is, or the free slot where it belongs.
  [[nodiscard]] std::size_t slot_of(State state) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t place = hash(state) & mask;
    while (slots_[place] != kFree && states_[slots_[place] - 1] != state) {
      place = (place + 1) & mask;
    }
    return place;
  }

  void grow() {
    slots_.assign(2 * slots_.size(), kFree);
    for (std::size_t number = 0; number < states_.size(); ++number) {
      slots_[slot_of(states_[number])] = static_cast<std::uint32_t>(number + 1);
    }
  }

  std::vector<State> states_;  // by number
  std::vector<std::uint32_t> slots_ = std::vector<std::uint32_t>(
      kFewestSlots, kFree);  // a power of two, at most half of them taken
};

}  // namespace mlsearch
