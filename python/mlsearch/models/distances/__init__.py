"""Distances between embeddings: norms, which are symmetric, and quasimetrics, which are not.

Each one here is zero from a point to itself, never negative, and no larger than any detour (the
triangle inequality), whatever the network that made the embeddings. ``d(x, y)`` is the length of
the way from x to y: from a state to a goal.
"""

from __future__ import annotations

from collections.abc import Callable

from mlsearch.config import ModelConfig
from mlsearch.models.distances.contract import (
    Distance,
    cross,
    is_largest,
    is_symmetric,
    largest,
    symmetric,
)
from mlsearch.models.distances.norms import GROUP_SIZE, grouped_max, l2, max_norm
from mlsearch.models.distances.quasimetrics import interval_quasimetric, metric_residual

__all__ = [
    "DISTANCES",
    "GROUP_SIZE",
    "Distance",
    "cross",
    "grouped_max",
    "is_largest",
    "is_symmetric",
    "l2",
    "largest",
    "max_norm",
    "symmetric",
]

DISTANCES: dict[str, Callable[[ModelConfig], Distance]] = {
    "l2": lambda config: l2,
    "max": lambda config: max_norm,
    "grouped_max": lambda config: grouped_max,
    "iqe": interval_quasimetric,
    "mrn": metric_residual,
}
"""What makes a distance, by name. A distance with weights of its own is an ``nn.Module``, which
is trained and saved with the encoder. Add to it to make one of your own known to configs; mark it
with :func:`symmetric` if it is the same in both directions, and with :func:`largest` if it is the
largest difference of a coordinate."""
