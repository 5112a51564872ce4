// What a network is trained to make small, with its gradient.
#pragma once

#include <cstdint>

#include "core/floats.hpp"
#include "core/parallel.hpp"

namespace mlsearch {

// InfoNCE on the L2 distances between anchors and positives.
struct ContrastiveLoss {
  float temperature;
  bool tells_positives_apart;  // of an anchor: "forward"
  bool tells_anchors_apart;    // of a positive: "backward"; both: the mean of the two
};

// Of embeddings [2 * num_pairs, size], first all anchors, then all positives; size is a multiple
// of 16. Writes `weight` times the gradient to `gradients`, of the same shape, and returns the
// loss.
double contrastive_loss(const float* embeddings, std::int64_t num_pairs, std::int64_t size,
                        const ContrastiveLoss& loss, float weight, float* gradients,
                        Workspace& scratch, const Execution& execution);

// Mean squared error of softplus(mean of a row of outputs [num_pairs, size]) against targets
// [num_pairs]; infinity is no lesson and counts as zero. Writes `weight` times the gradient to
// `gradients`, of the shape of the outputs, and returns the loss.
double regression_loss(const float* outputs, std::int64_t num_pairs, std::int64_t size,
                       const float* targets, float weight, float* gradients,
                       const Execution& execution);

// Cross-entropy of logits [num_pairs, num_classes]; steps [num_pairs] beyond the last class count
// as the last. Writes `weight` times the gradient to `gradients` and returns the loss.
// Raises std::invalid_argument for negative steps.
double classification_loss(const float* logits, std::int64_t num_pairs, std::int64_t num_classes,
                           const std::int32_t* steps, float weight, float* gradients,
                           const Execution& execution);

}  // namespace mlsearch
