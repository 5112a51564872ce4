#include <cstring>
#include <optional>
#include <string>

#include "bindings/pybind11.hpp"
#include "bindings/search.hpp"
#include "bindings/states.hpp"
#include "search/asked.hpp"

namespace mlsearch::bindings {
namespace {

// Asks `neighbours`, which answers with rows and with what their moves cost, or None where they
// cost 1. It gets arrays of its own, which it may keep.
Expander expander_of(const py::function& neighbours, const StateSpec& spec, py::ssize_t num_moves) {
  return [&neighbours, &spec, num_moves](std::span<const std::int32_t> problems,
                                         const StateBytes& states, StateBytes& rows,
                                         std::vector<double>& costs) {
    const py::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    const auto size = static_cast<py::ssize_t>(problems.size());
    const py::tuple answer = neighbours(py::array_t<std::int32_t>(size, problems.data()),
                                        spec.array(size, states.data()));
    const py::object row_costs = answer[1];
    const py::array found = checked_rows(answer[0], "neighbours", spec, {size, num_moves});
    std::memcpy(rows.data(), bytes_of(found), rows.size());
    if (row_costs.is_none()) return;
    const auto values = checked_array<double>(row_costs, "costs", {size, num_moves});
    costs.assign(values.data(), values.data() + values.size());
  };
}

py::tuple bound_search_states(const py::array& starts, const py::array& goals,
                              const py::function& neighbours, const py::function& heuristic,
                              const py::object& goal_mask, py::ssize_t num_moves, bool search,
                              std::optional<double> weight, std::int64_t expansions_per_round,
                              std::optional<std::int64_t> max_expansions,
                              std::optional<std::int64_t> beam_width,
                              std::optional<std::int64_t> max_generated, std::int64_t max_active,
                              std::int64_t max_bytes, int num_threads) {
  const SearchOptions options = checked_options(search, weight, expansions_per_round,
                                                max_expansions, beam_width, max_generated);
  check_max_active(max_active);
  if (num_moves < 1) throw py::value_error("num_moves: expected at least 1");
  const StateSpec spec = spec_of(starts);
  const py::ssize_t num_problems = starts.shape(0);
  check_num_problems(num_problems);
  const py::array first = checked_rows(starts, "starts", spec, {num_problems});
  const py::array last = checked_rows(goals, "goals", spec, {num_problems});
  const StateBytes mask = mask_of(goal_mask, spec);
  const Asked world(spec.num_bytes(), static_cast<std::size_t>(num_moves));
  const StateProblems<Asked> problems{{&world, 1},
                                      bytes_of(first),
                                      bytes_of(last),
                                      num_problems,
                                      mask.empty() ? nullptr : mask.data()};
  return searched(num_problems, spec, num_threads,
                  [&](SearchResults& results, const Execution& execution) {
                    search_asked(problems, expander_of(neighbours, spec, num_moves),
                                 predictor_of(heuristic, spec), {max_active, max_bytes}, options,
                                 results, execution);
                  });
}

}  // namespace

void register_states(py::module_& module) {
  using namespace py::literals;
  module.def("search_states", &bound_search_states, "starts"_a, "goals"_a, "neighbours"_a,
             "heuristic"_a, py::kw_only(), "goal_mask"_a, "num_moves"_a, "search"_a, "weight"_a,
             "expansions_per_round"_a, "max_expansions"_a, "beam_width"_a = py::none(),
             "max_generated"_a = py::none(), "max_active"_a, "max_bytes"_a, "num_threads"_a);
}

}  // namespace mlsearch::bindings
