// Percolation mazes: the rows as runs of free cells, and a union-find over the runs.
#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>
#include <string>

#include "domains/maze/generators.hpp"

namespace mlsearch {

BernoulliBits::BernoulliBits(double probability)
    : threshold_(static_cast<std::uint64_t>(std::ldexp(probability, 64))) {}

// Each bit compares an unlimited random binary fraction with the probability, highest digit
// first; a bit drops out at the first digit that differs, so some 7 words decide 64 bits.
std::uint64_t BernoulliBits::draw(Stream& stream, std::uint64_t wanted) const {
  std::uint64_t ones = 0;
  std::uint64_t undecided = wanted;
  for (std::uint64_t digits = threshold_; undecided != 0 && digits != 0; digits <<= 1) {
    const std::uint64_t random = stream.bits();
    if (digits >> 63) {
      ones |= undecided & ~random;
      undecided &= random;
    } else {
      undecided &= ~random;
    }
  }
  return ones;
}

PercolationMaker::PercolationMaker(Shape shape, double wall_probability)
    : shape_(shape), wall_probability_(wall_probability), wall_bits_(wall_probability) {}

void PercolationMaker::make(std::int64_t maze, Stream& stream, std::uint8_t* walls,
                            StopToken& stop) {
  for (int draw = 0; draw < max_draws; ++draw) {
    draw_runs(stream, stop);
    const std::int32_t component = largest();
    if (component >= 0 && runs_[static_cast<std::size_t>(component)].size >= 2) {
      paint(component, walls);
      return;
    }
  }
  throw std::invalid_argument("maze " + std::to_string(maze) + ": " + std::to_string(max_draws) +
                              " draws of size " + std::to_string(shape_.height) + " x " +
                              std::to_string(shape_.width) + " with wall_probability " +
                              std::to_string(wall_probability_) +
                              " gave no two connected free cells");
}

void PercolationMaker::draw_runs(Stream& stream, StopToken& stop) {
  runs_.clear();
  std::size_t above = 0;
  for (std::int32_t row = 0; row < shape_.height; ++row) {
    if (row % 256 == 255) stop.check();
    const std::size_t below = runs_.size();
    draw_row(stream, row);
    join_rows(above, below);
    above = below;
  }
}

void PercolationMaker::draw_row(Stream& stream, std::int32_t row) {
  for (std::int32_t first = 0; first < shape_.width; first += 64) {
    const std::int32_t width = std::min(64, shape_.width - first);
    const std::uint64_t inside = ~std::uint64_t{0} >> (64 - width);
    std::uint64_t free = inside & ~wall_bits_.draw(stream, inside);
    while (free != 0) {
      const int begin = std::countr_zero(free);
      const int length = std::countr_one(free >> begin);
      append_run(row, first + begin, first + begin + length);
      free &= begin + length == 64 ? 0 : ~std::uint64_t{0} << (begin + length);
    }
  }
}

// Appends a run, or lengthens the one before if it goes on across the border of two words.
void PercolationMaker::append_run(std::int32_t row, std::int32_t begin, std::int32_t end) {
  if (begin > 0 && !runs_.empty() && runs_.back().row == row && runs_.back().end == begin) {
    runs_.back().end = end;
    runs_.back().size += end - begin;
    return;
  }
  runs_.push_back({begin, end, row, static_cast<std::int32_t>(runs_.size()), end - begin});
}

// Joins the runs [above, below) of one row with the runs from `below` on of the next one.
void PercolationMaker::join_rows(std::size_t above, std::size_t below) {
  const std::size_t middle = below;
  while (above < middle && below < runs_.size()) {
    if (runs_[above].begin < runs_[below].end && runs_[below].begin < runs_[above].end) {
      join(static_cast<std::int32_t>(above), static_cast<std::int32_t>(below));
    }
    if (runs_[above].end < runs_[below].end) {
      ++above;
    } else {
      ++below;
    }
  }
}

void PercolationMaker::join(std::int32_t a, std::int32_t b) {
  const auto [first, second] = std::minmax({find(a), find(b)});
  if (first == second) return;
  runs_[static_cast<std::size_t>(second)].parent = first;
  runs_[static_cast<std::size_t>(first)].size += runs_[static_cast<std::size_t>(second)].size;
}

std::int32_t PercolationMaker::find(std::int32_t run) {
  for (;;) {
    Run& here = runs_[static_cast<std::size_t>(run)];
    if (here.parent == run) return run;
    here.parent = runs_[static_cast<std::size_t>(here.parent)].parent;
    run = here.parent;
  }
}

// The first run of the largest component, the earliest such component; -1 without free cells.
std::int32_t PercolationMaker::largest() const {
  std::int32_t best = -1;
  std::int32_t best_size = 0;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    const bool is_first = runs_[i].parent == static_cast<std::int32_t>(i);
    if (is_first && runs_[i].size > best_size) {
      best = static_cast<std::int32_t>(i);
      best_size = runs_[i].size;
    }
  }
  return best;
}

void PercolationMaker::paint(std::int32_t component, std::uint8_t* walls) {
  std::fill(walls, walls + shape_.cells(), std::uint8_t{1});
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    if (find(static_cast<std::int32_t>(i)) != component) continue;
    std::uint8_t* row = walls + runs_[i].row * shape_.width;
    std::fill(row + runs_[i].begin, row + runs_[i].end, std::uint8_t{0});
  }
}

}  // namespace mlsearch
