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
#include "domains/maze/moves.hpp"

namespace mlsearch {
namespace {

constexpr int kMaxTries = 1000;
constexpr std::int64_t kGrain = 32;
constexpr std::size_t kStepsBetweenChecks = 1024;

// What walks ask of a maze whose moves cost 1.
class StepFields {
 public:
  using Value = Distance;
  static constexpr std::size_t num_moves = FourMoves::num;

  explicit StepFields(MazeBatch mazes) : mazes_(mazes) {}
  [[nodiscard]] Shape shape() const { return mazes_.shape; }

  MazeView load(std::int64_t maze) { return mazes_[maze]; }
  void field(MazeView maze, Cell goal, Distance* out, StopToken& stop) {
    distance_field(maze, goal, out, stop);
  }
  template <class Visit>
  void for_each_neighbour(MazeView maze, Cell cell, const Visit& visit) const {
    mlsearch::for_each_neighbour(maze, cell, [&](Cell to) { visit(to, 1); });
  }

 private:
  MazeBatch mazes_;
};

// What they ask of one whose moves have costs.
template <class Moves>
class CostFields {
 public:
  using Value = double;
  static constexpr std::size_t num_moves = Moves::num;

  explicit CostFields(const CostMazes& mazes)
      : mazes_(mazes), solver_(mazes.mazes.shape, Moves::has_diagonals) {}
  [[nodiscard]] Shape shape() const { return mazes_.mazes.shape; }

  MazeView load(std::int64_t maze) {
    entry_costs_ = mazes_.entry_costs_of(maze);
    if (maze != loaded_) solver_.load(mazes_.mazes[maze], entry_costs_);
    loaded_ = maze;
    return mazes_.mazes[maze];
  }
  void field(MazeView, Cell goal, double* out, StopToken& stop) { solver_.field(goal, out, stop); }
  template <class Visit>
  void for_each_neighbour(MazeView maze, Cell cell, const Visit& visit) const {
    for_each_move<Moves>(maze, cell, [&](Cell to, int move) {
      visit(to, Moves::cost(move) * entry_cost(entry_costs_, to));
    });
  }

 private:
  const CostMazes& mazes_;
  CostSolver solver_;
  const double* entry_costs_ = nullptr;
  std::int64_t loaded_ = -1;
};

// Draws the trajectories of one range of work; holds the buffers that they share.
template <class Fields>
class Walker {
 public:
  template <class Mazes>
  Walker(const Mazes& mazes, const WalkOptions& options)
      : fields_(mazes),
        options_(options),
        distances_(static_cast<std::size_t>(fields_.shape().cells())) {}

  // Appends trajectory number `item` to `path`.
  void walk(std::int64_t item, std::vector<Cell>& path, StopToken& stop) {
    index_ = item / options_.per_maze;
    maze_ = fields_.load(index_ - options_.first_maze);
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
  using Value = typename Fields::Value;

  Cell draw_start(Stream& stream, StopToken& stop) {
    for (int i = 0; i < kMaxTries; ++i) {
      const Cell start = draw_free_cell(maze_, stream);
      if (start == no_cell) fail("has no free cell");
      if (options_.has_goal) {
        fields_.field(maze_, draw_free_cell(maze_, stream), distances_.data(), stop);
        const Value distance = distances_[static_cast<std::size_t>(start)];
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
    fields_.for_each_neighbour(maze_, cell, [&](Cell, Value) { result = true; });
    return result;
  }

  [[nodiscard]] bool is_goal(Cell cell) const {
    return options_.has_goal && distances_[static_cast<std::size_t>(cell)] == 0;
  }

  // A uniformly drawn neighbour, of all or of those on a shortest way to the goal.
  std::optional<Cell> draw_move(Cell from, Stream& stream) const {
    const bool takes_any = stream.uniform() < options_.epsilon;
    const Value here = distances_[static_cast<std::size_t>(from)];
    std::array<Cell, Fields::num_moves> moves{};
    std::uint32_t count = 0;
    fields_.for_each_neighbour(maze_, from, [&](Cell to, Value cost) {
      const bool is_shortest = distances_[static_cast<std::size_t>(to)] + cost == here;
      if (takes_any || is_shortest) moves[count++] = to;
    });
    if (count == 0) return std::nullopt;
    return moves[stream.below(count)];
  }

  Fields fields_;
  const WalkOptions& options_;
  std::int64_t index_ = 0;
  MazeView maze_{};
  std::vector<Value> distances_;  // to the goal of the current trajectory
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

template <class Fields, class Mazes>
RaggedCells sampled(const Mazes& mazes, const WalkOptions& options, std::int64_t first,
                    std::int64_t count, const Execution& execution) {
  std::vector<std::int64_t> lengths(static_cast<std::size_t>(count) + 1);
  std::vector<std::vector<Cell>> buffers(static_cast<std::size_t>((count + kGrain - 1) / kGrain));
  parallel_for(count, kGrain, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken& stop) {
                 Walker<Fields> walker(mazes, options);
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

}  // namespace

RaggedCells sample_trajectories(MazeBatch mazes, const WalkOptions& options, std::int64_t first,
                                std::int64_t count, const Execution& execution) {
  return sampled<StepFields>(mazes, options, first, count, execution);
}

RaggedCells sample_trajectories(const CostMazes& mazes, const WalkOptions& options,
                                std::int64_t first, std::int64_t count,
                                const Execution& execution) {
  if (mazes.has_diagonals) {
    return sampled<CostFields<EightMoves>>(mazes, options, first, count, execution);
  }
  return sampled<CostFields<FourMoves>>(mazes, options, first, count, execution);
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
