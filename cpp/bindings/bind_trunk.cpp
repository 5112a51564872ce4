#include <pybind11/stl.h>

#include <vector>

#include "bindings/trunk_shape.hpp"
#include "nets/sparse_layer.hpp"

namespace mlsearch::bindings {
namespace {

using Array = py::array_t<float>;

// A forward pass that can be gone back over.
struct BoundTrace {
  TrunkTrace trace;
};

// The core's views of weights, together with the arrays that hold them.
class BoundTrunk {
 public:
  BoundTrunk(const std::vector<py::object>& parts, std::int64_t hidden, std::int64_t num_blocks,
             std::int64_t out)
      : weights_{checked_trunk_shape({hidden, num_blocks, out}), {}} {
    const TrunkShape shape = weights_.shape;
    if (static_cast<std::int64_t>(parts.size()) != shape.num_parts()) {
      throw py::value_error("parts: expected " + std::to_string(shape.num_parts()) +
                            " arrays, got " + std::to_string(parts.size()));
    }
    for (std::int64_t i = 0; i < shape.num_parts(); ++i) {
      const auto& part = parts[static_cast<std::size_t>(i)];
      const bool is_matrix = i % 4 == 2;
      arrays_.push_back(
          is_matrix ? checked_array<float>(part, "parts", {shape.outputs((i + 2) / 4), hidden})
                    : checked_array<float>(part, "parts", {shape.part_size(i)}));
      weights_.parts.push_back(arrays_.back().data());
    }
  }

  Array forward(const py::object& x, int num_threads) const { return run(x, nullptr, num_threads); }

  py::tuple trace(const py::object& x, int num_threads) const {
    auto bound = std::make_unique<BoundTrace>();
    Array out = run(x, &bound->trace, num_threads);
    return py::make_tuple(std::move(out), std::move(bound));
  }

  Array forward_sums(const py::object& table, float factor, const py::object& base,
                     const py::object& base_of, const py::object& states, int num_threads) const {
    const std::int64_t size = weights_.shape.hidden;
    const auto rows = checked_array<float>(table, "table", {any_size, size});
    const auto bases = checked_array<float>(base, "base", {any_size, size});
    const auto active = checked_array<std::int64_t>(states, "states", {any_size, any_size});
    const auto of = checked_array<std::int64_t>(base_of, "base_of", {active.shape(0)});
    Array out({active.shape(0), static_cast<py::ssize_t>(weights_.shape.out)});
    const SparseSums sums{rows.data(), rows.shape(0), factor,          bases.data(), bases.shape(0),
                          of.data(),   active.data(), active.shape(1), size};
    float* to = out.mutable_data();
    run_released(num_threads, [&](const Execution& execution) {
      TrunkScratch scratch;
      const auto write = [&](std::int64_t first, std::int64_t num, float* x) {
        sums.write(first, num, x);
      };
      trunk_forward(weights_, write, active.shape(0), to, scratch, execution);
    });
    return out;
  }

  Array backward(const BoundTrace& bound, const py::object& out_gradients, const py::object& to,
                 int num_threads) const {
    const TrunkTrace& trace = bound.trace;
    const TrunkShape shape = weights_.shape;
    if (trace.shape != shape) throw py::value_error("trace: expected one of this trunk");
    const auto gradients =
        checked_array<float>(out_gradients, "out_gradients", {trace.num_rows, shape.out});
    auto weight_gradients = checked_array<float>(to, "weight_gradients", {shape.num_weights()});
    Array x_gradients({trace.num_rows, shape.hidden});
    const float* from = gradients.data();
    float* of_x = x_gradients.mutable_data();
    float* of_weights = weight_gradients.mutable_data();
    run_released(num_threads, [&](const Execution& execution) {
      TrunkScratch scratch;
      trunk_backward(weights_, trace, from, of_x, of_weights, scratch, execution);
    });
    return x_gradients;
  }

 private:
  Array run(const py::object& object, TrunkTrace* trace, int num_threads) const {
    const TrunkShape shape = weights_.shape;
    const auto x = checked_array<float>(object, "x", {any_size, shape.hidden});
    Array out({x.shape(0), static_cast<py::ssize_t>(shape.out)});
    const float* from = x.data();
    float* to = out.mutable_data();
    run_released(num_threads, [&](const Execution& execution) {
      TrunkScratch scratch;
      trunk_forward(weights_, from, x.shape(0), to, trace, scratch, execution);
    });
    return out;
  }

  TrunkWeights weights_;
  std::vector<Array> arrays_;
};

}  // namespace

void register_trunk(py::module_& module) {
  py::class_<BoundTrace>(module, "TrunkTrace");
  py::class_<BoundTrunk>(module, "Trunk")
      .def(py::init<const std::vector<py::object>&, std::int64_t, std::int64_t, std::int64_t>(),
           py::arg("parts"), py::arg("hidden"), py::arg("num_blocks"), py::arg("out"))
      .def("forward", &BoundTrunk::forward, py::arg("x"), py::arg("num_threads"),
           "Float32 [R, hidden] to [R, out].")
      .def("forward_sums", &BoundTrunk::forward_sums, py::arg("table"), py::arg("factor"),
           py::arg("base"), py::arg("base_of"), py::arg("states"), py::arg("num_threads"),
           "The same of base[base_of] + factor * table[states].sum(1), which is never written out.")
      .def("trace", &BoundTrunk::trace, py::arg("x"), py::arg("num_threads"),
           "The same, and what `backward` needs to know of it.")
      .def("backward", &BoundTrunk::backward, py::arg("trace"), py::arg("out_gradients"),
           py::arg("weight_gradients"), py::arg("num_threads"),
           "The gradient of x, from that of the output; adds those of all parts, one after the "
           "other, to weight_gradients.");
}

}  // namespace mlsearch::bindings
