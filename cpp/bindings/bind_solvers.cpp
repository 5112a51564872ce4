#include <memory>
#include <optional>
#include <utility>

#include "bindings/pybind11.hpp"
#include "domains/puzzles/solvers/permutations.hpp"
#include "domains/puzzles/solvers/sokoban_level.hpp"
#include "domains/puzzles/solvers/sokoban_search.hpp"
#include "domains/puzzles/solvers/tile_search.hpp"

namespace mlsearch::bindings {
namespace {

using solvers::Limits;
using solvers::Number;
using solvers::Permutations;
using solvers::RowTable;

constexpr py::ssize_t kQueriesAtOnce = 1 << 12;

void check_count(const char* name, std::int64_t value, std::int64_t least) {
  if (value >= least) return;
  throw py::value_error(std::string(name) + ": expected at least " + std::to_string(least) +
                        ", got " + std::to_string(value));
}

// Rows of bytes with their numbers.
struct RowIndex {
  RowTable table;
  py::ssize_t row_bytes;

  py::array_t<std::uint8_t> rows() const {
    py::array_t<std::uint8_t> rows({static_cast<py::ssize_t>(table.size()), row_bytes});
    std::uint8_t* out = rows.mutable_data();
    const py::gil_scoped_release released;
    table.copy_to(out);
    return rows;
  }

  py::array_t<std::int32_t> find(const py::object& object, int num_threads) const {
    const auto rows = checked_array<std::uint8_t>(object, "rows", {any_size, row_bytes});
    py::array_t<std::int32_t> numbers(rows.shape(0));
    std::int32_t* out = numbers.mutable_data();
    const std::uint8_t* wanted = rows.data();
    const py::ssize_t count = rows.shape(0);
    run_released(num_threads, [&](const Execution& execution) {
      parallel_for(count, kQueriesAtOnce, execution,
                   [&](std::int64_t begin, std::int64_t end, StopToken&) {
                     find_range(wanted, begin, end, out);
                   });
    });
    return numbers;
  }

