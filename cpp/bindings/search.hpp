// What the bindings of the searches share: options, output arrays, errors.
#pragma once

#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "bindings/pybind11.hpp"
#include "search/search.hpp"

namespace mlsearch::bindings {

inline void check_limit(const char* name, std::optional<std::int64_t> limit, int least) {
  if (!limit || *limit >= least) return;
  throw py::value_error(std::string(name) + ": expected None or at least " + std::to_string(least) +
                        ", got " + std::to_string(*limit));
}

// What does not go with beam search.
inline void check_beam(bool search, std::optional<double> weight,
                       std::int64_t expansions_per_round) {
  if (!search) throw py::value_error("search: beam search (beam_width) expects True, got False");
  if (weight) throw py::value_error("weight: beam search (beam_width) does not use one");
  if (expansions_per_round == 1) return;
  throw py::value_error("expansions_per_round: beam search (beam_width) expands whole layers; " +
                        ("expected 1, got " + std::to_string(expansions_per_round)));
}

inline SearchOptions checked_options(bool search, std::optional<double> weight,
                                     std::int64_t expansions_per_round,
                                     std::optional<std::int64_t> max_expansions,
                                     std::optional<std::int64_t> beam_width,
                                     std::optional<std::int64_t> max_generated) {
  constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();
  if (weight && !(*weight >= 0 && *weight <= std::numeric_limits<float>::max())) {
    throw py::value_error("weight: expected a finite number >= 0, got " + std::to_string(*weight));
  }
  if (weight && !search) {
    throw py::value_error("weight: greedy descent (search=False) does not use one");
  }
  if (expansions_per_round < 1) {
    throw py::value_error("expansions_per_round: expected at least 1, got " +
                          std::to_string(expansions_per_round));
  }
  check_limit("max_expansions", max_expansions, 0);
  check_limit("max_generated", max_generated, 0);
  check_limit("beam_width", beam_width, 1);
  if (beam_width) check_beam(search, weight, expansions_per_round);
  SearchOptions options;
  options.search = search;
  if (weight) options.weight = static_cast<float>(*weight);
  options.expansions_per_round =
      static_cast<std::int32_t>(std::min(expansions_per_round, kLargest));
  options.max_expansions =
      static_cast<std::int32_t>(std::min(max_expansions.value_or(kLargest), kLargest));
  options.max_generated =
      static_cast<std::int32_t>(std::min(max_generated.value_or(kLargest), kLargest));
  if (beam_width) options.beam_width = static_cast<std::int32_t>(std::min(*beam_width, kLargest));
  return options;
}

inline void check_max_active(std::int64_t max_active) {
  if (max_active >= 1) return;
  throw py::value_error("max_active: expected at least 1, got " + std::to_string(max_active));
}

inline void check_num_problems(py::ssize_t num_problems) {
  if (num_problems <= std::numeric_limits<std::int32_t>::max()) return;
  throw py::value_error("starts: too many problems for one call");
}

// What the states of a domain are to NumPy.
struct StateSpec {
  py::dtype dtype;
  std::vector<py::ssize_t> shape;

  [[nodiscard]] std::size_t num_bytes() const {
    py::ssize_t size = dtype.itemsize();
    for (const py::ssize_t side : shape) size *= side;
    return static_cast<std::size_t>(size);
  }

  // `outer` followed by the shape of a state.
  [[nodiscard]] std::vector<py::ssize_t> shape_of(std::vector<py::ssize_t> outer) const {
    outer.insert(outer.end(), shape.begin(), shape.end());
    return outer;
  }

  // A new array of rows [num, *S].
  [[nodiscard]] py::array array(py::ssize_t num, const std::uint8_t* rows) const {
    return {dtype, shape_of({num}), rows};
  }

  [[nodiscard]] std::string text(const StateBytes& state) const {
    return py::str(array(1, state.data()).attr("tolist")().attr("__getitem__")(0));
  }
};

// The arrays that a search fills.
class Output {
 public:
  explicit Output(py::ssize_t size)
      : status_(size), expansions_(size), generated_(size), steps_(size), path_begin_(size) {
    results = {reinterpret_cast<SearchStatus*>(status_.mutable_data()),
               expansions_.mutable_data(),
               generated_.mutable_data(),
               steps_.mutable_data(),
               path_begin_.mutable_data(),
               {}};
  }

  [[nodiscard]] py::tuple as_tuple(const StateSpec& spec) const {
    const auto num_states = static_cast<py::ssize_t>(results.path_states.size() / spec.num_bytes());
    return py::make_tuple(status_, expansions_, generated_, steps_, path_begin_,
                          spec.array(num_states, results.path_states.data()), results.rounds,
                          results.evaluations);
  }

  SearchResults results;

 private:
  py::array_t<std::uint8_t> status_;
  py::array_t<std::int32_t> expansions_;
  py::array_t<std::int32_t> generated_;
  py::array_t<std::int32_t> steps_;
  py::array_t<std::int64_t> path_begin_;
};

inline const char* value_name(float value) {
  if (std::isnan(value)) return "NaN";
  return value > 0 ? "infinite" : "minus infinite";
}

// A predictor that asks `heuristic`. It gets arrays of its own, which it may keep.
inline Predictor predictor_of(const py::function& heuristic, const StateSpec& spec) {
  return [&heuristic, &spec](std::span<const std::int32_t> problems, const StateBytes& states,
                             std::span<float> predictions) {
    const py::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    const auto size = static_cast<py::ssize_t>(problems.size());
    const py::object answer = heuristic(py::array_t<std::int32_t>(size, problems.data()),
                                        spec.array(size, states.data()));
    const auto values = checked_array<float>(answer, "heuristic", {size});
    std::copy_n(values.data(), size, predictions.begin());
  };
}

// Raises the error of mlsearch.base.errors that is called `name`.
[[noreturn]] inline void raise_error(const char* name, const std::string& message) {
  py::set_error(py::module_::import("mlsearch.base.errors").attr(name), message.c_str());
  throw py::error_already_set();
}

}  // namespace mlsearch::bindings
