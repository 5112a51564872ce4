// Breadth-first search layer by layer over rows of bytes, with all states kept.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/parallel.hpp"
#include "domains/puzzles/solvers/row_table.hpp"

namespace mlsearch::solvers {

// The states around a first one, in the order of their distance from it. Threads make the children
// and look them up; one thread adds the new ones in the order of their parents, so that the number
// of threads changes nothing.
template <class Moves>
class Layers {
 public:
  Layers(const Moves& moves, const std::uint8_t* first, Limits limits)
      : moves_(moves), table_(moves.size(), limits) {
    is_full_ = table_.insert(first, table_.hash(first)) == kAbsent;
    begins_ = {0, table_.size()};
  }

  [[nodiscard]] const RowTable& table() const& { return table_; }
  [[nodiscard]] RowTable&& table() && { return std::move(table_); }
  // Distance of the last layer, whose states are numbers begin_of(depth()) .. table().size() - 1.
  [[nodiscard]] int depth() const { return static_cast<int>(begins_.size()) - 2; }
  [[nodiscard]] Number begin_of(int depth) const {
    return begins_[static_cast<std::size_t>(depth)];
  }
  [[nodiscard]] Number width() const { return table_.size() - begin_of(depth()); }
  // Whether the limits were too low for another layer.
  [[nodiscard]] bool is_full() const { return is_full_; }

  // Adds the next layer. Where the limits are too low for it, nothing is added. In either case
  // see(rows, hashes) is shown the children of each state of the last layer, on any thread.
  template <class See>
  void grow(const Execution& execution, const See& see) {
    const Number begin = begin_of(depth());
    const Number end = table_.size();
    std::vector<Unknown> unknown(kParentsAtOnce / kGrain);
    for (Number first = begin; first < end; first += kParentsAtOnce) {
      const Number count = std::min<Number>(kParentsAtOnce, end - first);
      parallel_for(count, kGrain, execution,
                   [&](std::int64_t from, std::int64_t to, StopToken& stop) {
                     stop.check();
                     Unknown& mine = unknown[static_cast<std::size_t>(from / kGrain)];
                     for (auto i = static_cast<Number>(from); i < to; ++i) {
                       look_up_children(first + i, mine, see);
                     }
                   });
      for (Unknown& some : unknown) add(some);
    }
    if (is_full_) {
      table_.truncate(end);
    } else {
      begins_.push_back(table_.size());
    }
  }

 private:
  static constexpr Number kParentsAtOnce = 1 << 14;
  static constexpr Number kGrain = 1 << 8;

  struct Unknown {  // children that were not in the table when they were looked up
    std::vector<std::uint8_t> rows;
    std::vector<std::uint64_t> hashes;
  };

  template <class See>
  void look_up_children(Number parent, Unknown& unknown, const See& see) const {
    const auto size = static_cast<std::size_t>(moves_.size());
    const auto num_moves = static_cast<std::size_t>(moves_.num_moves());
    thread_local std::vector<std::uint8_t> rows;
    thread_local std::vector<std::uint64_t> hashes;
    rows.resize(num_moves * size);
    hashes.resize(num_moves);
    for (std::size_t k = 0; k < num_moves; ++k) {
      moves_.child(table_[parent], static_cast<int>(k), &rows[k * size]);
      hashes[k] = table_.hash(&rows[k * size]);
      table_.prefetch_slot(hashes[k]);
    }
    for (const std::uint64_t hash : hashes) table_.prefetch_row(hash);
    see(rows.data(), hashes.data());
    if (is_full_) return;
    for (std::size_t k = 0; k < num_moves; ++k) {
      if (table_.find(&rows[k * size], hashes[k]) != kAbsent) continue;
      unknown.rows.insert(unknown.rows.end(), &rows[k * size], &rows[k * size] + size);
      unknown.hashes.push_back(hashes[k]);
    }
  }

  void add(Unknown& unknown) {
    const auto size = static_cast<std::size_t>(moves_.size());
    for (std::size_t i = 0; i < unknown.hashes.size() && !is_full_; ++i) {
      is_full_ = table_.insert(&unknown.rows[i * size], unknown.hashes[i]) == kAbsent;
    }
    unknown.rows.clear();
    unknown.hashes.clear();
  }

  Moves moves_;
  RowTable table_;
  std::vector<Number> begins_;  // of each layer, and the end of the last
  bool is_full_ = false;
};

}  // namespace mlsearch::solvers
