#include "domains/puzzles/solvers/tile_patterns.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "core/prefetch.hpp"

namespace mlsearch::solvers {
namespace {

using Group = std::vector<int>;  // tiles

constexpr std::uint8_t kUnseen = 255;

// The 6-6-3 of Korf & Felner for 4 x 4; elsewhere as many tiles as make small tables, row by row.
std::vector<Group> groups_of(int height, int width, int blank) {
  std::vector<Group> cells;
  const int num_cells = height * width;
  if (height == 4 && width == 4) {
    cells = {{0, 4, 5, 8, 9, 12}, {6, 7, 10, 11, 13, 14}, {1, 2, 3, 15}};
  } else {
    const int size = num_cells <= 32 ? 4 : 3;
    for (int cell = 0; cell < num_cells; ++cell) {
      if (cell % size == 0) cells.emplace_back();
      cells.back().push_back(cell);
    }
  }
  for (Group& group : cells) std::erase(group, blank);
  std::erase_if(cells, [](const Group& group) { return group.empty(); });
  return cells;
}

int bits_of_cell(int num_cells) {
  return std::bit_width(static_cast<unsigned>(std::max(num_cells - 1, 1)));
}

// Breadth-first search from the goal over the places of a group and the part of the board in which
// the blank can go about without moving the group. Mask has a bit for each cell.
template <class Mask>
class Builder {
 public:
  Builder(int height, int width, int num_tiles)
      : num_tiles_(num_tiles),
        bits_(bits_of_cell(height * width)),
        width_(width),
        adjacent_(adjacent_cells(height, width)),
        board_(
            static_cast<Mask>(static_cast<Mask>(~Mask{0}) >> (8 * sizeof(Mask) - height * width))) {
    for (int row = 0; row < height; ++row) first_column_ |= bit(row * width);
    const std::size_t size = std::size_t{1} << (bits_ * num_tiles);
    seen_.resize(size);
    distances_.assign(size, kUnseen);
  }

  PatternTable build(const Group& home, int blank, StopToken& stop) {
    std::uint32_t pattern = 0;
    for (std::size_t i = 0; i < home.size(); ++i) {
      pattern |= static_cast<std::uint32_t>(home[i]) << (bits_ * static_cast<int>(i));
    }
    visit(pattern, blank);
    while (!next_.empty()) {
      frontier_.swap(next_);
      next_.clear();
      ++depth_;
      for (std::size_t i = 0; i < frontier_.size(); i += kNodesAtOnce) {
        if (i % 4096 == 0) stop.check();
        const std::size_t end = std::min(i + kNodesAtOnce, frontier_.size());
        for (std::size_t j = i; j < end; ++j) expand(frontier_[j]);
        for (const auto& [pattern, blank] : children_) visit(pattern, blank);
        children_.clear();
      }
    }
    return std::move(distances_);
  }

 private:
  static constexpr std::size_t kNodesAtOnce = 32;

  struct Node {
    std::uint32_t pattern;
    Mask blanks;
  };

  static Mask bit(int cell) { return static_cast<Mask>(Mask{1} << cell); }
  [[nodiscard]] int place(std::uint32_t pattern, int i) const {
    return static_cast<int>(pattern >> (bits_ * i) & ((1U << bits_) - 1));
  }

  void visit(std::uint32_t pattern, int blank) {
    if (seen_[pattern] & bit(blank)) return;
    Mask free = board_;
    for (int i = 0; i < num_tiles_; ++i) free &= static_cast<Mask>(~bit(place(pattern, i)));
    const Mask region = flooded(bit(blank), free);
    seen_[pattern] |= region;
    if (distances_[pattern] == kUnseen) distances_[pattern] = depth_;
    next_.push_back({pattern, region});
  }

  [[nodiscard]] Mask flooded(Mask region, Mask free) const {
    const auto not_first = static_cast<Mask>(~first_column_);
    for (;;) {
      const auto left = static_cast<Mask>((region & not_first) >> 1);
      const auto right = static_cast<Mask>(region << 1 & not_first);
      const auto up = static_cast<Mask>(region >> width_);
      const auto down = static_cast<Mask>(region << width_);
      const auto grown = static_cast<Mask>((region | left | right | up | down) & free);
      if (grown == region) return region;
      region = grown;
    }
  }

  // Notes the children of a node, and asks for the memory that visit() will look at.
  void expand(Node node) {
    for (int i = 0; i < num_tiles_; ++i) {
      const int from = place(node.pattern, i);
      for (const int to : adjacent_[static_cast<std::size_t>(from)]) {
        if (to < 0) break;
        if (!(node.blanks & bit(to))) continue;
        const std::uint32_t pattern =
            node.pattern + (static_cast<std::uint32_t>(to - from) << (bits_ * i));
        prefetch(&seen_[pattern], 1);
        children_.emplace_back(pattern, from);
      }
    }
  }

  int num_tiles_;
  int bits_;
  int width_;
  std::vector<std::array<int, 4>> adjacent_;
  Mask board_;
  Mask first_column_ = 0;
  std::uint8_t depth_ = 0;
  std::vector<Mask, LargePages<Mask>> seen_;  // where the blank has been, for each pattern
  PatternTable distances_;
  std::vector<Node> frontier_;
  std::vector<Node> next_;
  std::vector<std::pair<std::uint32_t, int>> children_;  // pattern, blank
};

template <class Mask>
PatternTable build(int height, int width, const Group& group, int blank, StopToken& stop) {
  return Builder<Mask>(height, width, static_cast<int>(group.size())).build(group, blank, stop);
}

}  // namespace

std::vector<std::array<int, 4>> adjacent_cells(int height, int width) {
  std::vector<std::array<int, 4>> adjacent;
  for (int cell = 0; cell < height * width; ++cell) {
    std::array<int, 4> cells = {-1, -1, -1, -1};
    std::size_t count = 0;
    if (cell >= width) cells[count++] = cell - width;
    if (cell < (height - 1) * width) cells[count++] = cell + width;
    if (cell % width > 0) cells[count++] = cell - 1;
    if (cell % width < width - 1) cells[count++] = cell + 1;
    adjacent.push_back(cells);
  }
  return adjacent;
}

TilePatterns::TilePatterns(int height, int width, int blank, const Execution& execution)
    : height_(height), width_(width), blank_(blank) {
  const std::vector<Group> groups = groups_of(height, width, blank);
  const int bits = bits_of_cell(num_cells());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (std::size_t i = 0; i < groups[g].size(); ++i) {
      const auto tile = static_cast<std::size_t>(groups[g][i]);
      group_[tile] = static_cast<int>(g);
      shift_[tile] = bits * static_cast<int>(i);
    }
  }
  tables_.resize(groups.size());
  parallel_for(static_cast<std::int64_t>(groups.size()), 1, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
                 for (auto g = static_cast<std::size_t>(begin); g < static_cast<std::size_t>(end);
                      ++g) {
                   tables_[g] = num_cells() <= 16
                                    ? build<std::uint16_t>(height, width, groups[g], blank, stop)
                                    : build<std::uint64_t>(height, width, groups[g], blank, stop);
                 }
               });
}

std::size_t TilePatterns::bytes() const {
  std::size_t sum = 0;
  for (const auto& table : tables_) sum += table.size();
  return sum;
}

bool TilePatterns::has_mirror() const { return height_ == width_ && mirrored(blank_) == blank_; }

}  // namespace mlsearch::solvers
