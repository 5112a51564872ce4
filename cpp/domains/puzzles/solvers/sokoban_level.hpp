// A Sokoban level as its exact search sees it.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace mlsearch::solvers {

using Floor = std::int16_t;  // one of the cells that the player could reach if there were no boxes
inline constexpr Floor kWall = -1;
inline constexpr int kNoWay = 1 << 20;
inline constexpr int kMostFloors = 4096;

// Up, down, left, right.
inline constexpr int opposite(int direction) { return direction ^ 1; }

class SokobanLevel {
 public:
  // walls: [height, width], 0 where there is none. What lies beyond the border counts as walls.
  SokobanLevel(const std::uint8_t* walls, int height, int width, int player);

  [[nodiscard]] int num_floors() const { return static_cast<int>(next_.size()); }
  // The floor of a cell, kWall where the player cannot come.
  [[nodiscard]] Floor floor_of(int cell) const { return floor_of_[cell]; }
  [[nodiscard]] Floor next(Floor floor, int direction) const { return next_[floor][direction]; }

  // Sets the floors to which boxes are brought, and measures the ways to them.
  void set_targets(const std::vector<Floor>& targets);
  [[nodiscard]] const std::vector<Floor>& targets() const { return targets_; }
  [[nodiscard]] bool is_target(Floor floor) const { return is_target_[floor] != 0; }

  // Fewest pushes from `box` to a target with no other box in the level, kNoWay where there is no
  // way. It depends on which side of the box the player can reach.
  [[nodiscard]] int pushes(std::size_t target, Floor box, Floor player) const {
    const int part = part_[index(box, player)];
    return part == kNoPart ? kNoWay : pushes_[target][4 * box + part];
  }

 private:
  static constexpr std::uint8_t kNoPart = 255;

  [[nodiscard]] std::size_t index(Floor box, Floor player) const {
    return static_cast<std::size_t>(box) * next_.size() + static_cast<std::size_t>(player);
  }
  void split(Floor box);
  [[nodiscard]] std::vector<std::int32_t> pushes_to(Floor target) const;

  std::vector<Floor> floor_of_;
  std::vector<std::array<Floor, 4>> next_;
  // With a box on floor b, the level falls into at most four parts that touch it; [b, player].
  std::vector<std::uint8_t> part_;
  std::vector<Floor> targets_;
  std::vector<std::uint8_t> is_target_;
  std::vector<std::vector<std::int32_t>> pushes_;  // [targets][4 * box + part]
};

}  // namespace mlsearch::solvers
