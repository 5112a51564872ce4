"""What a distance between embeddings is, and what it may say of itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from torch import Tensor

Distance: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""From embeddings of states and of goals, float [..., D], to their distances, float [...].

The first argument is where a way begins, the second where it ends. A distance may have:

- ``is_symmetric``: True if it is known to be the same in both directions, see :func:`symmetric`;
- ``is_largest``: True if it is the largest difference of a coordinate, see :func:`largest`;
- ``cross``: a faster way to all pairs than broadcasting, see :func:`crossed_by`.
"""


def symmetric(between: Distance) -> Distance:
    """Marks a distance as the same in both directions, for runs where that cannot be right."""
    between.is_symmetric = True  # type: ignore[attr-defined]
    return between


def largest(between: Distance) -> Distance:
    """Marks a distance as the largest difference of a coordinate, so that one may be enough."""
    between.is_largest = True  # type: ignore[attr-defined]
    return between


def crossed_by(every_pair: Distance) -> Callable[[Distance], Distance]:
    """Gives a distance a function from rows, float [N, D] and [M, D], to all pairs, [N, M]."""

    def marked(between: Distance) -> Distance:
        between.cross = every_pair  # type: ignore[attr-defined]
        return between

    return marked


def is_symmetric(between: Distance) -> bool:
    """Whether a distance says that it is the same in both directions."""
    return bool(getattr(between, "is_symmetric", False))


def is_largest(between: Distance) -> bool:
    """Whether a distance says that it is the largest difference of a coordinate."""
    return bool(getattr(between, "is_largest", False))


def cross(between: Distance, x: Tensor, y: Tensor) -> Tensor:
    """The distance from every row of ``x`` to every row of ``y``.

    Args:
        between: a distance.
        x: float [N, D].
        y: float [M, D].

    Returns:
        float [N, M].
    """
    every_pair: Distance | None = getattr(between, "cross", None)
    return every_pair(x, y) if every_pair else between(x[:, None], y[None, :])
