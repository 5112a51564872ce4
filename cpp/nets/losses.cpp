#include "nets/losses.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "nets/step_kernels.hpp"

namespace mlsearch {
namespace {

constexpr std::int64_t kRowsAtOnce = 8;
constexpr std::int64_t kAnchorsAtOnce = 32;  // nearly whole tiles of 4, 6 and 8 rows

// Replaces `count` logits by their softmax; returns the negated log-likelihood of a label.
double cross_entropy(float* logits, std::int64_t count, std::int64_t label) {
  const float largest = *std::max_element(logits, logits + count);
  const float of_label = logits[label];
  float total = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    logits[i] = std::exp(logits[i] - largest);
    total += logits[i];
  }
  for (std::int64_t i = 0; i < count; ++i) logits[i] /= total;
  return static_cast<double>(std::log(total) - (of_label - largest));
}

float softplus(float x) { return std::max(x, 0.0F) + std::log1p(std::exp(-std::abs(x))); }

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Anchors [num, size] with their own positive among all positives.
class OneDirection {
 public:
  OneDirection(const float* anchors, const float* positives, std::int64_t num, std::int64_t size,
               float temperature, float* memory, const Execution& execution)
      : anchors_(anchors),
        positives_(positives),
        num_(num),
        size_(size),
        temperature_(temperature),
        columns_(padded(num)),
        transposed_(memory),
        pulls_(memory + size * columns_),
        sums_(pulls_ + num * columns_),
        execution_(execution) {}

  static std::int64_t memory_size(std::int64_t num, std::int64_t size) {
    return (size + num + 2) * padded(num);
  }

  // The loss; adds `weight` times its gradient to that of the anchors and of the positives.
  double run(float weight, float* of_anchors, float* of_positives) {
    transpose_positives();
    std::vector<double> losses(static_cast<std::size_t>(num_));
    const float factor = weight / (static_cast<float>(num_) * temperature_);
    for_rows([&](std::int64_t begin, std::int64_t end) {
      step_kernels().distances(anchors_ + begin * size_, end - begin, transposed_, columns_, size_,
                               pulls_ + begin * columns_);
      for (std::int64_t i = begin; i < end; ++i) {
        const AnchorLoss found =
            step_kernels().pulls(pulls_ + i * columns_, num_, i, temperature_, factor);
        losses[static_cast<std::size_t>(i)] = static_cast<double>(found.loss);
        sums_[i] = found.pulls;
      }
    });
    sum_by_positive();
    for_rows([&](std::int64_t begin, std::int64_t end) {
      const Pull of_anchor{pulls_ + begin * columns_, columns_, 1};
      pull(of_anchor, sums_, begin, end, positives_, anchors_, of_anchors);
      const std::vector<float> pulls = pulls_of_positives(begin, end);
      const Pull of_positive{pulls.data(), 1, end - begin};
      pull(of_positive, sums_ + columns_, begin, end, anchors_, positives_, of_positives);
    });
    return mean(losses);
  }

 private:
  // Entry (i, j) lies at data[i * row + j * column].
  struct Pull {
    const float* data;
    std::int64_t row, column;
  };

  // Whole lanes; rows that lie a multiple of 1 KiB apart would share few sets of the cache.
  static std::int64_t padded(std::int64_t num) {
    const std::int64_t columns = (num + 15) / 16 * 16;
    return columns % 256 == 0 ? columns + 16 : columns;
  }

  template <class Body>
  void for_rows(const Body& body) {
    parallel_for(num_, kAnchorsAtOnce, execution_,
                 [&](std::int64_t begin, std::int64_t end, StopToken&) { body(begin, end); });
  }

  void transpose_positives() {
    constexpr std::int64_t kAtOnce = 16;  // numbers of a cache line
    for (std::int64_t first = 0; first < size_; first += kAtOnce) {
      const std::int64_t last = std::min(first + kAtOnce, size_);
      for (std::int64_t j = 0; j < num_; ++j) {
        for (std::int64_t k = first; k < last; ++k) {
          transposed_[k * columns_ + j] = positives_[j * size_ + k];
        }
      }
    }
    for (std::int64_t k = 0; k < size_; ++k) {
      std::fill_n(transposed_ + k * columns_ + num_, columns_ - num_, 0.0F);
    }
  }

  // The columns of some positives, side by side: [num, end - begin].
  std::vector<float> pulls_of_positives(std::int64_t begin, std::int64_t end) const {
    std::vector<float> found(static_cast<std::size_t>(num_ * (end - begin)));
    for (std::int64_t i = 0; i < num_; ++i) {
      std::copy_n(pulls_ + i * columns_ + begin, end - begin, found.data() + i * (end - begin));
    }
    return found;
  }

