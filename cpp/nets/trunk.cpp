#include "nets/trunk.hpp"

#include <algorithm>

#include "nets/packed.hpp"
#include "nets/trunk_kernels.hpp"

namespace mlsearch {
namespace {

constexpr std::int64_t kOutputsAtOnce = 64;
constexpr std::int64_t kChunksAtOnce = 4;  // keep table and weights in turn in the second cache

std::int64_t chunks_of(TrunkShape shape, std::int64_t num_rows) {
  return (num_rows + chunk_rows(shape) - 1) / chunk_rows(shape);
}

std::int64_t rows_of_chunk(TrunkShape shape, std::int64_t chunk, std::int64_t num_rows) {
  return std::min(chunk_rows(shape), num_rows - chunk * chunk_rows(shape));
}

// The weights, packed for products, by linear layer; stage 0 has none.
std::vector<const float*> packed(const TrunkWeights& weights, decltype(pack)& pack_one,
                                 Workspace& memory, const Execution& execution) {
  const TrunkShape shape = weights.shape;
  float* const to = memory.get(shape.hidden * (shape.hidden * 2 * shape.num_blocks + shape.out));
  std::vector<const float*> views{nullptr};
  for (std::int64_t linear = 1; linear <= shape.num_stages(); ++linear) {
    views.push_back(to + (linear - 1) * shape.hidden * shape.hidden);
  }
  parallel_for(shape.num_stages(), 1, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken&) {
                 for (std::int64_t linear = begin + 1; linear <= end; ++linear) {
                   pack_one(weights.weight(linear), shape.outputs(linear), shape.hidden,
                            trunk_kernels().panel, to + (linear - 1) * shape.hidden * shape.hidden);
                 }
               });
  return views;
}

// Gradients of weights out of the chunks' gradients, each entry summed in the order of the rows.
class WeightGradients {
 public:
  WeightGradients(TrunkShape shape, const TrunkTrace& trace, const float* gradients,
                  const float* out_gradients, float* to)
      : shape_(shape),
        trace_(trace),
        gradients_(gradients),
        out_gradients_(out_gradients),
        to_(to) {}

  // One piece of work: some rows of the weight of a linear layer.
  struct Task {
    std::int64_t linear, first, num;
  };

  [[nodiscard]] std::vector<Task> tasks() const {
    std::vector<Task> made;
    for (std::int64_t linear = 1; linear <= shape_.num_stages(); ++linear) {
      const std::int64_t outputs = shape_.outputs(linear);
      for (std::int64_t first = 0; first < outputs; first += kOutputsAtOnce) {
        made.push_back({linear, first, std::min(kOutputsAtOnce, outputs - first)});
      }
    }
    return made;
  }

  void work(const Task& task) const {
    float* to = to_ + offset(4 * task.linear - 2);
    for (std::int64_t chunk = 0; chunk < chunks_of(shape_, trace_.num_rows); ++chunk) {
      const Matrix gradients =
          task.linear == shape_.num_stages()
              ? Matrix{out_gradients_ + chunk * chunk_rows(shape_) * shape_.out, shape_.out}
              : Matrix{of(chunk).of_linear(task.linear), row_pitch(shape_)};
      const ChunkTrace kept{shape_, trace_.memory.data() + chunk * ChunkTrace::size(shape_)};
      trunk_kernels().outer(gradients, {kept.left(task.linear - 1), row_pitch(shape_)},
                            rows_of_chunk(shape_, chunk, trace_.num_rows), shape_.hidden,
                            task.first, task.num, to);
    }
  }

  void sum_vectors() const {
    const std::int64_t stages = shape_.num_stages();
    for (std::int64_t stage = 0; stage < stages; ++stage) {
      for (int which = 0; which < 2; ++which) {
        sum_vector(4 * stage + which, [&](ChunkGradients s) { return s.sum(stage, which); });
      }
      if (stage > 0) sum_vector(4 * stage - 1, [&](ChunkGradients s) { return s.sum(stage, 2); });
    }
    sum_vector(4 * stages - 1, [](ChunkGradients s) { return s.out_sum(); });
  }

 private:
  [[nodiscard]] ChunkGradients of(std::int64_t chunk) const {
    return {shape_, const_cast<float*>(gradients_) + chunk * ChunkGradients::size(shape_)};
  }

  [[nodiscard]] std::int64_t offset(std::int64_t part) const {
    std::int64_t total = 0;
    for (std::int64_t i = 0; i < part; ++i) total += shape_.part_size(i);
    return total;
  }

