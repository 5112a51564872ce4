"""InfoNCE on distances: the positive of an anchor should be nearer than any negative."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

DIRECTIONS = ("forward", "backward", "symmetric")


def info_nce(distances: Tensor, temperature: float = 1.0, direction: str = "forward") -> Tensor:
    """Mean over anchors i of -log softmax_j(-distances[i, j] / temperature)[i].

    Args:
        distances: float [N, N], from anchor i (row) to positive j (column); the diagonal
            holds the pairs, and every other column is a negative of the row.
        temperature: positive; smaller makes small differences of distance count more.
        direction: "forward" tells the positives of an anchor apart (rows), "backward" the
            anchors of a positive (columns), "symmetric" is the mean of both.

    Returns:
        A float scalar; log(N) when all distances are equal.

    Raises:
        ValueError: ``direction`` is none of the three.

    Source: van den Oord et al. 2018 (arXiv 1807.03748); with distances as the negated
    energy, Eysenbach et al. 2024, "Inference via Interpolation" (arXiv 2403.04082).
    """
    if direction not in DIRECTIONS:
        raise ValueError(f"direction: expected one of {', '.join(DIRECTIONS)}, got {direction!r}")
    logits = -distances / temperature
    labels = torch.arange(len(logits), device=logits.device)
    forward = functional.cross_entropy(logits, labels)
    if direction == "forward":
        return forward
    backward = functional.cross_entropy(logits.T, labels)
    return backward if direction == "backward" else (forward + backward) / 2
