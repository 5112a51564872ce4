// The makers of single mazes behind generate(); they keep their scratch memory between mazes.
#pragma once

#include <cstdint>
#include <vector>

#include "core/rng.hpp"
#include "domains/maze/generate.hpp"

namespace mlsearch {

// Draws 64 independent bits that are 1 with a given probability below 1.
class BernoulliBits {
 public:
  explicit BernoulliBits(double probability);

  // The draws of the bits in `wanted`; the others are 0.
  std::uint64_t draw(Stream& stream, std::uint64_t wanted) const;

 private:
  std::uint64_t threshold_;  // probability * 2^64
};

class PercolationMaker {
 public:
  PercolationMaker(Shape shape, double wall_probability);

  void make(std::int64_t maze, Stream& stream, std::uint8_t* walls, StopToken& stop);

 private:
  // Neighbouring free cells of one row. `parent` leads to the first run of its component.
  struct Run {
    std::int32_t begin;  // columns
    std::int32_t end;
    std::int32_t row;
    std::int32_t parent;
    std::int32_t size;  // of the component, in cells; valid in its first run
  };

  void draw_runs(Stream& stream, StopToken& stop);
  void draw_row(Stream& stream, std::int32_t row);
  void append_run(std::int32_t row, std::int32_t begin, std::int32_t end);
  void join_rows(std::size_t above, std::size_t below);
  void join(std::int32_t a, std::int32_t b);
  std::int32_t find(std::int32_t run);
  std::int32_t largest() const;
  void paint(std::int32_t component, std::uint8_t* walls);

  Shape shape_;
  double wall_probability_;
  BernoulliBits wall_bits_;
  std::vector<Run> runs_;
};

class TreeMaker {
 public:
  TreeMaker(Generator generator, Shape shape, double loops);

  void make(Stream& stream, std::uint8_t* walls, StopToken& stop);

 private:
  // Out of `room` in one of the four directions.
  struct Step {
    Cell room;
    std::int32_t direction;
  };

  // A room, and its place among all rooms with a frame around them.
  struct Place {
    Cell cell;
    std::int32_t room;
  };

  void depth_first(Stream& stream, std::uint8_t* walls, StopToken& stop);
  void wilson(Stream& stream, std::uint8_t* walls, StopToken& stop);
  void walk_to_tree(Cell start, Stream& stream, const std::uint8_t* walls, StopToken& stop);
  void carve_walk(Cell start, std::uint8_t* walls) const;
  void prim(Stream& stream, std::uint8_t* walls, StopToken& stop);
  void open_loops(Stream& stream, std::uint8_t* walls) const;

  template <class Visit>
  void for_each_step(Cell room, Visit&& visit) const;
  [[nodiscard]] Cell passage(Step step) const { return step.room + offsets_[step.direction]; }
  [[nodiscard]] Cell target(Step step) const { return step.room + 2 * offsets_[step.direction]; }
  [[nodiscard]] Cell draw_room(Stream& stream) const;
  void check_sometimes(StopToken& stop);

  Generator generator_;
  Shape shape_;
  std::int32_t offsets_[4];  // of the neighbouring cells: up, down, left, right
  double loops_;
  std::uint32_t steps_done_ = 0;
  std::vector<Place> path_;                 // depth_first: from the first room to the current one
  std::vector<std::uint8_t> framed_rooms_;  // depth_first: 1 for rooms, 0 for the frame
  std::vector<std::uint8_t> new_rooms_;     // depth_first: the same, but 0 for rooms in the tree
  std::vector<std::uint8_t> last_way_;  // wilson: the direction in which the walk last left a cell
  std::vector<Step> edges_;             // prim: those out of the tree, and some overtaken ones
};

}  // namespace mlsearch
