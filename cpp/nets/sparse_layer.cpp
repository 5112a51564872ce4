#include "nets/sparse_layer.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>

#include "nets/step_kernels.hpp"

namespace mlsearch {
namespace {

constexpr std::int64_t kWorldsAtOnce = 4;
constexpr std::int64_t kRowsAtOnce = 32;
constexpr std::int64_t kWeightRowsAtOnce = 16;

std::int64_t checked(const char* name, const char* what, std::int64_t found, std::int64_t number) {
  if (found >= 0 && found < number) return found;
  throw std::invalid_argument(std::string(name) + ": expected " + what + " from 0 to " +
                              std::to_string(number - 1) + ", got " + std::to_string(found));
}

// Lists the numbers from 0 to count - 1 for which a condition holds. It writes before it knows,
// because a branch here is slow: the list needs room for one more.
template <class Condition>
std::int64_t list_where(std::int64_t count, std::int64_t* list, Condition&& condition) {
  std::int64_t found = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    list[found] = i;
    found += condition(i) ? 1 : 0;
  }
  return found;
}

// Writes what all rows of a world have in common, [num_worlds, hidden].
void read_worlds(const SparseLayer& layer, const SparseRows& rows, float* reads,
                 const Execution& execution) {
  const auto [num_features, num_active, num_copies, hidden] = layer.shape;
  const auto body = [&, num_features = num_features, num_copies = num_copies, hidden = hidden](
                        std::int64_t begin, std::int64_t end, StopToken&) {
    std::vector<std::int64_t> features(static_cast<std::size_t>(num_features + 1));
    for (std::int64_t world = begin; world < end; ++world) {
      const std::uint8_t* of_world = rows.worlds + world * num_features;
      const std::int64_t num = list_where(num_features, features.data(),
                                          [of_world](std::int64_t i) { return of_world[i] != 0; });
      float* read = reads + world * hidden;
      std::copy_n(layer.bias, hidden, read);
      for (std::int64_t copy = 0; copy < num_copies; ++copy) {
        step_kernels().add_rows(layer.weight + copy * num_features * hidden, features.data(), num,
                                1.0F, hidden, read);
      }
      const std::int64_t shared = rows.shared_per_world();
      step_kernels().add_rows(layer.weight, rows.shared.data() + world * shared, shared,
                              layer.agent, hidden, read);
    }
  };
  parallel_for(rows.num_worlds, kWorldsAtOnce, execution, body);
}

// The sums of the gradients of each world's rows, [num_worlds, hidden].
void sum_by_world(const SparseRows& rows, std::int64_t hidden, const float* x_gradients,
                  float* sums) {
  std::fill_n(sums, rows.num_worlds * hidden, 0.0F);
  for (std::int64_t row = 0; row < rows.num_rows(); ++row) {
    step_kernels().add_rows(x_gradients, &row, 1, 1.0F, hidden, sums + rows.world_of(row) * hidden);
  }
}

// The rows in which each weight row is active, in ascending order: those of weight row w are
// rows[starts[w]] to rows[starts[w + 1] - 1].
struct Uses {
  std::vector<std::int64_t> starts, rows;

  Uses(const SparseRows& from, std::int64_t num_weight_rows)
      : starts(static_cast<std::size_t>(num_weight_rows + 2)), rows(from.active.size()) {
    for (const std::int64_t weight_row : from.active)
      ++starts[static_cast<std::size_t>(weight_row + 2)];
    std::partial_sum(starts.begin(), starts.end(), starts.begin());
    const std::int64_t per_row = from.active_per_row();
    auto active = from.active.begin();
    for (std::int64_t row = 0; row < from.num_rows(); ++row) {
      for (std::int64_t i = 0; i < per_row; ++i, ++active) {
        rows[static_cast<std::size_t>(starts[static_cast<std::size_t>(*active + 1)]++)] = row;
      }
    }
  }
};

}  // namespace