  template <class Pick>
  void sum_vector(std::int64_t part, Pick&& pick) const {
    float* to = to_ + offset(part);
    for (std::int64_t chunk = 0; chunk < chunks_of(shape_, trace_.num_rows); ++chunk) {
      const float* from = pick(of(chunk));
      for (std::int64_t i = 0; i < shape_.part_size(part); ++i) to[i] += from[i];
    }
  }

  TrunkShape shape_;
  const TrunkTrace& trace_;
  const float* gradients_;
  const float* out_gradients_;
  float* to_;
};

}  // namespace

std::int64_t TrunkShape::part_size(std::int64_t part) const {
  if (part == num_parts() - 1) return out;
  return part % 4 == 2 ? outputs((part + 2) / 4) * hidden : hidden;
}

std::int64_t TrunkShape::num_weights() const {
  std::int64_t total = 0;
  for (std::int64_t part = 0; part < num_parts(); ++part) total += part_size(part);
  return total;
}

void trunk_forward(const TrunkWeights& weights, const float* x, std::int64_t num_rows, float* out,
                   TrunkTrace* trace, TrunkScratch& scratch, const Execution& execution) {
  const TrunkShape shape = weights.shape;
  const auto views = packed(weights, pack_transposed, scratch.packed, execution);
  const std::int64_t size = ChunkTrace::size(shape);
  if (trace != nullptr) {
    trace->shape = shape;
    trace->num_rows = num_rows;
    trace->memory.get(chunks_of(shape, num_rows) * size);
  }
  const auto body = [&](std::int64_t begin, std::int64_t end, StopToken&) {
    const Floats own = trace != nullptr ? Floats() : floats(size);
    for (std::int64_t chunk = begin; chunk < end; ++chunk) {
      const std::int64_t row = chunk * chunk_rows(shape);
      float* memory = trace != nullptr ? trace->memory.data() + chunk * size : own.get();
      trunk_kernels().forward(weights, views.data(), x + row * shape.hidden,
                              rows_of_chunk(shape, chunk, num_rows), {shape, memory},
                              out + row * shape.out);
    }
  };
  parallel_for(chunks_of(shape, num_rows), 1, execution, body);
}

void trunk_forward(const TrunkWeights& weights, const WriteRows& write, std::int64_t num_rows,
                   float* out, TrunkScratch& scratch, const Execution& execution) {
  const TrunkShape shape = weights.shape;
  const auto views = packed(weights, pack_transposed, scratch.packed, execution);
  const auto body = [&](std::int64_t begin, std::int64_t end, StopToken&) {
    const Floats own = floats(ChunkTrace::size(shape));
    const std::int64_t first = begin * chunk_rows(shape);
    const Floats x = floats((end - begin) * chunk_rows(shape) * shape.hidden);
    write(first, std::min(end * chunk_rows(shape), num_rows) - first, x.get());
    for (std::int64_t chunk = begin; chunk < end; ++chunk) {
      const std::int64_t row = chunk * chunk_rows(shape);
      trunk_kernels().forward(weights, views.data(), x.get() + (row - first) * shape.hidden,
                              rows_of_chunk(shape, chunk, num_rows), {shape, own.get()},
                              out + row * shape.out);
    }
  };
  parallel_for(chunks_of(shape, num_rows), kChunksAtOnce, execution, body);
}

void trunk_backward(const TrunkWeights& weights, const TrunkTrace& trace,
                    const float* out_gradients, float* x_gradients, float* weight_gradients,
                    TrunkScratch& scratch, const Execution& execution) {
  const TrunkShape shape = weights.shape;
  const auto views = packed(weights, pack, scratch.packed, execution);
  const std::int64_t size = ChunkGradients::size(shape);
  float* const memory = scratch.gradients.get(chunks_of(shape, trace.num_rows) * size);
  parallel_for(chunks_of(shape, trace.num_rows), 1, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken&) {
                 for (std::int64_t chunk = begin; chunk < end; ++chunk) {
                   const std::int64_t row = chunk * chunk_rows(shape);
                   trunk_kernels().backward(
                       weights, views.data(),
                       {shape, trace.memory.data() + chunk * ChunkTrace::size(shape)},
                       out_gradients + row * shape.out, rows_of_chunk(shape, chunk, trace.num_rows),
                       {shape, memory + chunk * size}, x_gradients + row * shape.hidden);
                 }
               });
  const WeightGradients gathered(shape, trace, memory, out_gradients, weight_gradients);
  const auto tasks = gathered.tasks();
  parallel_for(static_cast<std::int64_t>(tasks.size()), 1, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken&) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   gathered.work(tasks[static_cast<std::size_t>(i)]);
                 }
               });
  gathered.sum_vectors();
}

}  // namespace mlsearch
