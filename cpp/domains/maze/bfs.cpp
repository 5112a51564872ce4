#include "domains/maze/bfs.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "domains/maze/bfs_packed.hpp"
#include "domains/maze/bfs_queue.hpp"

namespace mlsearch {
namespace {

// Makes the fields that it is asked for one after another, as many at a time as pays.
class FieldMaker {
 public:
  explicit FieldMaker(MazeBatch mazes)
      : mazes_(mazes), is_packed_(packed_words(mazes.shape) > 0), solver_(mazes.shape) {
    loaded_.fill(-1);
  }

  // How many fields may be waiting for finish() before one of them is ready.
  [[nodiscard]] std::int64_t at_once() const {
    return is_packed_ ? static_cast<std::int64_t>(kernels_.at_once) : 1;
  }

  void add(std::int64_t maze, Cell goal, Distance* out, StopToken& stop) {
    if (!mazes_[maze].is_free(goal)) {
      std::fill(out, out + mazes_.shape.cells(), unreachable);
    } else if (is_packed_) {
      add_packed(maze, goal, out);
    } else {
      if (loaded_[0] != maze) solver_.load(mazes_[maze]);
      loaded_[0] = maze;
      solver_.field(goal, out, stop);
    }
  }

  // Until then the last fields may not be there.
  void finish() {
    if (num_waiting_ > 0) kernels_.fields({sources_.data(), num_waiting_});
    num_waiting_ = 0;
  }

 private:
  static constexpr std::size_t kAtOnce = most_packed_at_once;

  void add_packed(std::int64_t maze, Cell goal, Distance* out) {
    const std::size_t place = num_waiting_;
    if (loaded_[place] != maze) packed_[place] = kernels_.pack(mazes_[maze]);
    loaded_[place] = maze;
    sources_[place] = {&packed_[place], goal, out};
    if (++num_waiting_ == kernels_.at_once) finish();
  }

  MazeBatch mazes_;
  bool is_packed_;
  const PackedKernels& kernels_ = packed_kernels();
  QueueSolver solver_;
  std::array<std::int64_t, kAtOnce> loaded_;
  std::array<PackedMaze, kAtOnce> packed_;
  std::array<PackedSource, kAtOnce> sources_;
  std::size_t num_waiting_ = 0;
};

std::int64_t grain_of(Shape shape) { return std::max(1, (1 << 17) / shape.cells()); }

}  // namespace

void distance_field(MazeView maze, Cell goal, Distance* out, StopToken& stop) {
  FieldMaker fields({maze.walls, 1, maze.shape});
  fields.add(0, goal, out, stop);
  fields.finish();
}

void distance_fields(MazeBatch mazes, const Cell* goals, std::int64_t goals_per_maze, Distance* out,
                     const Execution& execution) {
  const std::int64_t cells = mazes.shape.cells();
  parallel_for(mazes.num_mazes * goals_per_maze, grain_of(mazes.shape), execution,
               [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
                 FieldMaker fields(mazes);
                 for (std::int64_t i = begin; i < end; ++i) {
                   fields.add(i / goals_per_maze, goals[i], out + i * cells, stop);
                 }
                 fields.finish();
               });
}

void shortest_distances(MazeBatch mazes, const Cell* starts, const Cell* goals, Distance* out,
                        const Execution& execution) {
  const std::int64_t cells = mazes.shape.cells();
  parallel_for(mazes.num_mazes, grain_of(mazes.shape), execution,
               [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
                 FieldMaker fields(mazes);
                 const std::int64_t step = fields.at_once();
                 std::vector<Distance> found(static_cast<std::size_t>(step * cells));
                 for (std::int64_t first = begin; first < end; first += step) {
                   const std::int64_t last = std::min(first + step, end);
                   Distance* const field = found.data() - first * cells;
                   for (std::int64_t i = first; i < last; ++i) {
                     fields.add(i, goals[i], field + i * cells, stop);
                   }
                   fields.finish();
                   for (std::int64_t i = first; i < last; ++i) {
                     out[i] = field[i * cells + starts[i]];
                   }
                 }
               });
}

}  // namespace mlsearch