SparseRows::SparseRows(const SparseShape& shape, const SparsePairs& pairs)
    : worlds(pairs.worlds),
      num_worlds(pairs.num_worlds),
      num_pairs(pairs.num_pairs),
      num_rows_(2 * num_pairs / shape.num_copies) {
  const auto [num_features, num_active, num_copies, hidden] = shape;
  const auto look_up = [&, num_features = num_features, num_active = num_active](
                           const char* name, const std::int64_t* from, std::int64_t copy,
                           std::int64_t* to) {
    for (std::int64_t i = 0; i < num_active; ++i) {
      to[i] = checked(name, "features", from[i], num_features) + copy * num_features;
    }
  };
  const bool is_pair = num_copies == 2;
  const bool is_shared = is_pair && pairs.share_goals;
  const std::int64_t per_row = num_active * (is_pair && !is_shared ? 2 : 1);
  active.resize(static_cast<std::size_t>(num_rows_ * per_row));
  if (is_shared) shared.resize(static_cast<std::size_t>(num_worlds * num_active));
  for (std::int64_t pair = 0; pair < num_pairs; ++pair) {
    const std::int64_t* goal = pairs.goals + pair * num_active;
    look_up("states", pairs.states + pair * num_active, 0, active.data() + pair * per_row);
    if (!is_pair) look_up("goals", goal, 0, active.data() + (num_pairs + pair) * per_row);
    if (is_pair && !is_shared)
      look_up("goals", goal, 1, active.data() + pair * per_row + num_active);
  }
  for (std::int64_t world = 0; is_shared && world < num_worlds; ++world) {
    const std::int64_t* goal = pairs.goals + world * (num_pairs / num_worlds) * num_active;
    look_up("goals", goal, 1, shared.data() + world * num_active);
  }
}

void SparseSums::write(std::int64_t first, std::int64_t num, float* to) const {
  for (std::int64_t row = first; row < first + num; ++row, to += size) {
    const std::int64_t* const rows = active + row * num_active;
    for (std::int64_t i = 0; i < num_active; ++i)
      checked("states", "features", rows[i], table_rows);
    std::copy_n(base + checked("base_of", "rows", base_of[row], base_rows) * size, size, to);
    step_kernels().add_rows(table, rows, num_active, factor, size, to);
  }
}

void sparse_forward(const SparseLayer& layer, const SparseRows& rows, float* x, Workspace& scratch,
                    const Execution& execution) {
  const std::int64_t hidden = layer.shape.hidden, per_row = rows.active_per_row();
  float* const reads = scratch.get(rows.num_worlds * hidden);
  read_worlds(layer, rows, reads, execution);
  parallel_for(rows.num_rows(), kRowsAtOnce, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken&) {
                 for (std::int64_t row = begin; row < end; ++row) {
                   std::copy_n(reads + rows.world_of(row) * hidden, hidden, x + row * hidden);
                   step_kernels().add_rows(layer.weight, rows.active.data() + row * per_row,
                                           per_row, layer.agent, hidden, x + row * hidden);
                 }
               });
}

void sparse_backward(const SparseLayer& layer, const SparseRows& rows, const float* x_gradients,
                     float* weight_gradients, Workspace& scratch, const Execution& execution) {
  const std::int64_t hidden = layer.shape.hidden, num_features = layer.shape.num_features;
  const std::int64_t num_weight_rows = layer.shape.num_weight_rows();
  const auto add_rows = step_kernels().add_rows;
  float* const sums = scratch.get(rows.num_worlds * hidden);
  sum_by_world(rows, hidden, x_gradients, sums);
  for (std::int64_t world = 0; world < rows.num_worlds; ++world) {
    add_rows(sums, &world, 1, 1.0F, hidden, weight_gradients + num_weight_rows * hidden);
  }
  const Uses uses(rows, num_weight_rows);
  const auto body = [&](std::int64_t begin, std::int64_t end, StopToken&) {
    std::vector<std::int64_t> worlds(static_cast<std::size_t>(rows.num_worlds + 1));
    for (std::int64_t weight_row = begin; weight_row < end; ++weight_row) {
      float* const to = weight_gradients + weight_row * hidden;
      const std::uint8_t* of_feature = rows.worlds + weight_row % num_features;
      const std::int64_t num = list_where(rows.num_worlds, worlds.data(),
                                          [of_feature, num_features](std::int64_t world) {
                                            return of_feature[world * num_features] != 0;
                                          });
      add_rows(sums, worlds.data(), num, 1.0F, hidden, to);
      const auto w = static_cast<std::size_t>(weight_row);
      add_rows(x_gradients, uses.rows.data() + uses.starts[w], uses.starts[w + 1] - uses.starts[w],
               layer.agent, hidden, to);
    }
  };
  parallel_for(num_weight_rows, kWeightRowsAtOnce, execution, body);
  const std::int64_t shared = rows.shared_per_world();
  for (std::int64_t i = 0; i < rows.num_worlds * shared; ++i) {
    const std::int64_t world = i / shared;
    add_rows(sums, &world, 1, layer.agent, hidden,
             weight_gradients + rows.shared[static_cast<std::size_t>(i)] * hidden);
  }
}

}  // namespace mlsearch
