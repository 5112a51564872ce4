"""Distances between embeddings. Each one is a pseudometric on R^D by construction.

Zero from a point to itself, symmetric, never negative, and no larger than any detour
(the triangle inequality), whatever the network that made the embeddings.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

GROUP_SIZE = 16


def l2(x: Tensor, y: Tensor) -> Tensor:
    """Euclidean norm of ``x - y``.

    Args:
        x: float [..., D].
        y: float [..., D], broadcast against ``x``.

    Returns:
        float [...].
    """
    return torch.linalg.vector_norm(x - y, dim=-1)


def max_norm(x: Tensor, y: Tensor) -> Tensor:
    """Largest absolute difference of a coordinate: float [..., D] to float [...].

    Source: every finite metric embeds exactly under this norm, one coordinate for the
    distances to each landmark (Frechet 1910; Matousek 2002, chapter 15).
    """
    return (x - y).abs().amax(dim=-1)


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


Distance = Callable[[Tensor, Tensor], Tensor]
DISTANCES: dict[str, Distance] = {"l2": l2, "max": max_norm, "grouped_max": grouped_max}


def cross(between: Distance, x: Tensor, y: Tensor) -> Tensor:
    """The distance from every row of ``x`` to every row of ``y``.

    Args:
        between: one of ``DISTANCES``.
        x: float [N, D].
        y: float [M, D].

    Returns:
        float [N, M].
    """
    if between is l2:  # by one matrix product, without the N * M differences
        return torch.cdist(x, y)
    return between(x[:, None], y[None, :])
