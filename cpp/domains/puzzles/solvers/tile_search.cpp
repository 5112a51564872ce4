#include "domains/puzzles/solvers/tile_search.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace mlsearch::solvers {
namespace {

constexpr int kFound = -1;
constexpr int kNever = std::numeric_limits<int>::max();
constexpr int kMostGroups = kMostCells;

struct BudgetSpent {};

// The sum over the groups, kept up while tiles move.
struct Bound {
  std::array<std::uint32_t, kMostGroups> index{};
  int sum = 0;
};

// What a tile that moves changes: which index, how it is shifted, and the table to look into.
struct Entry {
  std::uint32_t group;
  int shift;
  const std::uint8_t* table;
};

class Ida {
 public:
  Ida(const TilePatterns& patterns, std::int64_t max_nodes, StopToken& stop)
      : adjacent_(adjacent_cells(patterns.height(), patterns.width())),
        has_mirror_(patterns.has_mirror()),
        num_cells_(patterns.num_cells()),
        width_(patterns.width()),
        blank_(patterns.blank()),
        max_nodes_(max_nodes),
        stop_(stop) {
    for (int tile = 0; tile < num_cells_; ++tile) {
      mirrored_[tile] = has_mirror_ ? patterns.mirrored(tile) : tile;
      const int group = patterns.group(tile);
      entries_[tile] = {static_cast<std::uint32_t>(group), patterns.shift(tile),
                        patterns.table(group).data()};
    }
  }

  std::int32_t distance(const std::uint8_t* board) {
    nodes_ = 0;
    std::copy_n(board, num_cells_, tiles_.begin());
    if (!is_solvable()) return -1;
    const int blank = static_cast<int>(std::find(board, board + num_cells_, blank_) - board);
    Bound straight, mirrored;
    for (int cell = 0; cell < num_cells_; ++cell) {
      if (cell == blank) continue;
      add(straight, entries_[tiles_[cell]], cell);
      add(mirrored, entries_[mirrored_[tiles_[cell]]], mirrored_[cell]);
    }
    straight.sum = sum_of(straight);
    mirrored.sum = sum_of(mirrored);
    return deepen(blank, straight, mirrored);
  }

  [[nodiscard]] std::int64_t nodes() const { return nodes_; }

 private:
  // An even permutation if the blank has an even way home, an odd one otherwise.
  [[nodiscard]] bool is_solvable() const {
    int parity = 0;
    std::array<bool, kMostCells> seen{};
    for (int cell = 0; cell < num_cells_; ++cell) {
      for (int at = cell; !seen[at]; at = tiles_[at]) {
        seen[at] = true;
        if (tiles_[at] != cell) parity ^= 1;
      }
      if (tiles_[cell] == blank_) {
        parity ^= (cell / width_ + cell % width_ + blank_ / width_ + blank_ % width_) & 1;
      }
    }
    return parity == 0;
  }

  static void add(Bound& bound, const Entry& entry, int cell) {
    bound.index[entry.group] += static_cast<std::uint32_t>(cell) << entry.shift;
  }

  [[nodiscard]] int sum_of(const Bound& bound) const {
    int sum = 0;
    std::array<bool, kMostGroups> is_done{};
    for (int tile = 0; tile < num_cells_; ++tile) {
      const Entry& entry = entries_[tile];
      if (tile != blank_ && !std::exchange(is_done[entry.group], true)) {
        sum += entry.table[bound.index[entry.group]];
      }
    }
    return sum;
  }

  std::int32_t deepen(int blank, const Bound& straight, const Bound& mirrored) {
    straight_ = straight;
    mirrored_bound_ = mirrored;
    int limit = std::max(straight.sum, mirrored.sum);
    try {
      while (true) {
        const int next = search(blank, -1, 0, limit, straight.sum, mirrored.sum);
        if (next == kFound) return limit;
        if (next == kNever) return -1;
        limit = next;
      }
    } catch (const BudgetSpent&) {
      return -1;
    }
  }

  // kFound, or the smallest total above the limit.
  int search(int blank, int previous, int cost, int limit, int sum, int mirrored_sum) {
    if (std::max(sum, mirrored_sum) == 0) return kFound;
    if (++nodes_ % 4096 == 0) stop_.check();
    if (nodes_ > max_nodes_) throw BudgetSpent();
    int least = kNever;
    for (const int cell : adjacent_[blank]) {
      if (cell < 0) break;
      if (cell == previous) continue;
      const int tile = tiles_[cell];
      const int next_sum = move(straight_, entries_[tile], cell, blank, sum);
      const int next_mirrored = has_mirror_ ? move(mirrored_bound_, entries_[mirrored_[tile]],
                                                   mirrored_[cell], mirrored_[blank], mirrored_sum)
                                            : next_sum;
      int total = cost + 1 + std::max(next_sum, next_mirrored);
      if (total <= limit) {
        tiles_[blank] = static_cast<std::uint8_t>(tile);
        total = search(cell, blank, cost + 1, limit, next_sum, next_mirrored);
        tiles_[cell] = static_cast<std::uint8_t>(tile);
        if (total == kFound) return kFound;
      }
      undo(straight_, entries_[tile], cell, blank);
      if (has_mirror_) {
        undo(mirrored_bound_, entries_[mirrored_[tile]], mirrored_[cell], mirrored_[blank]);
      }
      least = std::min(least, total);
    }
    return least;
  }

  // Moves a tile in its group, and returns the new sum.
  static int move(Bound& bound, const Entry& entry, int from, int to, int sum) {
    std::uint32_t& index = bound.index[entry.group];
    sum -= entry.table[index];
    index += static_cast<std::uint32_t>(to - from) << entry.shift;
    return sum + entry.table[index];
  }
  static void undo(Bound& bound, const Entry& entry, int from, int to) {
    bound.index[entry.group] -= static_cast<std::uint32_t>(to - from) << entry.shift;
  }

  std::vector<std::array<int, 4>> adjacent_;
  std::array<Entry, kMostCells> entries_{};
  std::array<int, kMostCells> mirrored_{};
  std::array<std::uint8_t, kMostCells> tiles_{};
  Bound straight_;
  Bound mirrored_bound_;
  bool has_mirror_;
  int num_cells_;
  int width_;
  int blank_;
  std::int64_t max_nodes_;
  std::int64_t nodes_ = 0;
  StopToken& stop_;
};

}  // namespace

void tile_distances(const TilePatterns& patterns, const std::uint8_t* boards, std::int64_t count,
                    std::int64_t max_nodes, std::int32_t* distances, std::int64_t* nodes,
                    const Execution& execution) {
  parallel_for(count, 1, execution, [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
    Ida ida(patterns, max_nodes, stop);
    for (std::int64_t i = begin; i < end; ++i) {
      distances[i] = ida.distance(boards + i * patterns.num_cells());
      nodes[i] = ida.nodes();
    }
  });
}

}  // namespace mlsearch::solvers
