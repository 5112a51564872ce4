#include <algorithm>

#include "search/graph.hpp"
#include "bindings/pybind11.hpp"
#include "bindings/search.hpp"

namespace mlsearch::bindings {
namespace {

void check_states(const char* name, const py::array_t<State>& states) {
  for (py::ssize_t i = 0; i < states.shape(0); ++i) {
    if (states.at(i) >= 0) continue;
    throw py::value_error(std::string(name) + ": problem " + std::to_string(i) + ": state " +
                          std::to_string(states.at(i)) + " is negative");
  }
}

// Asks `neighbours`, which gets an array of its own.
Expander expander_of(const py::function& neighbours) {
  return [&neighbours](std::span<const State> states, std::vector<State>& rows) {
    const py::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    const auto size = static_cast<py::ssize_t>(states.size());
    const py::object answer = neighbours(py::array_t<State>(size, states.data()));
    const auto found = checked_array<State>(answer, "neighbours", {size, any_size});
    rows.assign(found.data(), found.data() + found.size());
  };
}

[[noreturn]] void raise(const NonFinitePrediction& error) {
  raise_error("HeuristicError", "heuristic: predicted distance of problem " +
                                    std::to_string(error.problem) + ", state " +
                                    std::to_string(error.state) + " is " + value_name(error.value));
}

[[noreturn]] void raise(const InvalidNeighbour& error) {
  raise_error("DomainError", "neighbours: of problem " + std::to_string(error.problem) +
                                 ", state " + std::to_string(error.state) +
                                 ": expected states (0 or more), or -1 for no move, got " +
                                 std::to_string(error.neighbour));
}

[[noreturn]] void raise(const OutOfStateMemory& error) {
  const std::string message = "search: " + std::to_string(error.num_states) + " states, seen by " +
                              std::to_string(error.num_problems) +
                              " active problems, take more memory than allowed; the " +
                              "most by problem " + std::to_string(error.largest) +
                              "; set max_expansions, or lower max_active";
  py::set_error(PyExc_MemoryError, message.c_str());
  throw py::error_already_set();
}

py::tuple bound_search_graph(const py::object& starts, const py::object& goals,
                             const py::function& neighbours, const py::function& heuristic,
                             bool search, std::optional<double> weight,
                             std::int64_t expansions_per_round,
                             std::optional<std::int64_t> max_expansions, std::int64_t max_active,
                             std::int64_t max_bytes, int num_threads) {
  const SearchOptions options =
      checked_options(search, weight, expansions_per_round, max_expansions);
  check_max_active(max_active);
  const auto first = checked_array<State>(starts, "starts", {any_size});
  const auto last = checked_array<State>(goals, "goals", {first.shape(0)});
  check_num_problems(first.shape(0));
  check_states("starts", first);
  check_states("goals", last);
  const GraphProblemBatch problems{first.data(), last.data(), first.shape(0)};
  Output<State> output(problems.num_problems);
  try {
    run_released(num_threads, [&](const Execution& execution) {
      search_graph(problems, expander_of(neighbours), predictor_of<State>(heuristic),
                   {max_active, max_bytes}, options, output.results, execution);
    });
  } catch (const NonFinitePrediction& error) {
    raise(error);
  } catch (const InvalidNeighbour& error) {
    raise(error);
  } catch (const OutOfStateMemory& error) {
    raise(error);
  }
  return output.as_tuple();
}

}  // namespace

void register_graph(py::module_& module) {
  using namespace py::literals;
  module.def("search_graph", &bound_search_graph, "starts"_a, "goals"_a, "neighbours"_a,
             "heuristic"_a, py::kw_only(), "search"_a, "weight"_a, "expansions_per_round"_a,
             "max_expansions"_a, "max_active"_a, "max_bytes"_a, "num_threads"_a);
}

}  // namespace mlsearch::bindings