 private:
  void find_range(const std::uint8_t* rows, std::int64_t begin, std::int64_t end,
                  std::int32_t* out) const {
    constexpr std::int64_t kAhead = 16;
    std::uint64_t hashes[kAhead];
    for (std::int64_t first = begin; first < end; first += kAhead) {
      const std::int64_t count = std::min(kAhead, end - first);
      for (std::int64_t i = 0; i < count; ++i) {
        hashes[i] = table.hash(rows + (first + i) * row_bytes);
        table.prefetch_slot(hashes[i]);
      }
      for (std::int64_t i = 0; i < count; ++i) table.prefetch_row(hashes[i]);
      for (std::int64_t i = 0; i < count; ++i) {
        out[first + i] = table.find(rows + (first + i) * row_bytes, hashes[i]);
      }
    }
  }
};

RowIndex index_of_rows(const py::object& object) {
  const auto rows = checked_array<std::uint8_t>(object, "rows", {any_size, any_size});
  check_count("rows: bytes of a row", rows.shape(1), 1);
  RowIndex index{RowTable(static_cast<int>(rows.shape(1))), rows.shape(1)};
  const std::uint8_t* row = rows.data();
  const py::ssize_t count = rows.shape(0);
  const std::int64_t same = run_released(1, [&](const Execution& execution) {
    std::int64_t twice = -1;
    parallel_for(count, count + 1, execution, [&](std::int64_t, std::int64_t, StopToken& stop) {
      for (py::ssize_t i = 0; i < count && twice < 0; ++i, row += index.row_bytes) {
        if (i % kQueriesAtOnce == 0) stop.check();
        if (index.table.insert(row, index.table.hash(row)) != i) twice = i;
      }
    });
    return twice;
  });
  if (same < 0) return index;
  throw py::value_error("rows: expected different ones, got row " + std::to_string(same) +
                        " for the second time");
}

Permutations checked_moves(const py::object& object) {
  const auto moves = checked_array<std::uint16_t>(object, "moves", {any_size, any_size});
  check_count("moves: number", moves.shape(0), 1);
  check_count("moves: positions", moves.shape(1), 1);
  const py::ssize_t size = moves.shape(1);
  std::vector<char> is_there;
  for (py::ssize_t k = 0; k < moves.shape(0); ++k) {
    is_there.assign(static_cast<std::size_t>(size), 0);
    for (py::ssize_t i = 0; i < size; ++i) {
      const std::uint16_t from = moves.at(k, i);
      if (from < size && !std::exchange(is_there[from], 1)) continue;
      throw py::value_error("moves: expected permutations of 0 to " + std::to_string(size - 1) +
                            ", got " + std::to_string(from) + " in move " + std::to_string(k) +
                            " at position " + std::to_string(i));
    }
  }
  return {moves.data(), static_cast<int>(moves.shape(0)), static_cast<int>(size)};
}

template <class Moves>
py::tuple states_around(const Moves& moves, const py::object& start_object, std::int64_t max_bytes,
                        int num_threads) {
  const auto start = checked_array<std::uint8_t>(start_object, "start", {moves.size()});
  check_count("max_bytes", max_bytes, 0);
  std::vector<std::int64_t> begins;
  auto index = run_released(num_threads, [&](const Execution& execution) {
    auto layers =
        solvers::all_states(moves, start.data(), static_cast<std::size_t>(max_bytes), execution);
    for (int depth = 0; depth <= layers.depth(); ++depth) begins.push_back(layers.begin_of(depth));
    return RowIndex{std::move(layers).table(), moves.size()};
  });
  return py::make_tuple(
      std::move(index),
      py::array_t<std::int64_t>(static_cast<py::ssize_t>(begins.size()), begins.data()));
}

py::tuple permutation_states(const py::object& moves, const py::object& start,
                             std::int64_t max_bytes, int num_threads) {
  return states_around(checked_moves(moves), start, max_bytes, num_threads);
}

void check_board(int height, int width) {
  if (height >= 1 && width >= 1 && height <= solvers::kMostCells && width <= solvers::kMostCells &&
      height * width <= solvers::kMostCells) {
    return;
  }
  throw py::value_error("board: expected 1 to " + std::to_string(solvers::kMostCells) +
                        " cells, got " + std::to_string(height) + " x " + std::to_string(width));
}

// Throws unless each of `count` boards holds 0 .. size - 1 once.
void check_tiles(const char* name, const std::uint8_t* boards, py::ssize_t count, int size) {
  for (py::ssize_t i = 0; i < count; ++i) {
    std::uint64_t seen = 0;
    for (int cell = 0; cell < size; ++cell) {
      const std::uint8_t tile = boards[i * size + cell];
      if (tile < size) seen |= std::uint64_t{1} << tile;
    }
    if (seen == ~std::uint64_t{0} >> (64 - size)) continue;
    throw py::value_error(std::string(name) + ": expected each of 0 to " +
                          std::to_string(size - 1) + " once, got another board at index " +
                          std::to_string(i));
  }
}

py::tuple tile_states(int height, int width, const py::object& start, std::int64_t max_bytes,
                      int num_threads) {
  check_board(height, width);
  const auto board = checked_array<std::uint8_t>(start, "start", {height * width});
  check_tiles("start", board.data(), 1, height * width);
  return states_around(solvers::SlidingTiles(height, width), start, max_bytes, num_threads);
}

std::unique_ptr<solvers::TwoSided> two_sided(const py::object& moves_object,
                                             const py::object& goal_object, std::int64_t max_bytes,
                                             std::int64_t max_states) {
  Permutations moves = checked_moves(moves_object);
  const auto goal = checked_array<std::uint8_t>(goal_object, "goal", {moves.size()});
  check_count("max_bytes", max_bytes, 1 << 16);
  check_count("max_states", max_states, 1);
  const auto half = static_cast<std::size_t>(max_bytes) / 2;
  Limits around_start{.max_bytes = half};
  around_start.max_rows = std::min(around_start.max_rows, static_cast<std::size_t>(max_states));
  return std::make_unique<solvers::TwoSided>(std::move(moves), goal.data(),
                                             Limits{.max_bytes = half}, around_start);
}

py::array_t<std::int32_t> two_sided_distances(solvers::TwoSided& search,
                                              const py::object& starts_object, int num_threads) {
  const auto starts =
      checked_array<std::uint8_t>(starts_object, "starts", {any_size, search.size()});
  py::array_t<std::int32_t> distances(starts.shape(0));
  std::int32_t* out = distances.mutable_data();
  const py::ssize_t count = starts.shape(0);
  run_released(num_threads, [&](const Execution& execution) {
    search.distances(starts.data(), count, out, execution);
  });
  return distances;
}

void check_nodes(const py::array_t<std::int32_t>& nodes, const char* name, py::ssize_t bound) {
  for (py::ssize_t i = 0; i < nodes.size(); ++i) {
    const std::int32_t node = nodes.data()[i];
    if (node >= 0 && node < bound) continue;
    throw py::value_error(std::string(name) + ": expected 0 to " + std::to_string(bound - 1) +
                          ", got " + std::to_string(node) + " at flat index " + std::to_string(i));
  }
}

py::array_t<std::int32_t> graph_distances(const py::object& backwards_object,
                                          const py::object& goals_object, int num_threads) {
  const auto backwards =
      checked_array<std::int32_t>(backwards_object, "backwards", {any_size, any_size});
  const auto goals = checked_array<std::int32_t>(goals_object, "goals", {any_size});
  check_nodes(backwards, "backwards", backwards.shape(0));
  check_nodes(goals, "goals", backwards.shape(0));
  py::array_t<std::int32_t> distances({goals.shape(0), backwards.shape(0)});
  std::int32_t* out = distances.mutable_data();
  const std::span<const std::int32_t> nodes(backwards.data(),
                                            static_cast<std::size_t>(backwards.size()));
  run_released(num_threads, [&](const Execution& execution) {
    solvers::graph_distances(nodes, distances.shape(1), goals.data(), distances.shape(0), out,
                             execution);
  });
  return distances;
}

std::unique_ptr<solvers::TilePatterns> tile_patterns(int height, int width, int blank,
                                                     int num_threads) {
  check_board(height, width);
  if (blank < 0 || blank >= height * width) {
    throw py::value_error("blank: expected 0 to " + std::to_string(height * width - 1) + ", got " +
                          std::to_string(blank));
  }
  return run_released(num_threads, [&](const Execution& execution) {
    return std::make_unique<solvers::TilePatterns>(height, width, blank, execution);
  });
}

py::tuple tile_distances(const solvers::TilePatterns& patterns, const py::object& object,
                         std::int64_t max_nodes, int num_threads) {
  const auto boards =
      checked_array<std::uint8_t>(object, "boards", {any_size, patterns.num_cells()});
  check_tiles("boards", boards.data(), boards.shape(0), patterns.num_cells());
  check_count("max_nodes", max_nodes, 0);
  py::array_t<std::int32_t> distances(boards.shape(0));
  py::array_t<std::int64_t> nodes(boards.shape(0));
  std::int32_t* out = distances.mutable_data();
  std::int64_t* expanded = nodes.mutable_data();
  const py::ssize_t count = boards.shape(0);
  run_released(num_threads, [&](const Execution& execution) {
    solvers::tile_distances(patterns, boards.data(), count, max_nodes, out, expanded, execution);
  });
  return py::make_tuple(distances, nodes);
}

// The group and the shift of each tile, and the table of each group.
py::tuple pattern_tables(const solvers::TilePatterns& patterns) {
  py::list groups, shifts, tables;
  for (int tile = 0; tile < patterns.num_cells(); ++tile) {
    groups.append(patterns.group(tile));
    shifts.append(patterns.shift(tile));
  }
  for (int group = 0; group < patterns.num_groups(); ++group) {
    const auto& table = patterns.table(group);
    tables.append(py::array_t<std::uint8_t>(static_cast<py::ssize_t>(table.size()), table.data()));
  }
  return py::make_tuple(groups, shifts, tables);
}

py::tuple sokoban_distances(const py::object& walls_object, const py::object& boxes_object,
                            const py::object& players_object, const py::object& targets_object,
                            std::int64_t max_expansions, int num_threads) {
  const auto walls =
      checked_array<std::uint8_t>(walls_object, "walls", {any_size, any_size, any_size});
  const py::ssize_t count = walls.shape(0), height = walls.shape(1), width = walls.shape(2);
  const py::ssize_t cells = height * width;
  if (cells < 1 || cells > solvers::kMostFloors) {
    throw py::value_error("walls: expected 1 to " + std::to_string(solvers::kMostFloors) +
                          " cells in a level, got " + std::to_string(cells));
  }
  const auto boxes = checked_array<std::uint8_t>(boxes_object, "boxes", {count, height, width});
  const auto targets =
      checked_array<std::uint8_t>(targets_object, "targets", {count, height, width});
  const auto players = checked_array<std::int32_t>(players_object, "players", {count});
  check_count("max_expansions", max_expansions, 0);
  check_nodes(players, "players", cells);
  for (py::ssize_t i = 0; i < walls.size(); ++i) {
    const bool is_player = players.data()[i / cells] == i % cells;
    const auto clash = [&](const char* what) {
      return py::value_error(std::string(what) + " at index " + std::to_string(i / cells) +
                             ", cell " + std::to_string(i % cells));
    };
    if (walls.data()[i] != 0 && boxes.data()[i] != 0) throw clash("boxes: one is in a wall,");
    if (walls.data()[i] != 0 && is_player) throw clash("players: the player is in a wall,");
    if (boxes.data()[i] != 0 && is_player) throw clash("players: the player is on a box,");
  }
  py::array_t<std::int32_t> distances(count);
  py::array_t<std::int64_t> expansions(count);
  std::int32_t* out = distances.mutable_data();
  std::int64_t* expanded = expansions.mutable_data();
  const solvers::SokobanProblems problems{
      walls.data(),           boxes.data(), targets.data(),
      players.data(),         count,        static_cast<int>(height),
      static_cast<int>(width)};
  run_released(num_threads, [&](const Execution& execution) {
    solvers::sokoban_distances(problems, max_expansions, out, expanded, execution);
  });
  return py::make_tuple(distances, expansions);
}

}  // namespace

void register_solvers(py::module_& module) {
  py::class_<RowIndex>(module, "RowIndex")
      .def(py::init(&index_of_rows), py::arg("rows"))
      .def("rows", &RowIndex::rows, "All rows, uint8 [M, n], in the order of their numbers.")
      .def("find", &RowIndex::find, py::arg("rows"), py::arg("num_threads"),
           "The numbers of rows, int32; -1 for those that are not there.")
      .def("__len__", [](const RowIndex& index) { return index.table.size(); })
      .def_property_readonly("num_bytes",
                             [](const RowIndex& index) { return index.table.bytes(); });
  module.def("permutation_states", &permutation_states, py::arg("moves"), py::arg("start"),
             py::arg("max_bytes"), py::arg("num_threads"),
             "All states around start: their RowIndex, and the number that begins each depth.");
  module.def("tile_states", &tile_states, py::arg("height"), py::arg("width"), py::arg("start"),
             py::arg("max_bytes"), py::arg("num_threads"),
             "The same for a board of tiles, 0 for the blank.");
  py::class_<solvers::TwoSided>(module, "TwoSided")
      .def(py::init(&two_sided), py::arg("moves"), py::arg("goal"), py::arg("max_bytes"),
           py::arg("max_states"))
      .def("distances", &two_sided_distances, py::arg("starts"), py::arg("num_threads"),
           "Fewest moves from starts [N, n] to the goal, int32 [N], -1 where not known.");
  module.def("graph_distances", &graph_distances, py::arg("backwards"), py::arg("goals"),
             py::arg("num_threads"),
             "Fewest moves from all nodes to goals [G] over predecessors [M, K], int32 [G, M].");
  py::class_<solvers::TilePatterns>(module, "TilePatterns")
      .def(py::init(&tile_patterns), py::arg("height"), py::arg("width"), py::arg("blank"),
           py::arg("num_threads"))
      .def("distances", &tile_distances, py::arg("boards"), py::arg("max_nodes"),
           py::arg("num_threads"),
           "Fewest moves int32 [N], -1 where not known, and expanded nodes int64 [N].")
      .def("tables", &pattern_tables, "Group and shift of each tile, and the tables.")
      .def_property_readonly("num_bytes", &solvers::TilePatterns::bytes);
  module.def("sokoban_distances", &sokoban_distances, py::arg("walls"), py::arg("boxes"),
             py::arg("players"), py::arg("targets"), py::arg("max_expansions"),
             py::arg("num_threads"),
             "Fewest moves int32 [N], -1 where not known, and expansions int64 [N].");
}

}  // namespace mlsearch::bindings
