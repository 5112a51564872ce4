#include "data/walks.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>

#include "core/rng.hpp"
#include "domains/maze/bfs.hpp"
#include "domains/maze/free_cells.hpp"

namespace mlsearch {
namespace {

constexpr int kMaxTries = 1000;
constexpr std::int64_t kGrain = 32;
constexpr std::size_t kStepsBetweenChecks = 1024;

// Draws the trajectories of one range of work; holds the buffers that they share.
class Walker {
 public:
  Walker(MazeBatch mazes, const WalkOptions& options)
      : mazes_(mazes),
        options_(options),
        distances_(static_cast<std::size_t>(mazes.shape.cells())) {}

  // Appends trajectory number `item` to `path`.
  void walk(std::int64_t item, std::vector<Cell>& path, StopToken& stop) {
    index_ = item / options_.per_maze;
    maze_ = mazes_[index_ - options_.first_maze];
    Stream stream(options_.seed, static_cast<std::uint64_t>(item));
    Cell cell = draw_start(stream, stop);
    path.push_back(cell);
    for (Distance steps = 0; steps < options_.max_length && !is_goal(cell); ++steps) {
      const std::optional<Cell> next = draw_move(cell, stream);
      if (!next) break;
      cell = *next;
      path.push_back(cell);
      if (path.size() % kStepsBetweenChecks == 0) stop.check();
    }
  }

 private:
  Cell draw_start(Stream& stream, StopToken& stop) {
    for (int i = 0; i < kMaxTries; ++i) {
      const Cell start = draw_free_cell(maze_, stream);
      if (start == no_cell) fail("has no free cell");
      if (options_.has_goal) {
        distance_field(maze_, draw_free_cell(maze_, stream), distances_.data(), stop);
        const Distance distance = distances_[static_cast<std::size_t>(start)];
        if (options_.min_length <= distance && distance <= options_.max_length) return start;
      } else if (options_.min_length == 0 || can_move(start)) {
        return start;
      }
      stop.check();
    }
    fail("found no trajectory of length " + std::to_string(options_.min_length) + " to " +
         std::to_string(options_.max_length) + " in " + std::to_string(kMaxTries) + " tries");
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw std::invalid_argument("mazes: maze " + std::to_string(index_) + " " + what);
  }

  [[nodiscard]] bool can_move(Cell cell) const {
    bool result = false;
    for_each_neighbour(maze_, cell, [&](Cell) { result = true; });
    return result;
  }

  [[nodiscard]] bool is_goal(Cell cell) const {
    return options_.has_goal && distances_[static_cast<std::size_t>(cell)] == 0;
  }

  // A uniformly drawn neighbour, of all or of those nearer to the goal.
  std::optional<Cell> draw_move(Cell from, Stream& stream) const {
    const bool takes_any = stream.uniform() < options_.epsilon;
    const Distance here = distances_[static_cast<std::size_t>(from)];
    std::array<Cell, 4> moves{};
    std::uint32_t count = 0;
    for_each_neighbour(maze_, from, [&](Cell to) {
      if (takes_any || distances_[static_cast<std::size_t>(to)] < here) moves[count++] = to;
    });
    if (count == 0) return std::nullopt;
    return moves[stream.below(count)];
  }

