#include <algorithm>
#include <string>

#include "bindings/trunk_shape.hpp"
#include "nets/adamw.hpp"
#include "nets/bronet.hpp"
#include "nets/losses.hpp"

namespace mlsearch::bindings {
namespace {

using Floats32 = py::array_t<float>;
using Features = py::array_t<std::int64_t>;

struct BoundBatch {
  py::array_t<std::uint8_t> worlds;
  Features states, goals;
  bool share_goals;

  [[nodiscard]] py::ssize_t num_pairs() const { return states.shape(0); }
};

// A BroNet whose weights and their gradient lie in arrays of Python, which it keeps alive.
class BoundBroNet {
 public:
  BoundBroNet(const py::object& weights, const py::object& gradients, std::int64_t num_features,
              std::int64_t num_active, std::int64_t num_copies, float agent, std::int64_t hidden,
              std::int64_t num_blocks, std::int64_t out)
      : weights_(checked_array<float>(weights, "weights", {any_size})),
        gradients_(checked_array<float>(gradients, "gradients", {weights_.shape(0)})),
        net_(checked_first({num_features, num_active, num_copies, hidden}), agent,
             checked_trunk_shape({hidden, num_blocks, out}), weights_.data()) {
    if (weights_.shape(0) == net_.num_weights()) return;
    throw py::value_error("weights: expected " + std::to_string(net_.num_weights()) + ", got " +
                          std::to_string(weights_.shape(0)));
  }

  double contrastive(const py::object& worlds, const py::object& states, const py::object& goals,
                     bool share_goals, float temperature, const std::string& direction,
                     float weight, int num_threads) {
    const BoundBatch batch = checked_batch(worlds, states, goals, share_goals);
    const ContrastiveLoss kind{temperature, direction != "backward", direction != "forward"};
    return gradient(batch, num_threads, [&](const Execution& execution) -> Loss {
      return [&](const float* out, float* gradients, Workspace& scratch) {
        return contrastive_loss(out, batch.num_pairs(), net_.trunk_shape().out, kind, weight,
                                gradients, scratch, execution);
      };
    });
  }

  double classification(const py::object& worlds, const py::object& states, const py::object& goals,
                        bool share_goals, const py::object& steps, float weight, int num_threads) {
    const BoundBatch batch = checked_batch(worlds, states, goals, share_goals);
    const auto known = checked_array<std::int32_t>(steps, "steps", {batch.num_pairs()});
    const std::int32_t* labels = known.data();
    return gradient(batch, num_threads, [&](const Execution& execution) -> Loss {
      return [&](const float* out, float* gradients, Workspace&) {
        return classification_loss(out, batch.num_pairs(), net_.trunk_shape().out, labels, weight,
                                   gradients, execution);
      };
    });
  }

  double regression(const py::object& worlds, const py::object& states, const py::object& goals,
                    bool share_goals, const py::object& targets, float weight, int num_threads) {
    const BoundBatch batch = checked_batch(worlds, states, goals, share_goals);
    const auto known = checked_array<float>(targets, "targets", {batch.num_pairs()});
    const float* of_pairs = known.data();
    return gradient(batch, num_threads, [&](const Execution& execution) -> Loss {
      return [&](const float* out, float* gradients, Workspace&) {
        return regression_loss(out, batch.num_pairs(), net_.trunk_shape().out, of_pairs, weight,
                               gradients, execution);
      };
    });
  }

 private:
  static SparseShape checked_first(SparseShape shape) {
    if (shape.num_features >= 1 && shape.num_active >= 1 &&
        (shape.num_copies == 1 || shape.num_copies == 2)) {
      return shape;
    }
    throw py::value_error("num_features, num_active: expected at least 1, num_copies 1 or 2");
  }

  [[nodiscard]] BoundBatch checked_batch(const py::object& worlds, const py::object& states,
                                         const py::object& goals, bool share_goals) const {
    const SparseShape& shape = net_.first_shape();
    const auto first = checked_array<std::int64_t>(states, "states", {any_size, shape.num_active});
    BoundBatch batch{
        checked_array<std::uint8_t>(worlds, "worlds", {any_size, shape.num_features}), first,
        checked_array<std::int64_t>(goals, "goals", {first.shape(0), shape.num_active}),
        share_goals};
    const py::ssize_t num_worlds = batch.worlds.shape(0);
    if (num_worlds < 1 || batch.num_pairs() < 1 || batch.num_pairs() % num_worlds != 0) {
      throw py::value_error("states: expected a multiple of the number of worlds, " +
                            std::to_string(num_worlds) + ", got " +
                            std::to_string(batch.num_pairs()));
    }
    return batch;
  }

  template <class MakeLoss>
  double gradient(const BoundBatch& batch, int num_threads, const MakeLoss& make_loss) {
    const SparseRows rows(net_.first_shape(),
                          {batch.worlds.data(), batch.worlds.shape(0), batch.states.data(),
                           batch.goals.data(), batch.num_pairs(), batch.share_goals});
    float* const gradients = gradients_.mutable_data();
    return run_released(num_threads, [&](const Execution& execution) {
      return net_.gradient(rows, make_loss(execution), gradients, execution);
    });
  }

  Floats32 weights_, gradients_;
  BroNet net_;
};

void bound_adamw(const py::object& weights, const py::object& gradients, const py::object& first,
                 const py::object& second, std::int64_t number, double rate, double first_decay,
                 double second_decay, double epsilon, double weight_decay, float factor,
                 int num_threads) {
  auto to = checked_array<float>(weights, "weights", {any_size});
  const auto along = checked_array<float>(gradients, "gradients", {to.shape(0)});
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
      .def(py::init<const py::object&, const py::object&, std::int64_t, std::int64_t, std::int64_t,
                    float, std::int64_t, std::int64_t, std::int64_t>(),
           py::arg("weights"), py::arg("gradients"), py::arg("num_features"), py::arg("num_active"),
           py::arg("num_copies"), py::arg("agent"), py::arg("hidden"), py::arg("num_blocks"),
           py::arg("out"))
      .def("contrastive", &BoundBroNet::contrastive, py::arg("worlds"), py::arg("states"),
           py::arg("goals"), py::arg("share_goals"), py::arg("temperature"), py::arg("direction"),
           py::arg("weight"), py::arg("num_threads"),
           "InfoNCE of a batch; `weight` times its gradient replaces what gradients held.")
      .def("regression", &BoundBroNet::regression, py::arg("worlds"), py::arg("states"),
           py::arg("goals"), py::arg("share_goals"), py::arg("targets"), py::arg("weight"),
           py::arg("num_threads"),
           "Mean squared error of a batch; `weight` times its gradient replaces what gradients "
           "held.")
      .def("classification", &BoundBroNet::classification, py::arg("worlds"), py::arg("states"),
           py::arg("goals"), py::arg("share_goals"), py::arg("steps"), py::arg("weight"),
           py::arg("num_threads"),
           "Cross-entropy of a batch; `weight` times its gradient replaces what gradients held.");
  module.def("adamw", &bound_adamw, py::arg("weights"), py::arg("gradients"),
             py::arg("first_moments"), py::arg("second_moments"), py::arg("number"),
             py::arg("rate"), py::arg("first_decay"), py::arg("second_decay"), py::arg("epsilon"),
             py::arg("weight_decay"), py::arg("factor"), py::arg("num_threads"),
             "Step number 1, 2, ... of AdamW along `factor` times the gradients, in place.");
  module.def("norm", &bound_norm, py::arg("values"), py::arg("num_threads"),
             "The L2 norm of float32 [N].");
}

}  // namespace mlsearch::bindings
