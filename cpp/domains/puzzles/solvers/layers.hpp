// Breadth-first search layer by layer over rows of bytes, with all states kept.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
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
  // see(rows, hashes) is shown all children of the last layer, some at a time, on any thread.
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
                     const auto last = first + static_cast<Number>(to);
                     for (auto at = first + static_cast<Number>(from); at < last; at += kTogether) {
                       look_up_children(at, std::min<Number>(at + kTogether, last), mine, see);
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
  static constexpr Number kTogether = 16;
  static constexpr std::size_t kAhead = 8;

  struct Unknown {  // children that were not in the table when they were looked up
    std::vector<std::uint8_t> rows;
    std::vector<std::uint64_t> hashes;
  };

  // The children of some states together, so that their memory is on the way while others are made.
  template <class See>
  void look_up_children(Number begin, Number end, Unknown& unknown, const See& see) const {
    const auto size = static_cast<std::size_t>(moves_.size());
    thread_local std::vector<std::uint8_t> rows;
    thread_local std::vector<std::uint64_t> hashes;
    rows.resize(static_cast<std::size_t>((end - begin) * moves_.num_moves()) * size);
    hashes.resize(static_cast<std::size_t>((end - begin) * moves_.num_moves()));
    std::uint8_t* row = rows.data();
    std::uint64_t* hash = hashes.data();
    for (Number parent = begin; parent < end; ++parent) {
      for (int move = 0; move < moves_.num_moves(); ++move, row += size, ++hash) {
        moves_.child(table_[parent], move, row);
        *hash = table_.hash(row);
        table_.prefetch_slot(*hash);
      }
    }
    for (const std::uint64_t one : hashes) table_.prefetch_row(one);
    see(rows.data(), std::span<const std::uint64_t>(hashes));
    if (is_full_) return;
    row = rows.data();
    for (const std::uint64_t one : hashes) {
      if (table_.find(row, one) == kAbsent) {
        unknown.rows.insert(unknown.rows.end(), row, row + size);
        unknown.hashes.push_back(one);
      }
      row += size;
    }
  }

  void add(Unknown& unknown) {
    const auto size = static_cast<std::size_t>(moves_.size());
    const std::size_t count = unknown.hashes.size();
    for (std::size_t i = 0; i < count && !is_full_; ++i) {
      table_.prefetch_slot(unknown.hashes[std::min(i + kAhead, count - 1)]);
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
