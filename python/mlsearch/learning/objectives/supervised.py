"""Objectives that compare predictions with known numbers of steps."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def classification(logits: Tensor, steps: Tensor) -> Tensor:
    """Cross-entropy over distance classes; steps beyond the last class count as the last.

    Args:
        logits: float [N, num_classes].
        steps: number of steps [N], any real dtype, not negative.

    Returns:
        A float scalar, the mean over the pairs.
    """
    labels = steps.long().clamp(max=logits.shape[-1] - 1)
    return functional.cross_entropy(logits, labels)


def distance_regression(predicted: Tensor, steps: Tensor) -> Tensor:
    """Smooth L1 between predicted and known steps: quadratic below 1 step, then linear.

    Args:
        predicted: float [N], in steps.
        steps: number of steps [N].

    Returns:
        A float scalar, the mean over the pairs.

    Source: Huber 1964.
    """
    return functional.smooth_l1_loss(predicted, steps.to(predicted.dtype))
