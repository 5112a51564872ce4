#include <algorithm>
#include <memory>
#include <string>

#include "api/compiled.hpp"
#include "bindings/pybind11.hpp"
#include "bindings/search.hpp"
#include "bindings/states.hpp"
#include "domains/puzzles/permutation.hpp"
#include "domains/puzzles/pull_walk.hpp"
#include "domains/puzzles/sokoban.hpp"
#include "domains/puzzles/tiles.hpp"
#include "domains/puzzles/toggles.hpp"
#include "domains/puzzles/windows.hpp"

namespace mlsearch::bindings {
namespace {

using Domain = std::unique_ptr<CompiledDomain>;
using Bytes = py::array_t<std::uint8_t>;

constexpr py::ssize_t kMaxTable = 1 << 24;  // entries of a table of moves

void check_table(const char* name, const py::array& table) {
  if (table.shape(0) > 0 && table.shape(1) > 0 && table.size() <= kMaxTable) return;
  throw py::value_error(std::string(name) + ": expected 1 to 2^24 entries, got " +
                        std::to_string(table.size()));
}

void check_below(const char* name, const py::array_t<std::int32_t>& numbers, std::int64_t bound) {
  const std::int32_t* const end = numbers.data() + numbers.size();
  const auto* const wrong = std::find_if(
      numbers.data(), end, [bound](std::int32_t number) { return number < 0 || number >= bound; });
  if (wrong == end) return;
  throw py::value_error(std::string(name) + ": expected 0 to " + std::to_string(bound - 1) +
                        ", got " + std::to_string(*wrong));
}

Domain permutation(const py::object& object) {
  const auto moves = checked_array<std::int32_t>(object, "moves", {any_size, any_size});
  check_table("moves", moves);
  check_below("moves", moves, moves.shape(1));
  return std::make_unique<Compiled<PermutationPuzzle>>(
      PermutationPuzzle(moves.data(), static_cast<std::size_t>(moves.shape(0)),
                        static_cast<std::size_t>(moves.shape(1))));
}

Domain toggles(const py::object& object) {
  const auto switches = checked_array<std::uint8_t>(object, "switches", {any_size, any_size});
  check_table("switches", switches);
  return std::make_unique<Compiled<TogglePuzzle>>(
      TogglePuzzle(switches.data(), static_cast<std::size_t>(switches.shape(0)),
                   static_cast<std::size_t>(switches.shape(1))));
}

Domain tiles(std::int64_t side) {
  if (side < 2 || side > 15) throw py::value_error("side: expected 2 to 15");
  return std::make_unique<Compiled<TilesPuzzle>>(TilesPuzzle(static_cast<std::size_t>(side)));
}

template <class Levels>
Domain sokoban(const py::object& object) {
  const auto walls = checked_array<std::uint8_t>(object, "walls", {any_size, any_size, any_size});
  const py::ssize_t* shape = walls.shape();
  if (shape[0] < 1 || shape[1] < 1 || shape[2] < 1 || shape[1] > 255 || shape[2] > 255) {
    throw py::value_error("walls: expected levels with sides from 1 to 255, got shape " +
                          shape_text({shape, 3}));
  }
  return std::make_unique<Compiled<Levels>>(Levels(walls.data(), shape[0],
                                                   static_cast<std::size_t>(shape[1]),
                                                   static_cast<std::size_t>(shape[2])));
}

struct CheckedStates {
  Bytes states;
  py::array_t<std::int32_t> worlds;

