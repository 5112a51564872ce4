// Exact distances in puzzles whose moves permute positions, by breadth-first search.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/parallel.hpp"
#include "domains/puzzles/solvers/layers.hpp"
#include "domains/puzzles/solvers/moves.hpp"

namespace mlsearch::solvers {

// All states that can be reached from `start`. Throws std::length_error if they do not fit into
// max_bytes.
template <class Moves>
Layers<Moves> all_states(const Moves& moves, const std::uint8_t* start, std::size_t max_bytes,
                         const Execution& execution);

extern template Layers<Permutations> all_states(const Permutations&, const std::uint8_t*,
                                                std::size_t, const Execution&);
extern template Layers<SlidingTiles> all_states(const SlidingTiles&, const std::uint8_t*,
                                                std::size_t, const Execution&);

// Breadth-first search from both ends. The layers around the goal are kept for all starts; those
// around a start are made anew. Not for two threads at a time, nor after an exception.
class TwoSided {
 public:
  TwoSided(Permutations moves, const std::uint8_t* goal, Limits around_goal, Limits around_start);
  ~TwoSided();

  [[nodiscard]] int size() const;  // numbers of a state

  // Fewest moves from each of `count` starts to the goal, -1 where that is not known: it is known
  // if the layers around the goal and around the start meet within the limits.
  void distances(const std::uint8_t* starts, std::int64_t count, std::int32_t* distances,
                 const Execution& execution);

 private:
  class Search;
  std::unique_ptr<Search> search_;
};

// Fewest moves from every node to each goal, [count, num_nodes], -1 where there is no way.
// backwards[node * num_moves + k] is the node from which move k leads to `node`.
void graph_distances(std::span<const std::int32_t> backwards, std::int64_t num_nodes,
                     const std::int32_t* goals, std::int64_t count, std::int32_t* distances,
                     const Execution& execution);

}  // namespace mlsearch::solvers
