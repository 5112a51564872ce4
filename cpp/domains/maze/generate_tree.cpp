// Spanning trees of a grid of rooms. While a tree grows, its rooms are the free ones.
#include <algorithm>

#include "domains/maze/generators.hpp"

namespace mlsearch {

TreeMaker::TreeMaker(Generator generator, Shape shape, double loops)
    : generator_(generator),
      shape_(shape),
      offsets_{-shape.width, shape.width, -1, 1},
      loops_(loops) {
  if (generator == Generator::wilson) last_way_.resize(static_cast<std::size_t>(shape.cells()));
  if (generator == Generator::depth_first) {
    const std::int32_t rows = (shape.height + 1) / 2;
    const std::int32_t columns = (shape.width + 1) / 2;
    path_.resize(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
    framed_rooms_.assign(static_cast<std::size_t>(rows + 2) * static_cast<std::size_t>(columns + 2),
                         0);
    for (std::int32_t row = 1; row <= rows; ++row) {
      std::fill_n(framed_rooms_.begin() + row * (columns + 2) + 1, columns, std::uint8_t{1});
    }
  }
}

void TreeMaker::make(Stream& stream, std::uint8_t* walls, StopToken& stop) {
  std::fill(walls, walls + shape_.cells(), std::uint8_t{1});
  if (generator_ == Generator::depth_first) depth_first(stream, walls, stop);
  if (generator_ == Generator::wilson) wilson(stream, walls, stop);
  if (generator_ == Generator::prim) prim(stream, walls, stop);
  if (loops_ > 0) open_loops(stream, walls);
}

// From the newest room on: joins a random new neighbour, or goes back where there is none.
// Marks on the rooms, with a frame around them, spare it the borders of the map.
void TreeMaker::depth_first(Stream& stream, std::uint8_t* walls, StopToken& stop) {
  const std::int32_t stride = (shape_.width + 1) / 2 + 2;
  const std::int32_t moves[4] = {-stride, stride, -1, 1};
  new_rooms_ = framed_rooms_;
  std::uint8_t* const is_new = new_rooms_.data();
  const Cell start = draw_room(stream);
  const std::int32_t first = (start / shape_.width / 2 + 1) * stride + start % shape_.width / 2 + 1;
  std::size_t depth = 0;
  Place here{start, first};
  walls[start] = is_new[first] = 0;
  while (true) {
    check_sometimes(stop);
    std::int32_t directions[4];
    std::uint32_t num_new = 0;
    for (std::int32_t direction = 0; direction < 4; ++direction) {
      directions[num_new] = direction;
      num_new += is_new[here.room + moves[direction]];
    }
    if (num_new == 0) {
      if (depth == 0) return;
      here = path_[--depth];
      continue;
    }
    path_[depth] = here;
    depth += num_new > 1 ? 1 : 0;  // a room without another way out is none to come back to
    const std::int32_t way = directions[num_new == 1 ? 0 : stream.below(num_new)];
    walls[here.cell + offsets_[way]] = walls[here.cell + 2 * offsets_[way]] = 0;
    here = {here.cell + 2 * offsets_[way], here.room + moves[way]};
    is_new[here.room] = 0;
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
