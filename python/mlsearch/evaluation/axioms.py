"""How far predicted distances are from those of a metric."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.seeding import child_seed
from mlsearch.domains.maze.baselines import BaselineMetric
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.evaluation.scores import Score, score
from mlsearch.metrics.learned import LearnedMetric


class Axioms(NamedTuple):
    """How far predicted distances are from those of a metric.

    Attributes:
        triangle_violations: share of the triples (a, b, c) of a maze for which the way from a
            to c is predicted to be longer than by way of b.
        asymmetry: absolute difference between the two directions, in steps.
    """

    triangle_violations: Score
    asymmetry: Score


def axiom_violations(
    metric: LearnedMetric | BaselineMetric, mazes: Mazes, num: int, seed: int
) -> Axioms:
    """How often a metric breaks the triangle inequality, and how asymmetric it is.

    A violation counts when it exceeds a thousandth of the mean predicted distance, far more
    than rounding makes.

    Args:
        metric: anything with a method ``distance(mazes, states, goals)``.
        mazes: B mazes.
        num: triples of free cells for each maze, drawn uniformly and with replacement.
        seed: 0 to 2**64 - 1.
    """
    first, middle, last = sample_triples(mazes, num, seed)
    each = mazes[np.repeat(np.arange(len(mazes)), num)]
    whole = metric.distance(each, first, last).astype(np.float64)
    detour = metric.distance(each, first, middle) + metric.distance(each, middle, last)
    back = metric.distance(each, last, first)
    slack = 1e-3 * float(whole.mean())
    return Axioms(score(whole > detour + slack), score(np.abs(whole - back)))


def sample_triples(mazes: Mazes, num: int, seed: int) -> NDArray[np.int32]:
    """Free cells of each maze, ``num`` triples one after the other: int32 [3, B * num]."""
    random = np.random.default_rng(child_seed(seed, "triples"))
    free = [np.flatnonzero(walls.reshape(-1) == 0) for walls in mazes.walls]
    cells = np.concatenate([random.choice(cells, (3, num)) for cells in free], axis=1)
    return cells.astype(np.int32)
