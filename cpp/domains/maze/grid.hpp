// The types every part of the core shares: cells, distances and views of maze batches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mlsearch {

// Flat index row * width + column of a square of a maze.
using Cell = std::int32_t;

// A number of steps; `unreachable` where there is no path, and on walls.
using Distance = std::int32_t;
inline constexpr Distance unreachable = -1;

// Largest height or width of a maze. Its square fits a Cell with room to spare.
inline constexpr std::int32_t max_side = 8192;

struct Shape {
  std::int32_t height;
  std::int32_t width;

  [[nodiscard]] constexpr std::int32_t cells() const { return height * width; }
  friend bool operator==(const Shape&, const Shape&) = default;
};

// One wall map, row by row, one byte a cell: 1 is a wall, 0 is free. Outside the map is wall.
struct MazeView {
  const std::uint8_t* walls;
  Shape shape;

  [[nodiscard]] bool is_free(Cell cell) const { return walls[cell] == 0; }
};

// Wall maps of one shape, one after the other in memory.
struct MazeBatch {
  const std::uint8_t* walls;
  std::int64_t num_mazes;
  Shape shape;

  [[nodiscard]] MazeView operator[](std::int64_t maze) const {
    return {walls + maze * shape.cells(), shape};
  }
};

// The four moves in the order that breaks every tie: up, down, left, right.
// Calls visit(neighbour) for each free neighbour of `cell`.
template <class Visit>
inline void for_each_neighbour(MazeView maze, Cell cell, Visit&& visit) {
  const std::int32_t width = maze.shape.width;
  const std::int32_t column = cell % width;
  if (cell >= width && maze.is_free(cell - width)) visit(cell - width);
  if (cell + width < maze.shape.cells() && maze.is_free(cell + width)) visit(cell + width);
  if (column > 0 && maze.is_free(cell - 1)) visit(cell - 1);
  if (column + 1 < width && maze.is_free(cell + 1)) visit(cell + 1);
}

}  // namespace mlsearch
