"""How far predicted distances are from those of a metric."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.seeding import child_seed
from mlsearch.domains.contract import Learnable, Rows
from mlsearch.domains.extras import extra
from mlsearch.domains.scrambles import random_states
from mlsearch.evaluation.scores import Score, score


class HasDistance(Protocol):
    """A distance between states, such as a learned metric or a ``BaselineMetric``."""

    def distance(self, domain: Any, states: ArrayLike, goals: ArrayLike) -> NDArray[np.float32]:
        """Predicted distances: ``[N, *S]`` (both) to float32 ``[N]``."""
        ...


class Axioms(NamedTuple):
    """How far predicted distances are from those of a metric.

    Attributes:
        triangle_violations: fraction of the triples (a, b, c) of a world for which the way from
            a to c is predicted to be longer than by way of b.
        asymmetry: absolute difference between the two directions, in steps.
    """

    triangle_violations: Score
    asymmetry: Score


def axiom_violations(metric: HasDistance, domain: Learnable, num: int, seed: int) -> Axioms:
    """How often a metric breaks the triangle inequality, and how asymmetric it is.

    A violation counts when it exceeds a thousandth of the mean predicted distance, far more
    than rounding makes.

    Args:
        metric: anything with a method ``distance(domain, states, goals)``.
        domain: B worlds.
        num: triples of states for each world, drawn by ``sample_triples``.
        seed: 0 to 2**64 - 1.
    """
    first, middle, last = sample_triples(domain, num, seed)
    num_worlds = len(domain)
    each = domain if num_worlds == 1 else domain[np.repeat(np.arange(num_worlds), num)]
    whole = metric.distance(each, first, last).astype(np.float64)
    detour = metric.distance(each, first, middle) + metric.distance(each, middle, last)
    back = metric.distance(each, last, first)
    slack = 1e-3 * float(whole.mean())
    return Axioms(score(whole > detour + slack), score(np.abs(whole - back)))


def sample_triples(domain: Learnable, num: int, seed: int) -> Rows:
    """States of each world, ``num`` triples one after the other: ``[3, B * num, *S]``.

    They are uniform over the free cells of mazes, and elsewhere the ends of random walks.
    """
    draw = extra(domain, "random_states")
    own = child_seed(seed, "triples")
    states = draw(3 * num, own) if draw else random_states(domain, 3 * num, own)
    shape = domain.states.shape
    triples = states.reshape(len(domain), 3, num, *shape).swapaxes(0, 1)
    return np.ascontiguousarray(triples).reshape(3, -1, *shape)
