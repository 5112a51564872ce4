"""Quasimetrics on R^D: as a metric, but the way there may be longer than the way back.

Zero from a point to itself, never negative, and no larger than any detour (the triangle
inequality), whatever the network that made the embeddings. The first argument is where a way
begins, such as a state; the second is where it ends, such as a goal.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mlsearch.base.checks import checked_count
from mlsearch.base.settings import check_choice
from mlsearch.config import ModelConfig
from mlsearch.models.distances.contract import cross
from mlsearch.models.distances.intervals import covered
from mlsearch.models.distances.norms import l2


class IntervalQuasimetric(nn.Module):
    """IQE: coordinates are intervals, in groups; of each group counts the length of the union.

    Args:
        group_size: L, coordinates of a group.
        reduction: of the groups: "sum", or "maxmean", a learned convex combination of the
            largest and the mean, which begins halfway.

    Raises:
        ValueError: an argument is out of range.

    Source: Wang & Isola 2022, "Improved Representation of Asymmetrical Distances with Interval
    Quasimetric Embeddings" (arXiv 2211.15120).
    """

    def __init__(self, group_size: int = 8, reduction: str = "maxmean") -> None:
        super().__init__()
        self.group_size = checked_count("model.options.group_size", group_size, 1)
        check_choice("model.options.reduction", reduction, ("maxmean", "sum"))
        self.of_max = nn.Parameter(torch.zeros(())) if reduction == "maxmean" else None

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """From ``x`` to ``y``, float [..., D] that broadcast, D a multiple of L: to float [...].

        Raises:
            ValueError: D is no multiple of L.
        """
        if x.shape[-1] % self.group_size:
            raise ValueError(
                f"iqe: expected embeddings of a multiple of {self.group_size} numbers "
                f"(model.options.group_size), got {x.shape[-1]}"
            )
        groups = (part.unflatten(-1, (-1, self.group_size)) for part in (x, y))
        lengths = covered(*groups)
        if self.of_max is None:
            return lengths.sum(dim=-1)
        mean, largest = lengths.mean(dim=-1), lengths.amax(dim=-1)
        return mean + self.of_max.sigmoid() * (largest - mean)


class MetricResidual(nn.Module):
    """MRN: a symmetric distance and an asymmetric residual, of half of the coordinates each.

    The Euclidean norm of the difference, plus the most that a coordinate of ``x`` is above that
    of ``y``, or 0 if none is.

    Source: Liu et al. 2023, "Metric Residual Networks for Sample Efficient Goal-Conditioned
    Reinforcement Learning" (arXiv 2208.08133), without the networks of each
    half, which are the last layer of the encoder here.
    """

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """From ``x`` to ``y``, float [..., D] that broadcast, D even: to float [...].

        Raises:
            ValueError: D is odd.
        """
        (x_even, x_above), (y_even, y_above) = _halves(x), _halves(y)
        return l2(x_even, y_even) + _most_above(x_above, y_above)

    def cross(self, x: Tensor, y: Tensor) -> Tensor:
        """From every row to every row, float [N, D] and [M, D] to [N, M]: half of it by products.

        Raises:
            ValueError: D is odd.
        """
        (x_even, x_above), (y_even, y_above) = _halves(x), _halves(y)
        return cross(l2, x_even, y_even) + _most_above(x_above[:, None], y_above)


def _halves(x: Tensor) -> tuple[Tensor, Tensor]:
    if x.shape[-1] % 2:
        raise ValueError(f"mrn: expected embeddings of an even number, got {x.shape[-1]}")
    first, second = x.chunk(2, dim=-1)
    return first, second


def _most_above(x: Tensor, y: Tensor) -> Tensor:
    return (x - y).amax(dim=-1).clamp(min=0)


def interval_quasimetric(config: ModelConfig) -> IntervalQuasimetric:
    """The IQE of a config, from ``model.options.group_size`` and ``model.options.reduction``.

    Raises:
        TypeError, ValueError: an option is of the wrong type or out of range, or the embedding is
            no multiple of the group size.
    """
    options = config.options
    made = IntervalQuasimetric(options.get("group_size", 8), options.get("reduction", "maxmean"))
    if config.embedding % made.group_size:
        raise ValueError(
            f"model.embedding: expected a multiple of {made.group_size} "
            f"(model.options.group_size), got {config.embedding}"
        )
    return made


def metric_residual(config: ModelConfig) -> MetricResidual:
    """The MRN of a config.

    Raises:
        ValueError: the embedding is odd.
    """
    if config.embedding % 2:
        raise ValueError(f"model.embedding: expected an even number, got {config.embedding}")
    return MetricResidual()