  MazeBatch mazes_;
  const WalkOptions& options_;
  std::int64_t index_ = 0;
  MazeView maze_{};
  std::vector<Distance> distances_;  // to the goal of the current trajectory
};

// The buffers joined into one; the offsets hold lengths shifted by one and are summed up here.
RaggedCells joined(const std::vector<std::vector<Cell>>& buffers,
                   std::vector<std::int64_t> offsets) {
  for (std::size_t i = 1; i < offsets.size(); ++i) offsets[i] += offsets[i - 1];
  RaggedCells result{{}, std::move(offsets)};
  result.cells.reserve(static_cast<std::size_t>(result.offsets.back()));
  for (const auto& buffer : buffers) {
    result.cells.insert(result.cells.end(), buffer.begin(), buffer.end());
  }
  return result;
}

bool is_move(Cell from, Cell to, std::int32_t width) {
  const std::int32_t difference = to - from;
  if (difference == width || difference == -width) return true;
  return (difference == 1 || difference == -1) && from / width == to / width;
}

std::string number_name(std::int64_t i) { return "trajectory " + std::to_string(i) + ": "; }

void check_trajectory(MazeBatch mazes, const TrajectoryBatch& trajectories, std::int64_t i) {
  const auto fail = [i](const std::string& what) {
    throw std::invalid_argument(number_name(i) + "states: " + what);
  };
  const MazeView maze = mazes[trajectories.worlds[i]];
  Cell previous = -1;
  for (std::int64_t at = trajectories.offsets[i]; at < trajectories.offsets[i + 1]; ++at) {
    const Cell cell = trajectories.cells[at];
    if (cell < 0 || cell >= mazes.shape.cells()) {
      fail("expected 0 to " + std::to_string(mazes.shape.cells() - 1) + ", got " +
           std::to_string(cell));
    }
    if (!maze.is_free(cell)) fail(std::to_string(cell) + " is a wall");
    if (previous >= 0 && !is_move(previous, cell, mazes.shape.width)) {
      fail(std::to_string(previous) + " to " + std::to_string(cell) + " is no move");
    }
    previous = cell;
  }
}

void check_offset(const std::int64_t* offsets, std::int64_t i) {
  if (offsets[i + 1] <= offsets[i]) {
    throw std::invalid_argument(
        "offsets: expected increasing numbers, got " + std::to_string(offsets[i]) + " before " +
        std::to_string(offsets[i + 1]) + " at trajectory " + std::to_string(i));
  }
  if (offsets[i + 1] - offsets[i] > std::numeric_limits<std::int32_t>::max()) {
    throw std::invalid_argument("offsets: trajectory " + std::to_string(i) +
                                " has more than 2^31 - 1 states");
  }
}

}  // namespace

RaggedCells sample_trajectories(MazeBatch mazes, const WalkOptions& options, std::int64_t first,
                                std::int64_t count, const Execution& execution) {
  std::vector<std::int64_t> lengths(static_cast<std::size_t>(count) + 1);
  std::vector<std::vector<Cell>> buffers(static_cast<std::size_t>((count + kGrain - 1) / kGrain));
  parallel_for(count, kGrain, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
                 Walker walker(mazes, options);
                 std::vector<Cell>& cells = buffers[static_cast<std::size_t>(begin / kGrain)];
                 for (std::int64_t i = begin; i < end; ++i) {
                   const std::size_t before = cells.size();
                   walker.walk(first + i, cells, stop);
                   lengths[static_cast<std::size_t>(i) + 1] =
                       static_cast<std::int64_t>(cells.size() - before);
                 }
               });
  return joined(buffers, std::move(lengths));
}

void check_ragged(const std::int32_t* worlds, const std::int64_t* offsets,
                  std::int64_t num_trajectories, std::int64_t num_states, std::int64_t num_worlds,
                  const Execution& execution) {
  if (offsets[0] != 0 || offsets[num_trajectories] != num_states) {
    throw std::invalid_argument("offsets: expected to run from 0 to the number of states, " +
                                std::to_string(num_states) + ", got " + std::to_string(offsets[0]) +
                                " to " + std::to_string(offsets[num_trajectories]));
  }
  parallel_for(num_trajectories, kGrain * 1024, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken&) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   check_offset(offsets, i);
                   if (worlds[i] >= 0 && worlds[i] < num_worlds) continue;
                   throw std::invalid_argument(number_name(i) + "worlds: expected 0 to " +
                                               std::to_string(num_worlds - 1) + ", got " +
                                               std::to_string(worlds[i]));
                 }
               });
}

void check_trajectories(MazeBatch mazes, const TrajectoryBatch& trajectories,
                        const Execution& execution) {
  parallel_for(trajectories.num_trajectories, kGrain * 32, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   check_trajectory(mazes, trajectories, i);
                   if (i % 64 == 0) stop.check();
                 }
               });
}

}  // namespace mlsearch