  void sum_by_positive() {
    std::vector<std::int64_t> rows(static_cast<std::size_t>(num_));
    std::iota(rows.begin(), rows.end(), 0);
    std::fill_n(sums_ + columns_, columns_, 0.0F);
    step_kernels().add_rows(pulls_, rows.data(), num_, 1.0F, columns_, sums_ + columns_);
  }

  // Adds to the gradient of points what draws them to others: sums of pull * (other - point).
  void pull(Pull pulls, const float* sums, std::int64_t begin, std::int64_t end,
            const float* others, const float* points, float* gradients) {
    step_kernels().add_product(pulls.data, pulls.row, pulls.column, others, end - begin, num_,
                               size_, gradients + begin * size_);
    for (std::int64_t i = begin; i < end; ++i) {
      step_kernels().add_rows(points, &i, 1, -sums[i], size_, gradients + i * size_);
    }
  }

  const float* anchors_;
  const float* positives_;
  const std::int64_t num_, size_;
  const float temperature_;
  const std::int64_t columns_;
  float* transposed_;  // [size, columns]
  float* pulls_;       // [num, columns]
  float* sums_;        // of pulls by anchor, then by positive, [2, columns]
  const Execution& execution_;
};

}  // namespace

double contrastive_loss(const float* embeddings, std::int64_t num_pairs, std::int64_t size,
                        const ContrastiveLoss& loss, float weight, float* gradients,
                        Workspace& scratch, const Execution& execution) {
  float* memory = scratch.get(OneDirection::memory_size(num_pairs, size));
  const std::int64_t half = num_pairs * size;
  std::fill_n(gradients, 2 * half, 0.0F);
  const bool is_both = loss.tells_positives_apart && loss.tells_anchors_apart;
  const float part = is_both ? 0.5F : 1.0F;
  const auto run = [&](std::int64_t from, std::int64_t to) {
    OneDirection one(embeddings + from, embeddings + to, num_pairs, size, loss.temperature, memory,
                     execution);
    return static_cast<double>(part) * one.run(part * weight, gradients + from, gradients + to);
  };
  double total = 0;
  if (loss.tells_positives_apart) total += run(0, half);
  if (loss.tells_anchors_apart) total += run(half, 0);
  return total;
}

double regression_loss(const float* outputs, std::int64_t num_pairs, std::int64_t size,
                       const float* targets, float weight, float* gradients,
                       const Execution& execution) {
  std::vector<double> losses(static_cast<std::size_t>(num_pairs));
  const float factor = 2.0F * weight / static_cast<float>(num_pairs);
  const auto width = static_cast<float>(size);
  parallel_for(num_pairs, kRowsAtOnce, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken&) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   const float* row = outputs + i * size;
                   const float raw = std::accumulate(row, row + size, 0.0F) / width;
                   const float gate = 1.0F / (1.0F + std::exp(-raw));  // of softplus
                   const bool is_lesson = !std::isinf(targets[i]);
                   const float error = is_lesson ? softplus(raw) - targets[i] : 0.0F;
                   losses[static_cast<std::size_t>(i)] = static_cast<double>(error) * error;
                   std::fill_n(gradients + i * size, size, factor * error * gate / width);
                 }
               });
  return mean(losses);
}

double classification_loss(const float* logits, std::int64_t num_pairs, std::int64_t num_classes,
                           const std::int32_t* steps, float weight, float* gradients,
                           const Execution& execution) {
  std::vector<double> losses(static_cast<std::size_t>(num_pairs));
  const float factor = weight / static_cast<float>(num_pairs);
  parallel_for(num_pairs, kRowsAtOnce, execution,
               [&](std::int64_t begin, std::int64_t end, StopToken&) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   if (steps[i] < 0) {
                     throw std::invalid_argument("steps: expected at least 0, got " +
                                                 std::to_string(steps[i]));
                   }
                   const std::int64_t label = std::min<std::int64_t>(steps[i], num_classes - 1);
                   float* row = gradients + i * num_classes;
                   std::copy_n(logits + i * num_classes, num_classes, row);
                   losses[static_cast<std::size_t>(i)] = cross_entropy(row, num_classes, label);
                   row[label] -= 1.0F;
                   for (std::int64_t j = 0; j < num_classes; ++j) row[j] *= factor;
                 }
               });
  return mean(losses);
}

}  // namespace mlsearch
