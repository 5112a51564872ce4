// Spanning trees of a grid of rooms. While a tree grows, its rooms are the free ones.
#include <algorithm>

#include "generators.hpp"

namespace mlsearch {

TreeMaker::TreeMaker(Generator generator, Shape shape, double loops)
    : generator_(generator),
      shape_(shape),
      offsets_{-shape.width, shape.width, -1, 1},
      loops_(loops) {
  if (generator == Generator::wilson) last_way_.resize(static_cast<std::size_t>(shape.cells()));
}

void TreeMaker::make(Stream& stream, std::uint8_t* walls, StopToken& stop) {
  std::fill(walls, walls + shape_.cells(), std::uint8_t{1});
  if (generator_ == Generator::depth_first) depth_first(stream, walls, stop);
  if (generator_ == Generator::wilson) wilson(stream, walls, stop);
  if (generator_ == Generator::prim) prim(stream, walls, stop);
  if (loops_ > 0) open_loops(stream, walls);
}

// From the newest room on: joins a random new neighbour, or goes back where there is none.
void TreeMaker::depth_first(Stream& stream, std::uint8_t* walls, StopToken& stop) {
  path_.assign(1, draw_room(stream));
  walls[path_.back()] = 0;
  while (!path_.empty()) {
    check_sometimes(stop);
    Step steps[4];
    std::uint32_t num_new = 0;
    for_each_step(path_.back(), [&](Step step) {
      steps[num_new] = step;
      num_new += walls[target(step)];
    });
    if (num_new == 0) {
      path_.pop_back();
      continue;
    }
    const Step step = steps[num_new == 1 ? 0 : stream.below(num_new)];
    walls[passage(step)] = walls[target(step)] = 0;
    path_.push_back(target(step));
  }
}

// A uniform spanning tree (Wilson 1996): random walks from each room to the tree so far, their
// loops erased. Any first room will do; walks to one in the middle are the shortest.
void TreeMaker::wilson(Stream& stream, std::uint8_t* walls, StopToken& stop) {
  walls[(shape_.height / 4 * 2) * shape_.width + shape_.width / 4 * 2] = 0;
  for (std::int32_t row = 0; row < shape_.height; row += 2) {
    for (std::int32_t column = 0; column < shape_.width; column += 2) {
      const Cell start = row * shape_.width + column;
      walk_to_tree(start, stream, walls, stop);
      carve_walk(start, walls);
    }
  }
}

void TreeMaker::walk_to_tree(Cell start, Stream& stream, const std::uint8_t* walls,
                             StopToken& stop) {
  Cell room = start;
  while (walls[room] != 0) {
    check_sometimes(stop);
    Step steps[4];
    std::uint32_t number = 0;
    for_each_step(room, [&](Step step) { steps[number++] = step; });
    const Step step = steps[stream.below(number)];
    last_way_[static_cast<std::size_t>(room)] = static_cast<std::uint8_t>(step.direction);
    room = target(step);
  }
}

// Following the last way out of each room skips the loops of the walk.
void TreeMaker::carve_walk(Cell start, std::uint8_t* walls) const {
  Cell room = start;
  while (walls[room] != 0) {
    const Step step{room, last_way_[static_cast<std::size_t>(room)]};
    walls[room] = walls[passage(step)] = 0;
    room = target(step);
  }
}

// Joins a new room along an edge drawn uniformly from all that leave the tree.
void TreeMaker::prim(Stream& stream, std::uint8_t* walls, StopToken& stop) {
  edges_.clear();
  const auto join = [&](Cell room) {
    walls[room] = 0;
    for_each_step(room, [&](Step step) {
      if (walls[target(step)] != 0) edges_.push_back(step);
    });
  };
  join(draw_room(stream));
  while (!edges_.empty()) {
    check_sometimes(stop);
    std::swap(edges_[stream.below(static_cast<std::uint32_t>(edges_.size()))], edges_.back());
    const Step edge = edges_.back();
    edges_.pop_back();
    if (walls[target(edge)] == 0) continue;
    walls[passage(edge)] = 0;
    join(target(edge));
  }
}

void TreeMaker::open_loops(Stream& stream, std::uint8_t* walls) const {
  for (std::int32_t row = 0; row < shape_.height; ++row) {
    // Passages lie beside rooms in even rows, and below them in odd ones.
    const std::int32_t last = row % 2 == 0 ? shape_.width - 1 : shape_.width;
    if (row % 2 == 1 && row + 1 == shape_.height) break;
    for (std::int32_t column = 1 - row % 2; column < last; column += 2) {
      std::uint8_t& wall = walls[row * shape_.width + column];
      if (wall != 0 && stream.uniform() < loops_) wall = 0;
    }
  }
}

template <class Visit>
void TreeMaker::for_each_step(Cell room, Visit&& visit) const {
  const std::int32_t column = room % shape_.width;
  if (room >= 2 * shape_.width) visit(Step{room, 0});
  if (room + 2 * shape_.width < shape_.cells()) visit(Step{room, 1});
  if (column >= 2) visit(Step{room, 2});
  if (column + 2 < shape_.width) visit(Step{room, 3});
}

Cell TreeMaker::draw_room(Stream& stream) const {
  const auto rows = static_cast<std::uint32_t>(shape_.height + 1) / 2;
  const auto columns = static_cast<std::uint32_t>(shape_.width + 1) / 2;
  const auto row = static_cast<Cell>(2 * stream.below(rows));
  return row * shape_.width + static_cast<Cell>(2 * stream.below(columns));
}

void TreeMaker::check_sometimes(StopToken& stop) {
  if (++steps_done_ % 4096 == 0) stop.check();
}

}  // namespace mlsearch
