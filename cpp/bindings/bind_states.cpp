#include <cstring>
#include <optional>
#include <string>

#include "bindings/pybind11.hpp"
#include "bindings/search.hpp"
#include "search/asked.hpp"

namespace mlsearch::bindings {
namespace {

// `object` as a C-contiguous array of states: rows of `spec`, in the shape `outer`.
py::array checked_rows(const py::object& object, const char* name, const StateSpec& spec,
                       const std::vector<py::ssize_t>& outer) {
  const std::vector<py::ssize_t> shape = spec.shape_of(outer);
  const auto fail = [&](const std::string& got) {
    const std::string expected = std::string(name) + ": expected a C-contiguous " +
                                 std::string(py::str(spec.dtype)) + " array of shape " +
                                 shape_text(shape);
    throw py::value_error(expected + ", got " + got);
  };
  if (!py::isinstance<py::array>(object)) fail(py::str(py::type::of(object)));
  const auto array = py::reinterpret_borrow<py::array>(object);
  const std::span<const py::ssize_t> got(array.shape(), static_cast<std::size_t>(array.ndim()));
  if (!array.dtype().equal(spec.dtype)) fail("dtype " + std::string(py::str(array.dtype())));
  if (!std::equal(got.begin(), got.end(), shape.begin(), shape.end())) fail(shape_text(got));
  if (!(array.flags() & py::array::c_style)) fail("other strides");
  return array;
}

const std::uint8_t* bytes_of(const py::array& array) {
  return static_cast<const std::uint8_t*>(array.data());
}

// What the states of `starts` are: its dtype, and its shape without the first axis.
StateSpec spec_of(const py::array& starts) {
  if (starts.ndim() < 1) throw py::value_error("starts: expected shape [N, *S], got []");
  if (std::string("biu").find(starts.dtype().kind()) == std::string::npos) {
    throw py::type_error("starts: expected bool or integers, got dtype " +
                         std::string(py::str(starts.dtype())));
  }
  StateSpec spec{starts.dtype(), {starts.shape() + 1, starts.shape() + starts.ndim()}};
  if (spec.num_bytes() == 0) throw py::value_error("starts: expected states of at least one byte");
  return spec;
}

// Which bits of a state count in a goal, from a bool array of its shape; empty for all.
StateBytes mask_of(const py::object& goal_mask, const StateSpec& spec) {
  if (goal_mask.is_none()) return {};
  const StateSpec bools{py::dtype::of<bool>(), spec.shape};
  const py::array mask = checked_rows(goal_mask, "goal_mask", bools, {});
  StateBytes bits;
  for (py::ssize_t i = 0; i < mask.size(); ++i) {
    const std::uint8_t value = bytes_of(mask)[i] != 0 ? 255 : 0;
    bits.insert(bits.end(), static_cast<std::size_t>(spec.dtype.itemsize()), value);
  }
  return bits;
}

// Asks `neighbours`. It gets arrays of its own, which it may keep.
Expander expander_of(const py::function& neighbours, const StateSpec& spec, py::ssize_t num_moves) {
  return [&neighbours, &spec, num_moves](std::span<const std::int32_t> problems,
                                         const StateBytes& states, StateBytes& rows) {
    const py::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    const auto size = static_cast<py::ssize_t>(problems.size());
    const py::object answer = neighbours(py::array_t<std::int32_t>(size, problems.data()),
                                         spec.array(size, states.data()));
    const py::array found = checked_rows(answer, "neighbours", spec, {size, num_moves});
    std::memcpy(rows.data(), bytes_of(found), rows.size());
  };
}

[[noreturn]] void raise(const NonFinitePrediction& error, const StateSpec& spec) {
  raise_error("HeuristicError", "heuristic: predicted distance of problem " +
                                    std::to_string(error.problem) + ", state " +
                                    spec.text(error.state) + " is " + value_name(error.value));
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

py::tuple bound_search_states(const py::array& starts, const py::array& goals,
                              const py::function& neighbours, const py::function& heuristic,
                              const py::object& goal_mask, py::ssize_t num_moves, bool search,
                              std::optional<double> weight, std::int64_t expansions_per_round,
                              std::optional<std::int64_t> max_expansions, std::int64_t max_active,
                              std::int64_t max_bytes, int num_threads) {
  const SearchOptions options =
      checked_options(search, weight, expansions_per_round, max_expansions);
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
  Output output(num_problems);
  try {
    run_released(num_threads, [&](const Execution& execution) {
      search_asked(problems, expander_of(neighbours, spec, num_moves),
                   predictor_of(heuristic, spec), {max_active, max_bytes}, options, output.results,
                   execution);
    });
  } catch (const NonFinitePrediction& error) {
    raise(error, spec);
  } catch (const OutOfStateMemory& error) {
    raise(error);
  }
  return output.as_tuple(spec);
}

}  // namespace

void register_states(py::module_& module) {
  using namespace py::literals;
  module.def("search_states", &bound_search_states, "starts"_a, "goals"_a, "neighbours"_a,
             "heuristic"_a, py::kw_only(), "goal_mask"_a, "num_moves"_a, "search"_a, "weight"_a,
             "expansions_per_round"_a, "max_expansions"_a, "max_active"_a, "max_bytes"_a,
             "num_threads"_a);
}

}  // namespace mlsearch::bindings
