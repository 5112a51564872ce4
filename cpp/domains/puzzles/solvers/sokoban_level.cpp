#include "domains/puzzles/solvers/sokoban_level.hpp"

#include <algorithm>

namespace mlsearch::solvers {

SokobanLevel::SokobanLevel(const std::uint8_t* walls, int height, int width, int player)
    : floor_of_(height * width, kWall) {
  std::vector<int> cells;
  const auto visit = [&](int row, int column) {
    if (row < 0 || row >= height || column < 0 || column >= width) return kWall;
    const int cell = row * width + column;
    if (walls[cell] != 0) return kWall;
    if (floor_of_[cell] == kWall) {
      floor_of_[cell] = static_cast<Floor>(cells.size());
      cells.push_back(cell);
    }
    return floor_of_[cell];
  };
  visit(player / width, player % width);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const int row = cells[i] / width, column = cells[i] % width;
    next_.push_back({visit(row - 1, column), visit(row + 1, column), visit(row, column - 1),
                     visit(row, column + 1)});
  }
  part_.assign(next_.size() * next_.size(), kNoPart);
  for (Floor box = 0; box < num_floors(); ++box) split(box);
}

// Marks the floors that are connected with each side of the box.
void SokobanLevel::split(Floor box) {
  std::vector<Floor> queue;
  std::uint8_t part = 0;
  for (const Floor side : next_[box]) {
    if (side == kWall || part_[index(box, side)] != kNoPart) continue;
    queue.assign(1, side);
    part_[index(box, side)] = part;
    for (std::size_t head = 0; head < queue.size(); ++head) {
      for (const Floor floor : next_[queue[head]]) {
        if (floor == kWall || floor == box || part_[index(box, floor)] != kNoPart) continue;
        part_[index(box, floor)] = part;
        queue.push_back(floor);
      }
    }
    ++part;
  }
}

void SokobanLevel::set_targets(const std::vector<Floor>& targets) {
  targets_ = targets;
  is_target_.assign(next_.size(), 0);
  pushes_.clear();
  for (const Floor target : targets) {
    is_target_[target] = 1;
    pushes_.push_back(pushes_to(target));
  }
}

// Breadth-first search that pulls a box from the target.
std::vector<std::int32_t> SokobanLevel::pushes_to(Floor target) const {
  std::vector<std::int32_t> pushes(4 * next_.size(), kNoWay);
  std::vector<std::int32_t> queue;
  for (int part = 0; part < 4; ++part) {
    pushes[4 * target + part] = 0;
    queue.push_back(4 * target + part);
  }
  for (std::size_t head = 0; head < queue.size(); ++head) {
    const auto box = static_cast<Floor>(queue[head] / 4);
    const int part = queue[head] % 4;
    for (int direction = 0; direction < 4; ++direction) {  // in which the push went
      const Floor before = next(box, opposite(direction));
      if (before == kWall || part_[index(box, before)] != part) continue;
      const Floor player = next(before, opposite(direction));
      if (player == kWall) continue;
      const int state = 4 * before + part_[index(before, player)];
      if (pushes[state] != kNoWay) continue;
      pushes[state] = pushes[queue[head]] + 1;
      queue.push_back(state);
    }
  }
  return pushes;
}

}  // namespace mlsearch::solvers