  [[nodiscard]] StateBatch batch() const { return {states.data(), worlds.data(), worlds.size()}; }
};

CheckedStates checked_states(const CompiledDomain& domain, const char* name,
                             const py::object& states_object, const py::object& worlds_object) {
  const auto size = static_cast<py::ssize_t>(domain.num_bytes());
  const auto states = checked_array<std::uint8_t>(states_object, name, {any_size, size});
  const auto worlds = checked_array<std::int32_t>(worlds_object, "worlds", {states.shape(0)});
  check_below("worlds", worlds, domain.num_worlds());
  return {states, worlds};
}

Bytes neighbours(const CompiledDomain& domain, const py::object& states, const py::object& worlds,
                 int num_threads) {
  const CheckedStates checked = checked_states(domain, "states", states, worlds);
  Bytes rows({checked.worlds.size(), static_cast<py::ssize_t>(domain.num_moves()),
              static_cast<py::ssize_t>(domain.num_bytes())});
  std::uint8_t* const out = rows.mutable_data();
  run_released(num_threads, [&](const Execution& execution) {
    domain.neighbours(checked.batch(), out, execution);
  });
  return rows;
}

py::tuple walk(const CompiledDomain& domain, const py::object& origins, const py::object& worlds,
               const py::object& items_object, std::uint64_t seed, std::int64_t length,
               bool backtracks, bool keeps_all, int num_threads) {
  const CheckedStates checked = checked_states(domain, "origins", origins, worlds);
  const py::ssize_t count = checked.worlds.size();
  const auto items = checked_array<std::int64_t>(items_object, "items", {count});
  if (length < 0 || length >= std::int64_t{1} << 31) {
    throw py::value_error("length: expected 0 to 2^31 - 1, got " + std::to_string(length));
  }
  const auto size = static_cast<py::ssize_t>(domain.num_bytes());
  Bytes states(keeps_all ? std::vector<py::ssize_t>{count, length + 1, size}
                         : std::vector<py::ssize_t>{count, size});
  py::array_t<std::int32_t> lengths(count);
  const RandomWalkOptions options{items.data(), seed, length, backtracks, keeps_all};
  std::uint8_t* const out = states.mutable_data();
  std::int32_t* const steps = lengths.mutable_data();
  run_released(num_threads, [&](const Execution& execution) {
    domain.walk(checked.batch(), options, out, steps, execution);
  });
  return py::make_tuple(states, lengths);
}

py::tuple search(const CompiledDomain& domain, const py::object& starts, const py::object& goals,
                 const py::object& worlds, const py::function& heuristic,
                 const py::object& goal_mask, bool search, std::optional<double> weight,
                 std::int64_t expansions_per_round, std::optional<std::int64_t> max_expansions,
                 std::optional<std::int64_t> beam_width, std::optional<std::int64_t> max_generated,
                 std::int64_t max_active, std::int64_t max_bytes, int num_threads,
                 const py::object& move_costs) {
  const SearchOptions options = checked_options(search, weight, expansions_per_round,
                                                max_expansions, beam_width, max_generated);
  check_max_active(max_active);
  const CheckedStates first = checked_states(domain, "starts", starts, worlds);
  const CheckedStates last = checked_states(domain, "goals", goals, worlds);
  const StateSpec spec = spec_of(first.states);
  const StateBytes mask = mask_of(goal_mask, spec);
  const auto num_moves = static_cast<py::ssize_t>(domain.num_moves());
  const auto costs = move_costs.is_none()
                         ? py::array_t<double>()
                         : checked_array<double>(move_costs, "move_costs", {num_moves});
  const ProblemBatch problems{first.batch(), last.states.data(),
                              mask.empty() ? nullptr : mask.data(),
                              costs.size() > 0 ? costs.data() : nullptr};
  check_num_problems(first.worlds.size());
  return searched(first.worlds.size(), spec, num_threads,
                  [&](SearchResults& results, const Execution& execution) {
                    domain.search(problems, predictor_of(heuristic, spec), {max_active, max_bytes},
                                  options, results, execution);
                  });
}

py::array_t<std::int32_t> window_numbers(const py::object& states_object,
                                         const py::object& places_object,
                                         const py::object& tables_object, std::int64_t radix,
                                         int num_threads) {
  if (radix < 1 || radix > 256) throw py::value_error("radix: expected 1 to 256");
  const auto states = checked_array<std::uint8_t>(states_object, "states", {any_size, any_size});
  if (states.shape(1) < 1 || states.shape(1) > 1 << 16) {
    throw py::value_error("states: expected 1 to 65536 bytes, got " +
                          std::to_string(states.shape(1)));
  }
  const auto places = checked_array<std::int32_t>(places_object, "places",
                                                  {any_size, py::ssize_t{Windows::kPlaces}});
  const auto tables = checked_array<std::int32_t>(tables_object, "tables",
                                                  {places.shape(0), radix * radix * radix});
  check_below("places", places, states.shape(1));
  const Windows windows(places.data(), tables.data(), static_cast<std::size_t>(places.shape(0)),
                        static_cast<std::size_t>(radix));
  py::array_t<std::int32_t> found({states.shape(0), places.shape(0)});
  std::int32_t* const out = found.mutable_data();
  run_released(num_threads, [&](const Execution& execution) {
    windows.numbers(states.data(), states.shape(0), static_cast<std::size_t>(states.shape(1)), out,
                    execution);
  });
  return found;
}

}  // namespace

void register_puzzles(py::module_& module) {
  using namespace py::literals;
  py::class_<CompiledDomain>(module, "CompiledDomain")
      .def_property_readonly("num_worlds", &CompiledDomain::num_worlds)
      .def("neighbours", &neighbours, "states"_a, "worlds"_a, "num_threads"_a = 0)
      .def("walk", &walk, "origins"_a, "worlds"_a, "items"_a, "seed"_a, "length"_a, "backtracks"_a,
           "keeps_all"_a, "num_threads"_a = 0)
      .def("search", &search, "starts"_a, "goals"_a, "worlds"_a, "heuristic"_a, py::kw_only(),
           "goal_mask"_a, "search"_a, "weight"_a, "expansions_per_round"_a, "max_expansions"_a,
           "beam_width"_a = py::none(), "max_generated"_a = py::none(), "max_active"_a,
           "max_bytes"_a, "num_threads"_a, "move_costs"_a = py::none());
  module.def("window_numbers", &window_numbers, "states"_a, "places"_a, "tables"_a, "radix"_a,
             "num_threads"_a = 0);
  module.def("permutation", &permutation, "moves"_a);
  module.def("toggles", &toggles, "switches"_a);
  module.def("tiles", &tiles, "side"_a);
  module.def("sokoban", &sokoban<SokobanPuzzle>, "walls"_a);
  module.def("sokoban_pulls", &sokoban<SokobanPulls>, "walls"_a);
}

}  // namespace mlsearch::bindings
