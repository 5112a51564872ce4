#include <algorithm>
#include <string>

#include "nets/adamw.hpp"
#include "nets/bronet.hpp"
#include "nets/losses.hpp"
#include "bindings/trunk_shape.hpp"

namespace mlsearch::bindings {
namespace {

using Floats32 = py::array_t<float>;
using Cells = py::array_t<std::int64_t>;

struct BoundBatch {
  py::array_t<std::uint8_t> walls;
  Cells states, goals;

  [[nodiscard]] py::ssize_t num_pairs() const { return states.shape(0); }
};

// A BroNet whose weights and their gradient lie in arrays of Python, which it keeps alive.
class BoundBroNet {
 public:
  BoundBroNet(const py::object& weights, const py::object& slopes, std::int64_t num_cells,
              std::int64_t num_agents, float agent, std::int64_t hidden, std::int64_t num_blocks,
              std::int64_t out)
      : weights_(checked_array<float>(weights, "weights", {any_size})),
        slopes_(checked_array<float>(slopes, "slopes", {weights_.shape(0)})),
        net_({num_cells, num_agents, hidden}, agent, checked_trunk_shape({hidden, num_blocks, out}),
             weights_.data()) {
    if (weights_.shape(0) == net_.num_weights()) return;
    throw py::value_error("weights: expected " + std::to_string(net_.num_weights()) + ", got " +
                          std::to_string(weights_.shape(0)));
  }

  double contrastive(const py::object& walls, const py::object& states, const py::object& goals,
                     float temperature, const std::string& direction, float share,
                     int num_threads) {
    const BoundBatch batch = checked_batch(walls, states, goals);
    const ContrastiveLoss kind{temperature, direction != "backward", direction != "forward"};
    return gradient(batch, num_threads, [&](const Execution& execution) -> Loss {
      return [&](const float* out, float* slopes, Workspace& scratch) {
        return contrastive_loss(out, batch.num_pairs(), net_.trunk_shape().out, kind, share, slopes,
                                scratch, execution);
      };
    });
  }

  double classification(const py::object& walls, const py::object& states, const py::object& goals,
                        const py::object& steps, float share, int num_threads) {
    const BoundBatch batch = checked_batch(walls, states, goals);
    const auto known = checked_array<std::int32_t>(steps, "steps", {batch.num_pairs()});
    const std::int32_t* labels = known.data();
    return gradient(batch, num_threads, [&](const Execution& execution) -> Loss {
      return [&](const float* out, float* slopes, Workspace&) {
        return classification_loss(out, batch.num_pairs(), net_.trunk_shape().out, labels, share,
                                   slopes, execution);
      };
    });
  }

 private:
  [[nodiscard]] BoundBatch checked_batch(const py::object& walls, const py::object& states,
                                         const py::object& goals) const {
    const auto cells = checked_array<std::int64_t>(states, "states", {any_size});
    BoundBatch batch{checked_array<std::uint8_t>(walls, "walls", {any_size, any_size, any_size}),
                     cells, checked_array<std::int64_t>(goals, "goals", {cells.shape(0)})};
    const py::ssize_t num_mazes = batch.walls.shape(0);
    if (batch.walls.shape(1) * batch.walls.shape(2) != net_.first_shape().num_cells) {
      throw py::value_error("walls: expected mazes of " +
                            std::to_string(net_.first_shape().num_cells) + " cells");
    }
    if (num_mazes < 1 || batch.num_pairs() < 1 || batch.num_pairs() % num_mazes != 0) {
      throw py::value_error("states: expected a multiple of the number of mazes, " +
                            std::to_string(num_mazes) + ", got " +
                            std::to_string(batch.num_pairs()));
    }
    return batch;
  }

  template <class MakeLoss>
  double gradient(const BoundBatch& batch, int num_threads, const MakeLoss& make_loss) {
    const FirstLayerRows rows(net_.first_shape(), batch.walls.data(), batch.walls.shape(0),
                              batch.states.data(), batch.goals.data(), batch.num_pairs());
    float* const slopes = slopes_.mutable_data();
    return run_released(num_threads, [&](const Execution& execution) {
      return net_.gradient(rows, make_loss(execution), slopes, execution);
    });
  }

  Floats32 weights_, slopes_;
  BroNet net_;
};

void bound_adamw(const py::object& weights, const py::object& slopes, const py::object& first,
                 const py::object& second, std::int64_t number, double rate, double first_decay,
                 double second_decay, double epsilon, double weight_decay, float factor,
                 int num_threads) {
  auto to = checked_array<float>(weights, "weights", {any_size});
  const auto along = checked_array<float>(slopes, "slopes", {to.shape(0)});
  auto means = checked_array<float>(first, "first_moments", {to.shape(0)});
  auto squares = checked_array<float>(second, "second_moments", {to.shape(0)});
  const AdamW settings{rate, first_decay, second_decay, epsilon, weight_decay, number};
  const AdamWState state{to.mutable_data(), means.mutable_data(), squares.mutable_data(),
                         to.shape(0)};
  const float* from = along.data();
  run_released(num_threads, [&](const Execution& execution) {
    adamw_step(settings, state, from, factor, execution);
  });
}

double bound_norm(const py::object& values, int num_threads) {
  const auto array = checked_array<float>(values, "values", {any_size});
  const float* from = array.data();
  return run_released(num_threads, [&](const Execution& execution) {
    return norm_of(from, array.shape(0), execution);
  });
}

}  // namespace

void register_bronet(py::module_& module) {
  py::class_<BoundBroNet>(module, "BroNet")
      .def(py::init<const py::object&, const py::object&, std::int64_t, std::int64_t, float,
                    std::int64_t, std::int64_t, std::int64_t>(),
           py::arg("weights"), py::arg("slopes"), py::arg("num_cells"), py::arg("num_agents"),
           py::arg("agent"), py::arg("hidden"), py::arg("num_blocks"), py::arg("out"))
      .def("contrastive", &BoundBroNet::contrastive, py::arg("walls"), py::arg("states"),
           py::arg("goals"), py::arg("temperature"), py::arg("direction"), py::arg("share"),
           py::arg("num_threads"),
           "InfoNCE of a batch; `share` times its gradient replaces what slopes held.")
      .def("classification", &BoundBroNet::classification, py::arg("walls"), py::arg("states"),
           py::arg("goals"), py::arg("steps"), py::arg("share"), py::arg("num_threads"),
           "Cross-entropy of a batch; `share` times its gradient replaces what slopes held.");
  module.def("adamw", &bound_adamw, py::arg("weights"), py::arg("slopes"), py::arg("first_moments"),
             py::arg("second_moments"), py::arg("number"), py::arg("rate"), py::arg("first_decay"),
             py::arg("second_decay"), py::arg("epsilon"), py::arg("weight_decay"),
             py::arg("factor"), py::arg("num_threads"),
             "Step number 1, 2, ... of AdamW along `factor` times the slopes, in place.");
  module.def("norm", &bound_norm, py::arg("values"), py::arg("num_threads"),
             "The L2 norm of float32 [N].");
}

}  // namespace mlsearch::bindings
