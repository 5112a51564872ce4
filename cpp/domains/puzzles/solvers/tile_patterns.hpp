// Additive pattern databases of sliding tiles (Korf & Felner 2002).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/large_pages.hpp"
#include "core/parallel.hpp"

namespace mlsearch::solvers {

inline constexpr int kMostCells = 36;

using PatternTable = std::vector<std::uint8_t, LargePages<std::uint8_t>>;

// For each group of tiles, the fewest moves of these tiles that bring them home from wherever they
// are. The moves of different tiles are different moves, so the numbers of all groups add up to
// a lower bound. A tile is known by the cell where it belongs.
class TilePatterns {
 public:
  // Makes the tables for boards whose blank belongs to cell `blank`. For 4 x 4 they take 34 MB,
  // and a few times as much for a moment.
  TilePatterns(int height, int width, int blank, const Execution& execution);

  [[nodiscard]] int height() const { return height_; }
  [[nodiscard]] int width() const { return width_; }
  [[nodiscard]] int blank() const { return blank_; }
  [[nodiscard]] int num_cells() const { return height_ * width_; }
  [[nodiscard]] int num_groups() const { return static_cast<int>(tables_.size()); }
  [[nodiscard]] std::size_t bytes() const;

  // Where a tile stands in a table: in group group(tile), at `cell << shift(tile)`, the sum over
  // all tiles of the group.
  [[nodiscard]] int group(int tile) const { return group_[static_cast<std::size_t>(tile)]; }
  [[nodiscard]] int shift(int tile) const { return shift_[static_cast<std::size_t>(tile)]; }
  [[nodiscard]] const PatternTable& table(int group) const {
    return tables_[static_cast<std::size_t>(group)];
  }

  // Whether the board may be mirrored at its diagonal: then the tile (and cell) mirrored(i) on
  // mirrored cells makes as good a bound.
  [[nodiscard]] bool has_mirror() const;
  [[nodiscard]] int mirrored(int cell) const { return cell % width_ * width_ + cell / width_; }

 private:
  int height_;
  int width_;
  int blank_;
  std::array<int, kMostCells> group_{};
  std::array<int, kMostCells> shift_{};
  std::vector<PatternTable> tables_;
};

// The cells next to each cell, -1 at the end of a list that is shorter than four.
std::vector<std::array<int, 4>> adjacent_cells(int height, int width);

}  // namespace mlsearch::solvers
