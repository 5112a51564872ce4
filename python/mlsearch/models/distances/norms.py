"""Norms of the difference of embeddings: pseudometrics on R^D by construction.

Zero from a point to itself, symmetric, never negative, and no larger than any detour
(the triangle inequality), whatever the network that made the embeddings.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mlsearch.models.distances.contract import crossed_by, largest, symmetric

GROUP_SIZE = 16


class _CrossL2(torch.autograd.Function):
    """``l2`` from every row to every row, with its gradient, by matrix products."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> Tensor:
        squares = torch.addmm(y.square().sum(1)[None], x, y.T, alpha=-2)
        distances = squares.add_(x.square().sum(1)[:, None]).clamp_(min=0).sqrt_()
        ctx.save_for_backward(x, y, distances)
        return distances

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        x, y, distances = ctx.saved_tensors
        pull = (gradients[0] / distances).masked_fill_(distances == 0, 0)
        of_x = torch.addmm(pull.sum(1)[:, None] * x, pull, y, alpha=-1)
        of_y = torch.addmm(pull.sum(0)[:, None] * y, pull.T, x, alpha=-1)
        return of_x, of_y


def cross_l2(x: Tensor, y: Tensor) -> Tensor:
    """``l2`` from every row of ``x`` to every row of ``y``, without the N * M differences.

    Args:
        x: float [N, D].
        y: float [M, D].

    Returns:
        float [N, M].
    """
    if torch.is_autocast_enabled(x.device.type):
        return torch.cdist(x, y)  # takes care to work in float32
    distances: Tensor = _CrossL2.apply(x, y)  # type: ignore[no-untyped-call]
    return distances


@symmetric
@crossed_by(cross_l2)
def l2(x: Tensor, y: Tensor) -> Tensor:
    """Euclidean norm of ``x - y``.

    Args:
        x: float [..., D].
        y: float [..., D], broadcast against ``x``.

    Returns:
        float [...].
    """
    return torch.linalg.vector_norm(x - y, dim=-1)


@symmetric
@largest
def max_norm(x: Tensor, y: Tensor) -> Tensor:
    """Largest absolute difference of a coordinate: float [..., D] to float [...].

    Source: every finite metric embeds exactly under this norm, one coordinate for the
    distances to each landmark (Frechet 1910; Matousek 2002, chapter 15).
    """
    return (x - y).abs().amax(dim=-1)


@symmetric
def grouped_max(x: Tensor, y: Tensor) -> Tensor:
    """Sum over groups of ``GROUP_SIZE`` coordinates of the largest absolute difference.

    Args:
        x: float [..., D] with D a multiple of ``GROUP_SIZE`` (16).
        y: of the same, broadcast against ``x``.

    Returns:
        float [...].

    Raises:
        ValueError: D is not a multiple of ``GROUP_SIZE``.

    Source: the maximum-reduced asymmetric part of MRN (Liu et al. 2023), made symmetric.
    """
    difference = (x - y).abs()
    if difference.shape[-1] % GROUP_SIZE:
        raise ValueError(
            f"grouped_max: expected embeddings of a multiple of {GROUP_SIZE} numbers, "
            f"got {difference.shape[-1]}"
        )
    return difference.unflatten(-1, (-1, GROUP_SIZE)).amax(dim=-1).sum(dim=-1)
